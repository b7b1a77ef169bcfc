"""Under which names the app may be asked for.

A page of any site can lead a name of its own to this machine (DNS rebinding) and then read what the
app answers, so the app answers only to names that are known to be its own.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from faceaudit.api.serve import is_exposed

LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
"""Names of this machine that no other can take."""


@dataclass(frozen=True)
class Hosts:
    """The names that the app answers to.

    Attributes:
        names: in lower case, without ports.
        addresses: whether any IP address will do: who reaches the app by its address was not led
            there by a name.
    """

    names: frozenset[str]
    addresses: bool = False

    def allows(self, header: str | None) -> bool:
        """Return whether a `Host` header names the app."""
        name = _name_in(f"//{header}") if header else None
        return name is not None and (name in self.names or (self.addresses and _is_address(name)))

    def is_own_origin(self, origin: str | None, header: str | None) -> bool:
        """Return whether an `Origin` header is that of a page that the app itself served."""
        if not origin or not header or not self.allows(header):
            return False
        try:
            parts = urlsplit(origin)
        except ValueError:
            return False
        return parts.scheme in {"http", "https"} and parts.netloc.lower() == header.lower()


def hosts_of(host: str, more: Iterable[str] = ()) -> Hosts:
    """Return the names that an app which listens at `host` answers to.

    >>> hosts_of("127.0.0.1").allows("localhost:8501"), hosts_of("127.0.0.1").allows("a.org")
    (True, False)
    """
    names = LOCAL | {host.lower()} | {name.lower() for name in more}
    if not is_exposed(host):
        return Hosts(frozenset(names))
    own = socket.gethostname().lower()
    return Hosts(frozenset(names | {own, f"{own}.local"}), addresses=True)


def entrances(host: str, more: Iterable[str] = ()) -> tuple[str, ...]:
    """Return by which names others than this machine get in; none where they do not.

    A name that is not this machine's is that of a proxy, which brings them though the app itself
    listens to this machine alone.

    >>> entrances("127.0.0.1"), entrances("127.0.0.1", ["a.org"])
    ((), ('a.org',))
    """
    return tuple(name for name in (host, *more) if is_exposed(name))


def _name_in(url: str) -> str | None:
    """Return the name in a URL, or None where it is not just a name and a port."""
    try:
        parts = urlsplit(url)
        name, _ = parts.hostname, parts.port
    except ValueError:
        return None
    plain = parts.username is None and not parts.path and not parts.query and not parts.fragment
    return name.rstrip(".") if name and plain else None


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True
