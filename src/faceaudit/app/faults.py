"""What is shown where something went wrong: one line, and never a trace of the code."""

from __future__ import annotations

from faceaudit.app.language import say
from faceaudit.app.outside import complain, complain_of
from faceaudit.errors import FaceAuditError


def show_fault(error: Exception) -> bool:
    """Show what went wrong; Streamlit has put the whole of it into the log.

    Returns:
        Whether it was shown, so that Streamlit need not.
    """
    if isinstance(error, FaceAuditError):
        complain_of(error)
    else:
        complain(say("app.fault"))
    return True
