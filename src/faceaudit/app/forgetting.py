"""Forgets who left: their photos go with their session, which Streamlit would keep.

Streamlit keeps the session of a page that was closed, uploads and all, in case it comes back, and
lets go of it only when another one is kept in its place. Whoever leaves last would stay for days.
"""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Callable
from typing import Protocol

from streamlit.runtime import Runtime, get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx

AFTER = 120.0
"""Seconds that a session is kept after its page is gone: a phone that takes a photo comes back."""
EVERY = 5.0
"""Seconds between two looks."""
LOOKS = 3
"""Looks at which memory is tidied after a page was run or a session was ended.

Streamlit would tidy after every run, which takes longer than most answers do.
"""
KEPT_BY_STREAMLIT = int(AFTER) * 5
"""Seconds for which Streamlit must know a session, so that it can be ended here."""


class Sessions(Protocol):
    """What of Streamlit's runtime is asked."""

    def is_active_session(self, session_id: str) -> bool:
        """Return whether a session has a page that is open."""

    def close_session(self, session_id: str) -> None:
        """End a session, and drop what it holds."""


class Register:
    """The sessions there are, and since when each has no page.

    Args:
        clock: seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._gone: dict[str, float | None] = {}
        self._entered = False

    def enter(self, session: str) -> None:
        """Remember that there is a session; called whenever its page is run."""
        self._gone[session] = None
        self._entered = True

    def entered(self) -> bool:
        """Return whether a page was run since this was asked last."""
        entered, self._entered = self._entered, False
        return entered

    def forget(self, sessions: Sessions, after: float) -> int:
        """End the sessions that have been without a page for a while; return how many."""
        now, ended = self._clock(), 0
        for session, since in list(self._gone.items()):
            if sessions.is_active_session(session):
                self._gone[session] = None
            elif since is None:
                self._gone[session] = now
            elif now - since >= after:
                sessions.close_session(session)
                del self._gone[session]
                ended += 1
        return ended


class _Streamlit:
    """Streamlit's runtime, made to let go of what a session holds."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def is_active_session(self, session_id: str) -> bool:
        return self._runtime.is_active_session(session_id)

    def close_session(self, session_id: str) -> None:
        # The runtime's loop keeps hold of the session it last served until there is another, so
        # that the values of its widgets, photos among them, are emptied first.
        kept = self._runtime._session_mgr.get_session_info(session_id)
        if kept is not None:
            kept.session.session_state.clear()
        self._runtime.close_session(session_id)


_register = Register()


def enter() -> None:
    """Remember the session whose page is run."""
    context = get_script_run_ctx(suppress_warning=True)
    if context is not None:
        _register.enter(context.session_id)


async def forget_who_left() -> None:
    """End sessions that were left, until cancelled."""
    runtime = _Streamlit(get_instance())
    looks_since = LOOKS
    while True:
        await asyncio.sleep(EVERY)
        ended = _register.forget(runtime, AFTER)
        looks_since = 0 if _register.entered() or ended else looks_since + 1
        # A session is a circle of objects; the thread of its last run lets go of it later.
        if looks_since < LOOKS:
            gc.collect()
