"""The removal of one of the app's own audits, which is asked for twice."""

from __future__ import annotations

import streamlit as st

from faceaudit.app.audits.found import Audit
from faceaudit.app.language import say
from faceaudit.app.outside import complain, shown
from faceaudit.app.own_audits import remove
from faceaudit.app.settings import Settings

_ASKED = "audit to remove"
"""Where a session has the audit that it was asked about once."""


def show_removal(settings: Settings, audit: Audit) -> bool:
    """Show what removes an audit of the app's own; return whether it was removed just now."""
    if audit.plan is None:
        return False
    if st.session_state.get(_ASKED) != audit.key:
        st.button(
            say("audits.remove"), key="remove", type="tertiary", on_click=_ask, args=(audit.key,)
        )
        return False
    st.html(f'<p role="status">{shown(say("audits.remove_sure", title=audit.title))}</p>')
    with st.container(horizontal=True):
        st.button(say("audits.remove_not"), key="remove not", on_click=_ask, args=(None,))
        if not st.button(say("audits.remove_now"), key="remove now", type="primary"):
            return False
    _ask(None)
    if not remove(settings, audit.key):
        complain(say("audits.remove_running"))
        return False
    return True


def _ask(key: str | None) -> None:
    st.session_state[_ASKED] = key
