"""The two files of a store beside cases and systems: what was run last, and names of pseudonyms.

Each is JSON that holds its own sha256, so that a change of it is noticed.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from faceaudit.errors import StoreError
from faceaudit.files.unreadable import how_to_read
from faceaudit.store.files import StoreFiles
from faceaudit.store.folders import DAMAGED
from faceaudit.store.formats import seal, unseal
from faceaudit.store.manifest import Damage

SCHEMA = 5
"""Format version, a part of every id. Increase it when older cases can no longer be read."""

RUN, NAMES = "run.json", "names.json"
OLDER = "is of another version of faceaudit"
"""What is wrong with an account of another schema."""


class Accounts:
    """The two files of one store.

    Args:
        files: the store's.
    """

    def __init__(self, files: StoreFiles) -> None:
        self._files = files

    def write_run(self, run: Mapping[str, Any]) -> None:
        """Say what was run last."""
        self._files.put(RUN, seal({"schema": SCHEMA, **run}))

    def run(self) -> dict[str, Any]:
        """Return what was run last; see `Store.run`."""
        if not self._files.exists(RUN):
            raise StoreError(
                f"expected a store with an audit in it, got {self._files.url!r}; "
                "try `faceaudit run --store ...` first"
            )
        content, account = self._read(RUN)
        if _is_older(account):
            raise StoreError(
                f"expected a store that this version of faceaudit wrote, of schema {SCHEMA}, got "
                f"{self._files.url!r}, {_version_of(account)}"
            )
        opened = unseal(account, content)
        if opened is None:
            raise StoreError(
                f"expected {self._files.url}/{RUN} as it was written, got another; run the audit "
                "again: what is sound of its cases is kept"
            )
        return opened

    def write_names(self, names: Mapping[str, str]) -> None:
        """Keep what pseudonyms stand for; of no names, nothing is kept any more, aside neither."""
        if names:
            self._files.put(NAMES, seal({"names": dict(names)}))
            return
        self._files.remove(NAMES)
        for aside in self._files.names(DAMAGED):
            if aside.startswith((NAMES, RUN)):
                self._files.remove(f"{DAMAGED}/{aside}")

    def names(self) -> dict[str, str]:
        """Return what pseudonyms stand for; see `Store.names`."""
        if not self._files.exists(NAMES):
            return {}
        content, found = self._read(NAMES)
        opened = unseal(found, content)
        names = None if opened is None else opened.get("names")
        if not isinstance(names, dict) or not all(isinstance(one, str) for one in names.values()):
            raise StoreError(
                f"expected names by pseudonym in {self._files.url}/{NAMES} as they were written, "
                "got others; delete that file, and run the audit again with --show-names"
            )
        return names

    def damages(self) -> Iterator[Damage]:
        """Yield what is wrong with the files that are there.

        Raises:
            StoreError: the store is on another machine that cannot be reached, or they may be sound
                and cannot be read, as by a user who may not.
        """
        for name in (RUN, NAMES):
            if not self._files.exists(name):
                continue
            try:
                content = self._files.get(name)
                values = json.loads(content)
            except (ValueError, RecursionError):
                values = None
            except StoreError as error:
                if not self._files.local or how_to_read(error.__context__) is not None:
                    raise
                values = None  # a folder, say
            if not isinstance(values, dict):
                yield Damage(name, "is no JSON")
            elif name == RUN and _is_older(values):
                yield Damage(name, OLDER)
            elif unseal(values, content) is None:
                yield Damage(name, "is not what was written (its sha256)")

    def _read(self, name: str) -> tuple[bytes, dict[str, Any]]:
        try:
            content = self._files.get(name)
            found = json.loads(content)
        except FileNotFoundError:
            raise StoreError(
                f"expected {name!r} in the store {self._files.url!r}, got nothing"
            ) from None
        except (ValueError, RecursionError) as error:
            raise StoreError(
                f"expected JSON in {self._files.url}/{name}, got {error}; run the audit again: "
                "what is sound of its cases is kept"
            ) from None
        return content, found if isinstance(found, dict) else {}


def _version_of(account: Mapping[str, Any]) -> str:
    """Return which version wrote an account that is of another, and what to do about it."""
    schema = account.get("schema")
    if not isinstance(schema, int) or isinstance(schema, bool):
        said = "of none"
    elif schema > SCHEMA:
        return (
            f"of schema {schema}, which a newer one wrote; update faceaudit to read it, or run the "
            "audit again, into a new store"
        )
    else:
        said = f"of schema {schema}"
    return (
        f"{said}, which an older one wrote, whose figures cannot be told from others; read it with "
        "that one, and run the audit again, best into a new store"
    )


def _is_older(account: Mapping[str, Any]) -> bool:
    """Return whether another version wrote an account: of another schema, or before digests."""
    return account.get("schema") != SCHEMA or "sha256" not in account
