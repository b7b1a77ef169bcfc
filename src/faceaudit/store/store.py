"""One folder a case or system, complete or absent, local or on any fsspec URL.

A store holds

    run.json                     what was run last: the plan, versions, machine, commit
    systems/<id>/                spec.json, curve.json, weights.safetensors
    cases/<id>/                  spec.json, figures.json, evidence.npz, pictures/<name>.png
    cases/<id>/error.json        instead of figures, when the case failed

Every folder ends with a file `complete` that is written last: a folder without it is a write that
was cut short, and counts as absent.
"""

from __future__ import annotations

import io
import json
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import fsspec
import numpy as np

from faceaudit.errors import StoreError
from faceaudit.types import Estimate, Evidence

SCHEMA = 1


@dataclass(frozen=True)
class Figure:
    """One measured figure of a case.

    Attributes:
        metric: e.g. "attack_success", "clean_accuracy".
        estimate: its value, interval and n; None when it could not be measured.
        why_none: the reason, when there is no estimate.
    """

    metric: str
    estimate: Estimate | None
    why_none: str = ""


@dataclass(frozen=True, eq=False)
class CaseRecord:
    """What was found in one case.

    Attributes:
        id: sha256 of everything that determines the case.
        spec: the case as plain values.
        facts: plain values worth reading beside the figures, such as counts and the system's id;
            nothing here determines the case.
        figures: what was measured; empty for a failed case.
        evidence: one row a sample; None for a failed case.
        pictures: PNG files by name.
        error: why the case failed, or None.
    """

    id: str
    spec: Mapping[str, Any]
    facts: Mapping[str, Any] = field(default_factory=dict)
    figures: tuple[Figure, ...] = ()
    evidence: Evidence | None = None
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    error: str | None = None

    def figure(self, metric: str) -> Estimate | None:
        """Return the estimate of a metric, or None when the case does not have it."""
        return next((f.estimate for f in self.figures if f.metric == metric), None)


@dataclass(frozen=True, eq=False)
class SystemRecord:
    """A trained system.

    Attributes:
        id: sha256 of everything that determines the training.
        spec: the training as plain values.
        curve: one mapping an epoch: epoch, train_loss, validation_loss, validation_accuracy.
        weights: the file of weights (safetensors).
    """

    id: str
    spec: Mapping[str, Any]
    curve: tuple[Mapping[str, float], ...]
    weights_bytes: bytes


class Store:
    """Cases and systems under one URL.

    Args:
        url: a folder, or any URL that fsspec knows, such as "s3://bucket/audit".
    """

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._files, self._root = fsspec.core.url_to_fs(url)
        except (ImportError, ValueError) as error:
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
        """Say what was run last."""
        self._put("run.json", _json(run))

    def run(self) -> dict[str, Any]:
        """Return what was run last.

        Raises:
            StoreError: nothing was ever run into this store.
        """
        if not self.exists():
            raise StoreError(
                f"expected a store with an audit in it, got {self.url!r}; "
                "try `faceaudit run --store ...` first"
            )
        return dict(self._get_json("run.json"))

    # cases

    def has_case(self, case: str) -> bool:
        """Return whether a case was completed; a failed one was not."""
        return self._complete(f"cases/{case}") and not self._exists(f"cases/{case}/error.json")

    def write_case(self, record: CaseRecord) -> None:
        """Keep a case; what an earlier try left is replaced."""
        files = {"spec.json": _json(record.spec)}
        if record.error is not None:
            files["error.json"] = _json({"error": record.error})
        else:
            figures = [_figure_values(figure) for figure in record.figures]
            files["figures.json"] = _json({"facts": dict(record.facts), "figures": figures})
            if record.evidence is not None:
                files["evidence.npz"] = _npz(record.evidence)
            for name, picture in record.pictures.items():
                files[f"pictures/{name}.png"] = picture
        self._write_folder(f"cases/{record.id}", files)

    def case(self, case: str) -> CaseRecord:
        """Return one case."""
        folder = f"cases/{case}"
        if not self._complete(folder):
            raise StoreError(f"expected a completed case, got {case!r} in {self.url!r}")
        spec = self._get_json(f"{folder}/spec.json")
        if self._exists(f"{folder}/error.json"):
            return CaseRecord(case, spec, error=self._get_json(f"{folder}/error.json")["error"])
        evidence = None
        if self._exists(f"{folder}/evidence.npz"):
            evidence = _read_npz(self._get(f"{folder}/evidence.npz"))
        measured = self._get_json(f"{folder}/figures.json")
        return CaseRecord(
            id=case,
            spec=spec,
            facts=measured["facts"],
            figures=tuple(_figure(values) for values in measured["figures"]),
            evidence=evidence,
            pictures={
                name.removesuffix(".png"): self._get(f"{folder}/pictures/{name}")
                for name in self._list(f"{folder}/pictures")
            },
        )

    def cases(self) -> Iterator[CaseRecord]:
        """Return every case of the last run, in the order of its plan; failed ones too."""
        for case in self.run()["cases"]:
            if self._complete(f"cases/{case}"):
                yield self.case(case)

    # systems

    def has_system(self, system: str) -> bool:
        """Return whether a system was trained to its end."""
        return self._complete(f"systems/{system}")

    def write_system(self, record: SystemRecord) -> None:
        """Keep a trained system."""
        files = {
            "spec.json": _json(record.spec),
            "curve.json": _json(list(record.curve)),
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

    def _list(self, folder: str) -> list[str]:
        if not self._exists(folder):
            return []
        paths = self._files.ls(f"{self._root}/{folder}", detail=False)
        return sorted(str(path).rsplit("/", 1)[-1] for path in paths)

    def _put(self, name: str, content: bytes) -> None:
        """Write a file so that it is there whole or not at all."""
        path = f"{self._root}/{name}"
        self._files.makedirs(path.rsplit("/", 1)[0], exist_ok=True)
        part = f"{path}.{uuid.uuid4().hex}.part" if self.local else path
        with self._files.open(part, "wb") as file:
            file.write(content)
        if part != path:
            self._files.mv(part, path)

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


def _json(value: object) -> bytes:
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode()


def _figure_values(figure: Figure) -> dict[str, Any]:
    estimate = None if figure.estimate is None else asdict(figure.estimate)
    return {"metric": figure.metric, "estimate": estimate, "why_none": figure.why_none}


def _figure(values: Mapping[str, Any]) -> Figure:
    estimate = None if values["estimate"] is None else Estimate(**values["estimate"])
    return Figure(values["metric"], estimate, values["why_none"])


def _npz(evidence: Evidence) -> bytes:
    buffer = io.BytesIO()
    columns: dict[str, Any] = {f"column:{name}": c for name, c in evidence.columns.items()}
    np.savez_compressed(buffer, ids=np.array(evidence.ids, dtype=str), **columns)
    return buffer.getvalue()


def _read_npz(content: bytes) -> Evidence:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return Evidence(
            ids=tuple(str(row) for row in arrays["ids"]),
            columns={
                name.removeprefix("column:"): arrays[name]
                for name in arrays.files
                if name.startswith("column:")
            },
        )
