"""How often somebody may try a password.

Each address has tries of its own, and waits longer and longer after wrong ones. Where wrong ones
come from many addresses at once, a brake holds all that were wrong lately. Whoever was not is let
by in turn, one a second: nobody with the right password is kept out by others' tries.
"""

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
"""Wrong passwords in a minute, of all addresses together, after which the brake is on."""
TURN = 1.0
"""Seconds between two tries, while the brake is on, of those who were not wrong lately."""
IN_LINE = 30
"""Those who wait for their turn at most; whoever comes then is told to come back a turn later."""
LOST = 30.0
"""Seconds after which a turn that came is lost."""
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
        self._wrong_from: OrderedDict[str, float] = OrderedDict()
        self._lately: deque[float] = deque(maxlen=EVERYBODY)
        self._turns: dict[str, float] = {}
        self._next_turn = 0.0

    def wait(self, address: str) -> float:
        """Return the seconds until an address may try again; 0 when it may at once.

        While the brake is on, an address that was not wrong lately gets a place in line by this.
        """
        now = self._clock()
        tried = self._by_address.get(_home(address), _Tried())
        own = 0.0
        if tried.wrong >= FREE and now - tried.last < FORGOTTEN:
            own = min(FIRST_WAIT * 2.0 ** (tried.wrong - FREE), LONGEST_WAIT)
        return max(0.0, tried.last + own - now, self._brake(address, now))

    def is_in_line(self, address: str) -> bool:
        """Return whether an address has its turn coming: what it sent is then kept until that."""
        return _site(address) in self._turns

    def count(self, address: str) -> None:
        """Count a password that is about to be tried, as wrong until `forget` says otherwise."""
        now = self._clock()
        home, site = _home(address), _site(address)
        tried = self._by_address.pop(home, _Tried())
        if now - tried.last >= FORGOTTEN:
            tried.wrong = 0
        tried.wrong, tried.last = tried.wrong + 1, now
        self._by_address[home] = tried
        self._wrong_from.pop(site, None)
        self._wrong_from[site] = now
        self._turns.pop(site, None)
        self._lately.append(now)
        for known in (self._by_address, self._wrong_from):
            while len(known) > ADDRESSES:
                known.popitem(last=False)

    def forget(self, address: str) -> None:
        """Forget the tries of an address, whose last one was right."""
        self._by_address.pop(_home(address), None)
        self._wrong_from.pop(_site(address), None)
        if self._lately:
            self._lately.pop()

    def _brake(self, address: str, now: float) -> float:
        """Return how long others' wrong passwords hold an address."""
        on_for = self._lately[0] + 60.0 - now if len(self._lately) == EVERYBODY else 0.0
        if on_for <= 0:
            return 0.0
        site = _site(address)
        if now - self._wrong_from.get(site, -FORGOTTEN) < FORGOTTEN:
            return on_for
        return min(on_for, self._turn_of(site, now))

    def _turn_of(self, site: str, now: float) -> float:
        """Return how long a site waits for its turn, which it gets unless too many have one."""
        # One that was not taken, as who waited for it went away, is nobody's.
        self._turns = {one: turn for one, turn in self._turns.items() if now - turn < LOST}
        if site not in self._turns:
            if len(self._turns) >= IN_LINE:
                return TURN
            # The first one does not wait: its turn is there when nobody had one just now.
            self._turns[site] = max(now, self._next_turn)
            self._next_turn = self._turns[site] + TURN
        return max(0.0, self._turns[site] - now)


def _home(address: str) -> str:
    """Return whom an address belongs to: of IPv6, one subscriber has all 2 to the 64 of a network.

    >>> _home("2001:db8::7") == _home("2001:db8::8"), _home("192.0.2.7") == _home("192.0.2.8")
    (True, False)
    """
    return _network(address, 64)


def _site(address: str) -> str:
    """Return the site that an address is of: of IPv6, whoever wants many networks has 65,536.

    >>> _site("2001:db8::7") == _site("2001:db8:0:9::8"), _site("192.0.2.7") == _site("192.0.2.8")
    (True, False)
    """
    return _network(address, 48)


def _network(address: str, bits: int) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    return str(parsed.ipv4_mapped or IPv6Network((parsed, bits), strict=False))
