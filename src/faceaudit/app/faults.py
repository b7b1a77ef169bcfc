"""What is shown where something went wrong: one line, and never a trace of the code."""

from __future__ import annotations

import streamlit as st

from faceaudit.app.language import say
from faceaudit.errors import FaceAuditError


def show_fault(error: Exception) -> bool:
    """Show what went wrong; Streamlit has put the whole of it into the log.

    Returns:
        Whether it was shown, so that Streamlit need not.
    """
    if isinstance(error, FaceAuditError):
        st.error(say("app.error", why=" ".join(str(error).split())), icon=None)
    else:
        st.error(say("app.fault"), icon=None)
    return True
