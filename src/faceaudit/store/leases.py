"""Who is at a case or a training: one run at a time, so that several share the work of one store.

On one machine a lease is a locked file, which the kernel lets go of when its holder is killed. On
others it is an object that only one can make and its holder makes anew every few seconds; one that
stays as it is for a minute is a killed holder's, and is overtaken. A lease saves work and guards
nothing: two who hold the same one write the same bits.
"""

from __future__ import annotations

import os
import secrets
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from faceaudit.errors import StoreError
from faceaudit.files.atomic import make_private
from faceaudit.files.lock import alone, is_held
from faceaudit.store.files import StoreFiles, plain

LEASES = "leases"
"""The folder of a store that holds them; away while nobody is at work."""

EXPIRES = 60.0
"""Seconds after which a lease on another machine that nobody renewed is overtaken."""
LOOKS = 2.0
"""Seconds between two looks at a lease on another machine that somebody holds."""
_TRIES = 100
"""How often a lease is tried for whose folder goes each time before it is there."""


@dataclass(frozen=True)
class Lease:
    """A case or a training that somebody is at, or was when they were killed.

    Attributes:
        name: what they are at, as in "cases-1f...".
        held: whether somebody is; None where only waiting would tell, as on another machine.
        holder: the machine and the number of the process, where that is known.
    """

    name: str
    held: bool | None
    holder: str = ""


