"""What a store is kept by, whatever is in it: folders held against digests, leases, listings."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TypeVar

from faceaudit.errors import StoreError
from faceaudit.store.accounts import Accounts
from faceaudit.store.files import StoreFiles
from faceaudit.store.folders import KINDS, Folders, Found
from faceaudit.store.leases import LEASES, Lease, Leases
from faceaudit.store.listing import HeldFolder, Listing, listing_of
from faceaudit.store.manifest import COMPLETE

ACCOUNT = ("runs", "account")
"""Kind and name of the lease of who writes the account of a run, or clears the store up."""

T = TypeVar("T")


class Upkeep:
    """The files of a store under one URL, and who is at them; `Store` says what they are.

    Args:
        url: a folder, or any URL that fsspec knows, such as "s3://bucket/audit".

    Raises:
        StoreError: it is neither, or a package that such a URL needs is missing.
    """

    def __init__(self, url: str | os.PathLike[str]) -> None:
        self._files = StoreFiles(url)
        self.url = self._files.url
        self._accounts = Accounts(self._files)
        self._folders = Folders(self._files)
        self._leases = Leases(self._files)

    @property
    def local(self) -> bool:
        """Whether the store is a folder of this machine."""
        return self._files.local

    @property
    def root(self) -> str:
        """The store's path on its file system."""
        return self._files.root

    def overlaps(self, other: Upkeep) -> bool:
        """Return whether two stores are in one place, or one of them within the other."""
        return self._files.overlaps(other._files)

    def folders(self) -> Iterator[str]:
        """Yield all that is kept of cases and systems, sound or not, as paths in the store."""
        for kind in KINDS:
            for name in self._files.names(kind):
                yield f"{kind}/{name}"

    def alone(self, kind: str, name: str, *, wait: bool = True) -> AbstractContextManager[bool]:
        """Hold the lease of a case or a training while a block lasts, as one run at a time does.

        One whose holder is killed is let go of, on other machines after a minute.

        Args:
            kind: "cases" or "systems", or that of `ACCOUNT`.
            name: the id.
            wait: until nobody else holds it; else the block is told whether it is held.

        Raises:
            StoreError: the store cannot be written.
        """
        return self._leases.hold(kind, name, wait=wait)

    def listing(self) -> Listing:
        """Return what is there, as names and sizes say it; nothing is read but leases.

        On another machine that takes a request for each thousand files.

        Raises:
            StoreError: the store is on another machine that cannot be reached.
        """
        leases = self.leases()
        return listing_of(self._files.survey(), leases, local=self.local)

    def leases(self) -> tuple[Lease, ...]:
        """Return the leases that are there, held or left by who was killed; nobody is waited for.

        Raises:
            StoreError: the store is on another machine that cannot be reached.
        """
        return self._leases.look()

    def glance(
        self, folders: Iterable[HeldFolder], wanted: Callable[[str], bool]
    ) -> dict[str, Found]:
        """Read small files of many cases or systems; evidence and weights are not looked into.

        What is read is held against its digest, all else against its size alone.

        Args:
            folders: as `listing` gives them.
            wanted: whether a file of this name is read.

        Returns:
            By the path of the folder, what there is of it.

        Raises:
            StoreError: the store is on another machine that cannot be reached, or may not be read.
        """
        return self._folders.glance({one.path: one.sizes for one in folders}, wanted)

    def at_work(self, *, clearing: bool = False) -> tuple[Lease, ...]:
        """Return the leases that somebody holds now.

        On another machine that takes a minute where there are leases that nobody renews.

        Args:
            clearing: whether that of the account is held by who asks, and does not count.

        Raises:
            StoreError: the store is on another machine that cannot be reached.
        """
        return self._leases.at_work("-".join(ACCOUNT) if clearing else "")

    def folder(self, folder: str) -> Found | None:
        """Return all files of a case or a system, each held against its digest.

        Args:
            folder: its path, as `folders` gives it.

        Returns:
            None where there is no such folder, or one that is being written.

        Raises:
            StoreError: it cannot be reached, or may not be read.
        """
        return self._folders.read(folder, lambda _: True, again=True)

    def is_sound(self, folder: str) -> bool:
        """Return whether all files of a case or a system are as they were written."""
        return self._sound(folder) is not None

    def remove_folder(self, folder: str) -> None:
        """Remove a case, a system or what was set aside; what a link leads to stays.

        A kill in the middle leaves nothing that is taken for whole, or for damaged.

        Raises:
            StoreError: the store cannot be written.
        """
        self._folders.remove(folder)

    def remove_lease(self, name: str) -> None:
        """Remove a lease on another machine, which `at_work` found nobody to hold."""
        if not self.local:
            self._files.remove(f"{LEASES}/{name}")

    def completes(self, folders: Iterable[str]) -> dict[str, bytes]:
        """Return the list of files and digests of each folder that has one, by its path."""
        found = self._files.get_all(f"{folder}/{COMPLETE}" for folder in folders)
        return {path.rpartition("/")[0]: content for path, content in found.items()}

    def write_folder(self, folder: str, contents: Mapping[str, bytes]) -> None:
        """Keep all files of a case or a system, as `folder` gives them.

        Raises:
            StoreError: the store cannot be written.
        """
        self._folders.write(folder, contents)

    def page(self, name: str) -> bytes:
        """Return a page that lies beside cases and systems.

        Raises:
            FileNotFoundError: there is none, or a link: what that leads to is not the store's.
        """
        found = self._files.get_all((name,))
        if name not in found:
            raise FileNotFoundError(name)
        return found[name]

    def _sound(self, folder: str) -> Found | None:
        found = self._folders.read(folder)
        return None if found is None or found.damages else found

    def _read(self, folder: str, wanted: Callable[[str], bool]) -> Mapping[str, bytes]:
        """Return files of a folder.

        Raises:
            StoreError: it is not there, or damaged.
        """
        found = self._folders.read(folder, wanted)
        kind, _, name = folder.partition("/")
        what = "a completed case" if kind == "cases" else "a trained system"
        if found is None:
            raise StoreError(f"expected {what}, got {name!r} in {self.url!r}")
        if found.damages:
            raise StoreError(
                f"expected {what} in {self.url!r}, got a damaged one ({found.damages[0]}); run the "
                "audit again: it is set aside and computed anew"
            )
        return found.contents

    def _understood(self, folder: str, read: Callable[[], T]) -> T:
        try:
            return read()
        except Exception as error:  # noqa: BLE001 - NumPy, zip and JSON have errors of all kinds
            raise StoreError(
                f"expected a folder that can be read in {self.url}/{folder}, got "
                f"{type(error).__name__}: {error}; delete that folder and run the audit again"
            ) from None
