"""How often somebody may try a password."""

from __future__ import annotations

import time
from collections import OrderedDict, deque
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, IPv6Network, ip_address

FREE = 5
"""Wrong passwords of one address that cost no wait."""
FIRST_WAIT = 15.0
"""Seconds of the wait after those; every further one doubles it."""
LONGEST_WAIT = 15 * 60.0
FORGOTTEN = 60 * 60.0
"""Seconds without a try after which an address starts anew."""
EVERYBODY = 30
"""Wrong passwords in a minute, of all addresses together: who has many addresses gains nothing."""
ADDRESSES = 10_000
"""Addresses that are remembered at most, those that tried last."""


@dataclass
class _Tried:
    wrong: int = 0
    last: float = 0.0


class Attempts:
    """Counts wrong passwords, and says how long the next one has to wait.

    Args:
        clock: seconds that only ever grow.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._by_address: OrderedDict[str, _Tried] = OrderedDict()
        self._lately: deque[float] = deque(maxlen=EVERYBODY)

    def wait(self, address: str) -> float:
        """Return the seconds until an address may try again; 0 when it may at once."""
        now = self._clock()
        tried = self._by_address.get(_home(address), _Tried())
        own = 0.0
        if tried.wrong >= FREE and now - tried.last < FORGOTTEN:
            own = min(FIRST_WAIT * 2.0 ** (tried.wrong - FREE), LONGEST_WAIT)
        everybody = 60.0 if len(self._lately) == EVERYBODY else 0.0
        return max(
            0.0,
            tried.last + own - now,
            self._lately[0] + everybody - now if self._lately else 0.0,
        )

    def count(self, address: str) -> None:
        """Count a password that is about to be tried, as wrong until `forget` says otherwise."""
        now = self._clock()
        home = _home(address)
        tried = self._by_address.pop(home, _Tried())
        if now - tried.last >= FORGOTTEN:
            tried.wrong = 0
        tried.wrong, tried.last = tried.wrong + 1, now
        self._by_address[home] = tried
        self._lately.append(now)
        if len(self._by_address) > ADDRESSES:
            self._by_address.popitem(last=False)

    def forget(self, address: str) -> None:
        """Forget the tries of an address, whose last one was right."""
        self._by_address.pop(_home(address), None)
        if self._lately:
            self._lately.pop()


def _home(address: str) -> str:
    """Return whom an address belongs to: of IPv6, one subscriber has all 2 to the 64 of a network.

    >>> _home("2001:db8::7") == _home("2001:db8::8"), _home("192.0.2.7") == _home("192.0.2.8")
    (True, False)
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or IPv6Network((parsed, 64), strict=False))
