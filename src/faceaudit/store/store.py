"""One folder a case or system, as it was written or absent, local or on any fsspec URL.

A store holds

    run.json                     what was run last: the plan, versions, machine, commit
    names.json                   what pseudonyms stand for; only where names may be kept
    systems/<id>/                spec.json, curve.json, weights.safetensors
    cases/<id>/                  spec.json, figures.json, evidence.npz, pictures/<name>.png
    cases/<id>/error.json        instead of figures, when the case failed
    damaged/<kind>-<id>-<n>/     what was found damaged and set aside
    leases/                      who is at what, while runs are at work

Every folder ends with a file `complete` that says which it is of, and size and sha256 of all its
files (see `folders`): one that differs counts as absent. The two files of JSON hold their own
sha256.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from faceaudit.progress import Progress, silent
from faceaudit.store.accounts import NAMES, RUN, SCHEMA
from faceaudit.store.files import part_name, plain
from faceaudit.store.folders import DAMAGED, KINDS, SetAside
from faceaudit.store.formats import dump_case, dump_system, read_case
from faceaudit.store.leases import LEASES
from faceaudit.store.manifest import Damage
from faceaudit.store.record import CaseRecord, SystemRecord
from faceaudit.store.upkeep import ACCOUNT, Upkeep

OWN = (RUN, NAMES, *reversed(KINDS), DAMAGED, LEASES)
"""What a store is made of, as above: without it nothing is left of an audit."""
_ASIDE = re.compile(r"systems-([\w-]{1,100})-\d+")
"""What a system is called that is set aside."""
REPORT = "report.html"
"""What the report is called in its store."""

__all__ = ["OWN", "REPORT", "SCHEMA", "Store"]


class Store(Upkeep):
    """Cases and systems under one URL.

    Args:
        url: a folder, or any URL that fsspec knows, such as "s3://bucket/audit".

    Raises:
        StoreError: it is neither, or a package that such a URL needs is missing.
    """

    def exists(self) -> bool:
        """Return whether anything was ever written here."""
        return self._files.exists(RUN)

    # run

    def write_run(self, run: Mapping[str, Any]) -> None:
        """Say what was run last; while somebody clears the store up, that is waited for.

        Raises:
            StoreError: the store cannot be written.
        """
        with self.alone(*ACCOUNT):
            self._accounts.write_run(run)

    def make(self) -> None:
        """Make the store's folder, so that one that cannot be written is found out at once.

        A file is written and removed: where stores are URLs, folders may be no more than names.
        What killed runs left half written goes.

        Raises:
            StoreError: it cannot be made, or written.
        """
        probe = part_name("probe")
        self._files.put(probe, b"writable")
        self._files.remove(probe)
        self.sweep()

    def sweep(self) -> None:
        """Remove what killed runs of this machine left half written."""
        self._folders.sweep()
        self._leases.sweep()

    def write_page(self, name: str, page: str | bytes) -> str:
        """Write a page for people to read, such as the report; return where it is.

        Raises:
            StoreError: the store cannot be written.
        """
        self._files.put(name, page.encode("utf-8", "replace") if isinstance(page, str) else page)
        return f"{self.url.rstrip('/')}/{name}"

    def remove_page(self, name: str) -> None:
        """Remove a page that was written; there may be none."""
        self._files.remove(name)

    def run(self) -> dict[str, Any]:
        """Return what was run last.

        Raises:
            StoreError: nothing was ever run into this store, or by another version of faceaudit,
                or the account of it is damaged.
        """
        return self._accounts.run()

    # names

    def write_names(self, names: Mapping[str, str]) -> None:
        """Keep what pseudonyms stand for; of no names, nothing is kept any more.

        Raises:
            StoreError: the store cannot be written.
        """
        self._accounts.write_names(names)

    def names(self) -> dict[str, str]:
        """Return what pseudonyms of people and photos stand for; nothing where that is not kept.

        Raises:
            StoreError: it cannot be read.
        """
        return self._accounts.names()

    # cases

    def case_ids(self) -> list[str]:
        """Return the ids of all completed cases, those of earlier plans too."""
        return [case for case in self._files.names("cases") if self._sound(f"cases/{case}")]

    def has_case(self, case: str) -> bool:
        """Return whether a case was completed and is as it was written; a failed one was not."""
        found = self._sound(f"cases/{case}")
        return found is not None and "error.json" not in found.names

    def held(self, cases: Iterable[str]) -> frozenset[str]:
        """Return which of some cases were completed, as `has_case` does; the store is listed once.

        Cases that are not there cost nothing, however many are asked about.
        """
        there = set(self._files.names("cases"))
        return frozenset(case for case in cases if case in there and self.has_case(case))

    def has_pictures(self, case: str) -> bool:
        """Return whether pictures of a case were kept."""
        return self._files.exists(f"cases/{case}/pictures")

    def remove_unfinished_pictures(self) -> None:
        """Remove the pictures of cases that are damaged or whose write was cut short."""
        for case in self._files.names("cases"):
            if self.has_pictures(case) and not self._sound(f"cases/{case}"):
                self._files.remove(f"cases/{case}/pictures")
        for aside in self._files.names(DAMAGED):
            self._files.remove(f"{DAMAGED}/{aside}/pictures")

    def write_case(self, record: CaseRecord) -> None:
        """Keep a case; what an earlier try left is replaced.

        Raises:
            StoreError: a picture has a name that could lead out of the store, or the store cannot
                be written.
        """
        self._folders.write(f"cases/{record.id}", dump_case(record))

    def case(self, case: str, *, figures_only: bool = False) -> CaseRecord:
        """Return one case.

        Args:
            case: its id.
            figures_only: leave evidence and pictures where they are.

        Raises:
            StoreError: it is not there, is damaged, or cannot be read.
        """
        files = self._read(f"cases/{case}", lambda name: not figures_only or name.endswith(".json"))
        return self._understood(f"cases/{case}", lambda: read_case(case, files))

    def cases(self, *, figures_only: bool = False) -> Iterator[CaseRecord]:
        """Yield every case of the last run, in the order of its plan; failed ones too.

        Those that are damaged are left out, as those that are not done yet.

        Args:
            figures_only: leave evidence and pictures where they are.
        """
        for case in self.run()["cases"]:
            if plain(case) and self._sound(f"cases/{case}"):
                yield self.case(case, figures_only=figures_only)

    # systems

    def has_system(self, system: str) -> bool:
        """Return whether a system was trained to its end and is as it was written."""
        return self._sound(f"systems/{system}") is not None

    def write_system(self, record: SystemRecord) -> None:
        """Keep a trained system.

        Raises:
            StoreError: the store cannot be written.
        """
        self._folders.write(f"systems/{record.id}", dump_system(record))

    def train_once(
        self, system: str, train: Callable[[], object], progress: Progress = silent
    ) -> None:
        """Let a system be trained unless it is kept, by one of several runs at a time.

        Args:
            system: its id.
            train: trains it, and keeps it by `write_system`.
            progress: told of one that is damaged, and set aside.

        Raises:
            StoreError: the store cannot be written.
        """
        if self.has_system(system):
            return
        with self.alone("systems", system):
            said = self._set_aside(f"systems/{system}")
            if said is not None:
                progress.note(f"{said}; it is trained again")
            if not self.has_system(system):
                train()

    def system(self, system: str) -> SystemRecord:
        """Return one trained system.

        Raises:
            StoreError: it is not there, is damaged, or cannot be read.
        """
        files = self._read(f"systems/{system}", lambda _: True)
        return self._understood(
            f"systems/{system}",
            lambda: SystemRecord(
                id=system,
                spec=json.loads(files["spec.json"]),
                curve=tuple(json.loads(files["curve.json"])),
                weights_bytes=files["weights.safetensors"],
            ),
        )

    def system_spec(self, system: str) -> Mapping[str, Any]:
        """Return the training of a system as plain values, its weights left where they are."""
        spec: Mapping[str, Any] = self._of_system(system, "spec.json")
        return spec

    def curve(self, system: str) -> tuple[Mapping[str, float], ...]:
        """Return a system's training curve, its weights left where they are."""
        return tuple(self._of_system(system, "curve.json"))

    def _of_system(self, system: str, name: str) -> Any:
        files = self._read(f"systems/{system}", lambda one: one == name)
        return self._understood(f"systems/{system}", lambda: json.loads(files[name]))

    # several runs, and damage

    def verify(self) -> tuple[Damage, ...]:
        """Hold every file against its digest, and return what is wrong with which.

        Raises:
            StoreError: the store is on another machine that cannot be reached.
        """
        found = list(self.account_damages())
        for folder in self.folders():
            seen = self._folders.read(folder, again=True)
            found += () if seen is None else seen.damages
        if self.exists() and not any(damage.file == RUN for damage in found):
            account, there = self.run(), set(self._files.names("cases"))
            missing = account["cases"] if account.get("seconds") is not None else ()
            found += [
                Damage(f"cases/{case}", "is missing: a case of the last run, which ended")
                for case in missing
                if case not in there
            ]
        return tuple(found)

    def account_damages(self) -> Iterator[Damage]:
        """Yield what is wrong with the two files beside cases and systems."""
        if not self.exists() and any(self.folders()):
            yield Damage(RUN, "is missing")
        yield from self._accounts.damages()

    def set_aside_damaged(self, folder: str) -> SetAside | None:
        """Set a folder aside if it is damaged and no run is at it.

        Args:
            folder: its path, as `folders` gives it.

        Returns:
            What was wrong, and where it is now; None when it was left where it is.

        Raises:
            StoreError: the store cannot be written.
        """
        found = self._folders.read(folder)
        if found is None or not found.damages:
            return None
        kind, _, name = folder.partition("/")
        if not plain(name):
            return self._set_aside(folder)
        with self.alone(kind, name, wait=False) as mine:
            return self._set_aside(folder) if mine else None

    def systems_aside(self) -> frozenset[str]:
        """Return the ids of systems that were once set aside, and are not trained again yet."""
        found = (_ASIDE.fullmatch(name) for name in self._files.names(DAMAGED))
        ids = {one[1] for one in found if one is not None}
        return frozenset(id_ for id_ in ids if not self.has_system(id_))

    def _set_aside(self, folder: str) -> SetAside | None:
        found = self._folders.read(folder)
        if found is None or not found.damages:
            return None
        return SetAside(found.damages, self._folders.set_aside(folder))

    def set_all_aside(self, damages: Iterable[Damage]) -> tuple[str, ...]:
        """Set aside what `verify` found damaged; return where it is now.

        Raises:
            StoreError: the store cannot be written.
        """
        files = {damage.file for damage in damages}
        where = [
            self._folders.set_aside(name)
            for name in (RUN, NAMES)
            if name in files and self._files.exists(name)
        ]
        for folder in list(self.folders()):
            if any(file == folder or file.startswith(f"{folder}/") for file in files):
                aside = self.set_aside_damaged(folder)
                where += [] if aside is None else [aside.where]
        return tuple(where)
