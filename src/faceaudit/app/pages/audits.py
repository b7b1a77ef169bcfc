"""Audits: what they found, two beside each other, and new ones."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib import resources

import streamlit as st

from faceaudit.app.audits.comparing import show_comparison
from faceaudit.app.audits.found import Audit, audits
from faceaudit.app.audits.reading import describe, show_audit
from faceaudit.app.audits.starting import show_start
from faceaudit.app.language import say
from faceaudit.app.outside import literal, shown
from faceaudit.app.page import Page
from faceaudit.app.settings import Settings, settings

VIEWS = ("read", "new", "compare")
SHOWN = "audit"
"""The part of the page's address that names the audit that is shown, so that it can be reloaded."""
_VIEW = "audits view"
_NEXT_VIEW = "audits next view"


def show() -> None:
    """Show the list of audits, one of them, a new one, or two compared."""
    given = settings()
    st.html(f"<style>{_style()}</style>")
    chosen = st.session_state.pop(_NEXT_VIEW, None) or st.session_state.get(_VIEW)
    st.session_state[_VIEW] = chosen if chosen in VIEWS else VIEWS[0]
    view = st.segmented_control(
        say("audits.view"),
        VIEWS,
        required=True,
        format_func=lambda name: say(f"audits.view_{name}"),
        key=_VIEW,
        label_visibility="collapsed",
    )
    if view == "new":
        started = show_start(given)
        if started is not None:
            _open(started)
    elif view == "compare":
        show_comparison(audits(given))
    else:
        _read(given)


def _read(given: Settings) -> None:
    found = audits(given)
    wanted = next((one for one in found if one.key == st.query_params.get(SHOWN)), None)
    if wanted is None:
        _list(found)
        return
    if st.button(say("audits.all_audits"), icon=":material/arrow_back:", type="tertiary"):
        _open(None)
    if show_audit(given, wanted):
        _open(None)


def _list(found: Sequence[Audit]) -> None:
    if not found:
        st.write(say("audits.none"))
        if st.button(say("audits.first"), type="primary"):
            st.session_state[_NEXT_VIEW] = "new"
            st.rerun()
    for audit in found:
        with st.container(border=True):
            words, button = st.columns([5, 1], vertical_alignment="center")
            words.html(
                f'<div class="audits row"><h3>{shown(audit.title)}</h3>'
                f'<p class="setting">{shown(describe(audit))}</p></div>'
            )
            label = say("audits.open_it", title=literal(audit.title))
            if button.button(say("audits.open"), key=f"open {audit.key}", help=label):
                _open(audit.key)


def _open(key: str | None) -> None:
    """Go to an audit, or to the list of all."""
    st.query_params.clear()
    if key is not None:
        st.query_params[SHOWN] = key
    st.session_state[_NEXT_VIEW] = "read"
    st.rerun()


@cache
def _style() -> str:
    package = resources.files("faceaudit.app.audits")
    return (package / "audits.css").read_text(encoding="utf-8")


PAGE = Page("audits", 70, ":material/fact_check:", show)
