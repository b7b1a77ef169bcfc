"""Who is let in: a random token each, in a cookie, for a while."""

from __future__ import annotations

import asyncio
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field

HOURS = 12
"""For how long somebody who gave the password is let in."""
MOST = 1000
"""Sessions at most; the oldest is ended for a new one."""


@dataclass
class Session:
    """Somebody who is let in.

    Attributes:
        until: on the clock of `Sessions`.
        ended: set when it is over, for connections that are still open.
    """

    until: float
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class Sessions:
    """The tokens that let somebody in; only their hashes are kept, so that none can be read out.

    Args:
        clock: seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._known: OrderedDict[bytes, Session] = OrderedDict()

    def start(self) -> str:
        """Let somebody in, and return their token."""
        token = secrets.token_urlsafe(32)
        self._known[_hash(token)] = Session(self._clock() + HOURS * 3600)
        while len(self._known) > MOST:
            self._known.popitem(last=False)[1].ended.set()
        return token

    def find(self, token: str | None) -> Session | None:
        """Return the session of a token, or None when it lets nobody in."""
        session = self._known.get(_hash(token)) if token else None
        if session is None or self.seconds_left(session) > 0:
            return session
        self.end(token)
        return None

    def seconds_left(self, session: Session) -> float:
        """Return for how long somebody is let in yet."""
        return session.until - self._clock()

    def end(self, token: str | None) -> None:
        """Let somebody in no longer."""
        session = self._known.pop(_hash(token), None) if token else None
        if session is not None:
            session.ended.set()


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
