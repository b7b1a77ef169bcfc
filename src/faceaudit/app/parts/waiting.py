"""What a page shows while what it needs is being prepared."""

from __future__ import annotations

import streamlit as st

from faceaudit.app import work
from faceaudit.app.language import say
from faceaudit.app.parts.progress import show_work
from faceaudit.app.parts.sheet import note
from faceaudit.app.prepared import is_made
from faceaudit.app.settings import Settings

WORK = "preparing"
COMMAND = ("-m", "faceaudit.app.preparing")
EVERY = 2.0
"""Seconds between two looks at whether what is waited for is there."""


def wait(settings: Settings, what: str, why: str, *, step: str | None = None) -> None:
    """Start the preparation where it never was, and show how far it is.

    The page is run anew once all is prepared, and as soon as the step is that it waits for.

    Args:
        settings: of the app.
        what: is being made, in a few words.
        why: it takes its time, and how long.
        step: that makes what the page needs.
    """
    state = work.look(settings, WORK).state
    if state in ("absent", "finished"):  # finished: something that is wanted came later
        work.start(settings, WORK, COMMAND)
    note(why)
    if show_work(settings, WORK, what).state == "running" and step is not None:
        st.fragment(_look, run_every=EVERY)(settings, step)
    if state in ("failed", "stopped") and st.button(say("system.again"), icon=":material/refresh:"):
        work.start(settings, WORK, COMMAND)
        st.rerun()


def _look(settings: Settings, step: str) -> None:
    if is_made(settings, step):
        st.rerun()
