"""One folder a case or system, complete or absent, local or on any fsspec URL.

A store holds

    run.json                     what was run last: the plan, versions, machine, commit
    names.json                   what pseudonyms stand for; only where names may be kept
    systems/<id>/                spec.json, curve.json, weights.safetensors
    cases/<id>/                  spec.json, figures.json, evidence.npz, pictures/<name>.png
    cases/<id>/error.json        instead of figures, when the case failed

Every folder ends with a file `complete` that is written last: a folder without it is a write that
was cut short, and counts as absent.
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.errors import StoreError
from faceaudit.store.formats import dump_figure, dump_json, dump_npz, load_figure, read_npz
from faceaudit.store.record import CaseRecord, SystemRecord

if TYPE_CHECKING:
    import fsspec
else:
    fsspec = deferred("fsspec")

SCHEMA = 5
"""Format version, a part of every id. Increase it when older cases can no longer be read."""

_UNWRITABLE = (OSError, ValueError, NotImplementedError)
"""What file systems raise that cannot be written: the last is raised by those for reading alone."""

NAMES = "names.json"
OWN = ("run.json", NAMES, "systems", "cases")
"""What a store is made of, as above: without it nothing is left of an audit."""
REPORT = "report.html"
"""What the report is called in its store."""

_PICTURE = re.compile(r"[\w-]{1,100}")
"""Names of pictures, which become names of files."""


class Store:
    """Cases and systems under one URL.

    Args:
        url: a folder, or any URL that fsspec knows, such as "s3://bucket/audit".

    Raises:
        StoreError: it is neither, or a package that such a URL needs is missing.
    """

    def __init__(self, url: str | os.PathLike[str]) -> None:
        try:
            self.url = os.fspath(url)
            self._files, self._root = fsspec.core.url_to_fs(self.url)
        except (ImportError, TypeError, ValueError) as error:
            raise StoreError(f"expected a folder or an fsspec URL, got {url!r}: {error}") from error

    @property
    def local(self) -> bool:
        """Whether the store is a folder of this machine."""
        return "file" in np.atleast_1d(self._files.protocol)

    @property
    def root(self) -> str:
        """The store's path on its file system."""
        return str(self._root)

    def exists(self) -> bool:
        """Return whether anything was ever written here."""
        return bool(self._files.exists(f"{self._root}/run.json"))

    # run

    def write_run(self, run: Mapping[str, Any]) -> None:
        """Say what was run last.

        Raises:
            StoreError: the store cannot be written.
        """
        self._put("run.json", dump_json({"schema": SCHEMA, **run}))

    def make(self) -> None:
        """Make the store's folder, so that one that cannot be written is found out at once.

        A file is written and removed: where stores are URLs, folders may be no more than names.

        Raises:
            StoreError: it cannot be made, or written.
        """
        try:
            self._files.makedirs(self._root, exist_ok=True)
            probe = f"{uuid.uuid4().hex}.probe"
            self._put(probe, b"writable")
            self._files.rm(f"{self._root}/{probe}")
        except _UNWRITABLE as error:
            raise self._unwritable(error) from None

    def write_page(self, name: str, page: str) -> str:
        """Write a page for people to read, such as the report; return where it is.

        Raises:
            StoreError: the store cannot be written.
        """
        self._put(name, page.encode())
        return f"{self.url.rstrip('/')}/{name}"

    def remove_page(self, name: str) -> None:
        """Remove a page that was written; there may be none."""
        if self._exists(name):
            self._files.rm(f"{self._root}/{name}")

    def run(self) -> dict[str, Any]:
        """Return what was run last.

        Raises:
            StoreError: nothing was ever run into this store, or by another version of faceaudit.
        """
        if not self.exists():
            raise StoreError(
                f"expected a store with an audit in it, got {self.url!r}; "
                "try `faceaudit run --store ...` first"
            )
        account = self._get_json("run.json")
        if not isinstance(account, dict) or account.get("schema") != SCHEMA:
            raise StoreError(
                f"expected a store that this version of faceaudit wrote, got {self.url!r}; run the "
                "audit again, best into a new store"
            )
        return account

    # names

    def write_names(self, names: Mapping[str, str]) -> None:
        """Keep what pseudonyms stand for; of no names, nothing is kept any more.

        Raises:
            StoreError: the store cannot be written.
        """
        if names:
            self._put(NAMES, dump_json(dict(names)))
        else:
            self.remove_page(NAMES)

    def names(self) -> dict[str, str]:
        """Return what pseudonyms of people and photos stand for; nothing where that is not kept.

        Raises:
            StoreError: it cannot be read.
        """
        if not self._exists(NAMES):
            return {}
        found = self._get_json(NAMES)
        if not isinstance(found, dict) or not all(isinstance(one, str) for one in found.values()):
            raise StoreError(f"expected names by pseudonym in {self.url}/{NAMES}, got others")
        return found

    # cases

    def case_ids(self) -> list[str]:
        """Return the ids of all completed cases, those of earlier plans too."""
        return [case for case in self._list_files("cases") if self._complete(f"cases/{case}")]

    def has_case(self, case: str) -> bool:
        """Return whether a case was completed; a failed one was not."""
        return self._complete(f"cases/{case}") and not self._exists(f"cases/{case}/error.json")

    def has_pictures(self, case: str) -> bool:
        """Return whether pictures of a case were kept."""
        return self._exists(f"cases/{case}/pictures")

    def remove_unfinished_pictures(self) -> None:
        """Remove the pictures of cases whose write was cut short."""
        for case in self._list_files("cases"):
            if not self._complete(f"cases/{case}") and self.has_pictures(case):
                self._files.rm(f"{self._root}/cases/{case}/pictures", recursive=True)

    def write_case(self, record: CaseRecord) -> None:
        """Keep a case; what an earlier try left is replaced.

        Raises:
            StoreError: a picture has a name that could lead out of the store.
        """
        files = {"spec.json": dump_json(record.spec)}
        if record.error is not None:
            files["error.json"] = dump_json({"error": record.error, "traceback": record.traceback})
        else:
            figures = [dump_figure(figure) for figure in record.figures]
            measured: dict[str, Any] = {"facts": dict(record.facts), "figures": figures}
            if record.withheld:
                measured["withheld"] = record.withheld
            files["figures.json"] = dump_json(measured)
            if record.evidence is not None:
                files["evidence.npz"] = dump_npz(record.evidence)
            for name, picture in record.pictures.items():
                if not _PICTURE.fullmatch(name):
                    raise StoreError(f"expected a picture's plain name, got {name!r:.100}")
                files[f"pictures/{name}.png"] = picture
        self._write_folder(f"cases/{record.id}", files)

    def case(self, case: str, *, figures_only: bool = False) -> CaseRecord:
        """Return one case.

        Args:
            case: its id.
            figures_only: leave evidence and pictures where they are.

        Raises:
            StoreError: it is not there, or cannot be read.
        """
        if not self._complete(f"cases/{case}"):
            raise StoreError(f"expected a completed case, got {case!r} in {self.url!r}")
        try:
            return self._read_case(case, figures_only=figures_only)
        except (KeyError, TypeError, ValueError, OSError, BadZipFile) as error:
            raise StoreError(
                f"expected a case that can be read in {self.url}/cases/{case}, got "
                f"{type(error).__name__}: {error}; delete that folder and run the audit again"
            ) from None

    def _read_case(self, case: str, *, figures_only: bool) -> CaseRecord:
        folder = f"cases/{case}"
        spec = self._get_json(f"{folder}/spec.json")
        if self._exists(f"{folder}/error.json"):
            failure = self._get_json(f"{folder}/error.json")
            return CaseRecord(case, spec, error=failure["error"], traceback=failure["traceback"])
        evidence, pictures = None, []
        if not figures_only:
            pictures = self._list_files(f"{folder}/pictures")
            if self._exists(f"{folder}/evidence.npz"):
                evidence = read_npz(self._get(f"{folder}/evidence.npz"))
        measured = self._get_json(f"{folder}/figures.json")
        return CaseRecord(
            id=case,
            spec=spec,
            facts=measured["facts"],
            figures=tuple(load_figure(values) for values in measured["figures"]),
            evidence=evidence,
            pictures={
                name.removesuffix(".png"): self._get(f"{folder}/pictures/{name}")
                for name in pictures
            },
            withheld=measured.get("withheld", 0),
        )

    def cases(self, *, figures_only: bool = False) -> Iterator[CaseRecord]:
        """Yield every case of the last run, in the order of its plan; failed ones too.

        Args:
            figures_only: leave evidence and pictures where they are.
        """
        for case in self.run()["cases"]:
            if self._complete(f"cases/{case}"):
                yield self.case(case, figures_only=figures_only)

    # systems

    def has_system(self, system: str) -> bool:
        """Return whether a system was trained to its end."""
        return self._complete(f"systems/{system}")

    def write_system(self, record: SystemRecord) -> None:
        """Keep a trained system."""
        files = {
            "spec.json": dump_json(record.spec),
            "curve.json": dump_json(list(record.curve)),
            "weights.safetensors": record.weights_bytes,
        }
        self._write_folder(f"systems/{record.id}", files)

    def system(self, system: str) -> SystemRecord:
        """Return one trained system."""
        folder = f"systems/{system}"
        if not self._complete(folder):
            raise StoreError(f"expected a trained system, got {system!r} in {self.url!r}")
        return SystemRecord(
            id=system,
            spec=self._get_json(f"{folder}/spec.json"),
            curve=tuple(self._get_json(f"{folder}/curve.json")),
            weights_bytes=self._get(f"{folder}/weights.safetensors"),
        )

    def curve(self, system: str) -> tuple[Mapping[str, float], ...]:
        """Return a system's training curve, its weights left where they are."""
        return tuple(self._get_json(f"systems/{system}/curve.json"))

    # files

    def _write_folder(self, folder: str, files: Mapping[str, bytes]) -> None:
        if self._files.exists(f"{self._root}/{folder}"):
            self._files.rm(f"{self._root}/{folder}", recursive=True)
        for name, content in files.items():
            self._put(f"{folder}/{name}", content)
        self._put(f"{folder}/complete", b"")

    def _complete(self, folder: str) -> bool:
        return self._exists(f"{folder}/complete")

    def _exists(self, name: str) -> bool:
        return bool(self._files.exists(f"{self._root}/{name}"))

    def _list_files(self, folder: str) -> list[str]:
        if not self._exists(folder):
            return []
        paths = self._files.ls(f"{self._root}/{folder}", detail=False)
        return sorted(str(path).rsplit("/", 1)[-1] for path in paths)

    def _put(self, name: str, content: bytes) -> None:
        """Write a file so that it is there whole or not at all."""
        path = f"{self._root}/{name}"
        part = f"{path}.{uuid.uuid4().hex}.part" if self.local else path
        try:
            self._files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
            with self._files.open(part, "wb") as file:
                file.write(content)
            if part != path:
                self._files.mv(part, path)
        except _UNWRITABLE as error:
            raise self._unwritable(error) from None

    def _unwritable(self, error: Exception) -> StoreError:
        return StoreError(
            f"expected a store that can be written, got {self.url!r} ({error}); give another folder"
        )

    def _get(self, name: str) -> bytes:
        try:
            return bytes(self._files.cat_file(f"{self._root}/{name}"))
        except FileNotFoundError:
            raise StoreError(f"expected {name!r} in the store {self.url!r}, got nothing") from None

    def _get_json(self, name: str) -> Any:
        try:
            return json.loads(self._get(name))
        except ValueError as error:
            raise StoreError(f"expected JSON in {self.url}/{name}, got {error}") from None