class Leases:
    """The leases of a store.

    Args:
        files: the store's.

    Attributes:
        expires: seconds as `EXPIRES`; a holder renews its lease four times in that time.
        looks: seconds as `LOOKS`.
    """

    def __init__(self, files: StoreFiles) -> None:
        self._files = files
        self._seen: dict[str, tuple[bytes, float]] = {}
        self.expires, self.looks = EXPIRES, LOOKS

    @contextmanager
    def hold(self, kind: str, name: str, *, wait: bool = True) -> Iterator[bool]:
        """Hold the lease of a case or a training while the block lasts; tell whether it is held.

        Args:
            kind: "cases" or "systems".
            name: the id.
            wait: until nobody else holds it.

        Raises:
            StoreError: the store cannot be written.
        """
        if not plain(name):
            raise StoreError(f"expected an id of a case or a training, got {name!r}")
        if self._files.local:
            with self._hold_file(f"{kind}-{name}", wait=wait) as held:
                yield held
            return
        path = f"{LEASES}/{kind}-{name}"
        token = self._take(path, wait=wait)
        if token is None:
            yield False
            return
        ended = threading.Event()
        renewing = threading.Thread(target=self._renew, args=(path, token, ended), daemon=True)
        renewing.start()
        try:
            yield True
        finally:
            ended.set()
            renewing.join()
            self._let_go(path, token)

    @contextmanager
    def _hold_file(self, name: str, *, wait: bool) -> Iterator[bool]:
        folder = Path(self._files.path(LEASES))
        try:
            with ExitStack() as stack:
                yield self._lock(folder / name, stack, wait=wait)
        finally:
            with suppress(OSError, ValueError):  # others are at work, or it never was
                folder.rmdir()

    def _lock(self, path: Path, stack: ExitStack, *, wait: bool) -> bool:
        for left in reversed(range(_TRIES)):
            try:
                if not path.parent.parent.is_dir():
                    make_private(path.parent.parent)
                path.parent.mkdir(mode=0o700, exist_ok=True)
                return stack.enter_context(alone(path, wait=wait, remove=True))
            except FileNotFoundError as error:
                if not left:
                    raise self._files.unwritable(error) from None
                # the folder was empty, and has just been removed
            except (OSError, ValueError) as error:
                raise self._files.unwritable(error) from None
        raise AssertionError

    def sweep(self) -> None:
        """Remove what killed holders on this machine left, and the folder where nothing is left."""
        if not self._files.local:
            return
        folder = Path(self._files.path(LEASES))
        for name in self._files.names(LEASES):
            with suppress(OSError), alone(folder / name, wait=False, remove=True):
                pass
        with suppress(OSError):
            folder.rmdir()

    def look(self) -> tuple[Lease, ...]:
        """Return the leases that are there, by name; nothing is written, and nobody waited for."""
        names = self._files.names(LEASES)
        if self._files.local:
            folder = Path(self._files.path(LEASES))
            return tuple(Lease(name, is_held(folder / name)) for name in names)
        found = self._files.get_all(f"{LEASES}/{name}" for name in names)
        return tuple(
            Lease(name, None, _holder(found[f"{LEASES}/{name}"]))
            for name in names
            if f"{LEASES}/{name}" in found
        )

    def at_work(self, but: str = "") -> tuple[Lease, ...]:
        """Return the leases that somebody holds; on another machine that takes a while to tell.

        There, one that stays as it is for `expires` seconds is of somebody who was killed. Where
        there is none, nothing is waited for.

        Args:
            but: the name of one that does not count, as it is held by who asks.
        """
        if self._files.local:
            return tuple(lease for lease in self.look() if lease.held and lease.name != but)
        before = self._contents(but)
        ends = time.monotonic() + self.expires
        while before and time.monotonic() < ends:
            time.sleep(min(self.looks, self.expires))
            now = self._contents(but)
            fresh = [name for name in now if now[name] != before.get(name)]
            if fresh:
                return tuple(Lease(name, held=True, holder=_holder(now[name])) for name in fresh)
            before = now
        return ()

    def _contents(self, but: str) -> dict[str, bytes]:
        names = [name for name in self._files.names(LEASES) if name != but]
        found = self._files.get_all(f"{LEASES}/{name}" for name in names)
        return {name.partition("/")[2]: content for name, content in found.items()}

    # on other machines

    def _take(self, path: str, *, wait: bool) -> str | None:
        """Return what a lease is known by as ours, once it is; None when it is another's."""
        token = f"{socket.gethostname()} {os.getpid()} {secrets.token_hex(8)}"
        missing = 0
        while True:
            try:
                overtaken = self._overtake(path)
                if self._make(path, token):
                    if not overtaken:
                        return token
                    time.sleep(min(1.0, self.looks))  # who overtook it in the same moment as we
                    if self._holder(path).startswith(token.encode()):
                        return token
            except FileNotFoundError as error:  # let go of just now, or the bucket is gone
                missing += 1
                if missing == _TRIES:
                    raise self._files.unwritable(error) from None
                continue
            if not wait:
                return None
            time.sleep(self.looks)

    def _make(self, path: str, token: str) -> bool:
        """Make a lease where there is none; True without any where the system cannot refuse one."""
        with self._files.reached("written"):
            self._files.fresh()
            try:
                self._files.system.makedirs(self._files.path(LEASES), exist_ok=True)
                content = f"{token} 0".encode()
                self._files.system.pipe_file(self._files.path(path), content, mode="create")
            except FileExistsError:
                return False
            except (TypeError, ValueError, NotImplementedError):
                pass
        return True

    def _overtake(self, path: str) -> bool:
        """Remove a lease that nobody renews; return whether one was removed."""
        try:
            content = self._holder(path)
        except FileNotFoundError:
            return False
        before, since = self._seen.get(path, (b"", 0.0))
        now = time.monotonic()
        if before != content:
            self._seen[path] = content, now
            return False
        if now - since < self.expires:
            return False
        self._files.remove(path)
        del self._seen[path]
        return True

    def _renew(self, path: str, token: str, ended: threading.Event) -> None:
        number = 0
        while not ended.wait(self.expires / 4):
            number += 1
            with suppress(StoreError):  # tried again, and at worst overtaken
                if not self._is_ours(path, token):
                    return
                self._files.put(path, f"{token} {number}".encode())

    def _let_go(self, path: str, token: str) -> None:
        with suppress(StoreError):
            if self._is_ours(path, token):
                self._files.remove(path)

    def _is_ours(self, path: str, token: str) -> bool:
        try:
            return self._holder(path).startswith(token.encode())
        except FileNotFoundError:
            return False

    def _holder(self, path: str) -> bytes:
        self._files.fresh()
        return self._files.get(path)


def _holder(content: bytes) -> str:
    """Return machine and process of who made a lease."""
    return " ".join(content.decode("utf-8", "replace").split()[:2])
