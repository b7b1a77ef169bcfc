"""How fast a server is asked: so many requests a second, and not at all where it says wait."""

from __future__ import annotations

import math
import threading
import time
from email.utils import parsedate_to_datetime


class Pace:
    """The turns of requests that threads send side by side.

    Args:
        rate: requests a second at most; None for as many as there are.
    """

    def __init__(self, rate: float | None) -> None:
        self._gap = 0.0 if rate is None else 1 / rate
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._next = -math.inf
        self._held = -math.inf

    def turn(self) -> bool:
        """Wait until the next request may be sent; False when nothing more is to be asked."""
        while not self._stop.is_set():
            with self._lock:
                now = time.monotonic()
                held = self._held > now
                slot = self._held if held else max(now, self._next)
                if not held:  # a turn of one's own; while held, all wait for the same moment
                    self._next = slot + self._gap
            self.pause(slot - now)
            if not held and self._held <= time.monotonic():
                return not self._stop.is_set()
        return False

    def hold(self, seconds: float) -> None:
        """Let nothing be sent for so many seconds."""
        with self._lock:
            self._held = max(self._held, time.monotonic() + seconds)

    def pause(self, seconds: float) -> None:
        """Wait, or until nothing more is to be asked."""
        if seconds > 0:
            self._stop.wait(seconds)

    def stop(self) -> None:
        """Let nothing more be asked."""
        self._stop.set()


def retry_after(text: str) -> float:
    """Return for how many seconds a `Retry-After` header says to wait; 0 where it says nothing.

    >>> retry_after("2"), retry_after(""), retry_after("soon")
    (2.0, 0.0, 0.0)
    """
    text = text.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0
