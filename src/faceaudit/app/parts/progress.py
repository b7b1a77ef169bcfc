"""How far a piece of work is: what is being made, a bar, the time left, and a button to stop it."""

from __future__ import annotations

from html import escape

import streamlit as st

from faceaudit.app import work as works
from faceaudit.app.language import say, translated
from faceaudit.app.outside import shown
from faceaudit.app.settings import Settings
from faceaudit.app.work import Work
from faceaudit.cleaning import clean

LONGEST = 16_384
"""Characters of a log that are shown at most."""
EVERY = 1.0
"""Seconds between two looks at work that is running."""
STYLE = """
.work { max-width: 44rem; margin: 0.5rem 0; }
.work p { margin: 0 0 0.35rem; }
.work progress { display: block; width: 100%; height: 0.6rem; accent-color: var(--first); }
.work .left { color: var(--muted); font-size: 0.875rem; margin-top: 0.35rem; }
"""


def show_work(settings: Settings, name: str, what: str, *, stoppable: bool = False) -> Work:
    """Show how far a piece of work is, and again every second until it ends; return how far.

    The page is run anew once it ends. Of work that was never started, or that did what it was to
    do, nothing is shown.

    Args:
        settings: of the app.
        name: of the work.
        what: what is being made, in a few words.
        stoppable: whether there is a button that stops it.
    """
    now = works.look(settings, name)
    if now.state == "running":
        st.fragment(_watch, run_every=EVERY)(settings, name, what, stoppable=stoppable)
    elif now.state in ("failed", "stopped"):
        st.html(f'<p role="status">{escape(say(f"work.{now.state}", what=what))}</p>')
        show_log(now)
    return now


def show_log(work: Work) -> None:
    """Show the last lines that a piece of work printed, folded."""
    if work.log:
        with st.expander(say("work.log")):
            st.code(clean(work.log, LONGEST, keep="\n"), language=None, wrap_lines=True)


def _watch(settings: Settings, name: str, what: str, *, stoppable: bool) -> None:
    now = works.look(settings, name)
    if now.state != "running":
        st.rerun()
    st.html(bar(now, what))
    if stoppable and st.button(
        say("work.stop"),
        key=f"stop {name}",
        disabled=now.stopping,
        icon=":material/stop_circle:",
    ):
        works.stop(settings, name)


def bar(now: Work, what: str) -> str:
    """Return as HTML how far a piece of work is.

    Args:
        now: how far.
        what: is being made, in a few words.
    """
    doing = say("work.stopping") if now.stopping else translated(now.doing) or say("work.starting")
    value = "" if now.share is None else f' value="{now.share:.4f}" max="1"'
    left = " · ".join(
        ([] if now.share is None else [say("work.share", percent=100 * now.share)])
        + [in_words(now.seconds_left)]
    )
    # The sentence is told politely to who cannot see the bar, and only when what is done changes.
    return (
        f'<style>{STYLE}</style><div class="work"><p role="status" aria-live="polite">'
        f"<strong>{escape(what)}</strong><br>{shown(doing)}</p>"
        f'<progress aria-label="{escape(what)}"{value}></progress>'
        f'<p class="left">{escape(left)}</p></div>'
    )


def in_words(seconds: float | None) -> str:
    """Return the time left in words, rounded as far as it is known."""
    if seconds is None:
        return say("work.left_unknown")
    if seconds < 60:
        return say("work.left_moment")
    minutes = round(seconds / 60)
    if minutes < 90:
        return say("work.left_minutes", minutes=minutes)
    return say("work.left_hours", hours=seconds / 3600)
