"""How a store spells figures and evidence: JSON, and NumPy archives without pickles."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from faceaudit.errors import StoreError
from faceaudit.files.npz import is_bounded, unpack
from faceaudit.store.record import CaseRecord, SystemRecord
from faceaudit.types import Estimate, Evidence, Figure

ROWS = 1 << 21
"""Rows that the evidence in a small file may have."""
_ROW = 4
"""Bytes of a file for each row, where that is more: a letter takes as many, unpacked."""
_PICTURE = re.compile(r"[\w-]{1,100}")
"""Names of pictures, which become names of files."""


def dump_json(value: object) -> bytes:
    """Return plain values as JSON; halves of characters stay what they are."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    return text.encode("utf-8", "surrogatepass")


def seal(values: Mapping[str, Any]) -> bytes:
    """Return plain values as JSON that holds its own sha256, so that a change of it is noticed."""
    digest = hashlib.sha256(dump_json(values)).hexdigest()
    return dump_json({**values, "sha256": digest})


def unseal(values: Mapping[str, Any], content: bytes) -> dict[str, Any] | None:
    """Return values without their digest; None when they are not what was sealed.

    Args:
        values: what the JSON of `content` says.
        content: what was read.
    """
    opened = {name: value for name, value in values.items() if name != "sha256"}
    try:
        return opened if seal(opened) == content else None
    except ValueError:  # a NaN, which Python reads and nobody wrote
        return None


def dump_figure(figure: Figure) -> dict[str, Any]:
    """Return a figure as plain values."""
    estimate = None if figure.estimate is None else asdict(figure.estimate)
    return {"metric": figure.metric, "estimate": estimate, "why_none": figure.why_none}


def load_figure(values: Mapping[str, Any]) -> Figure:
    """Return the figure that `dump_figure` spelled."""
    estimate = None if values["estimate"] is None else Estimate(**values["estimate"])
    return Figure(values["metric"], estimate, values["why_none"])


def dump_npz(evidence: Evidence) -> bytes:
    """Return evidence as a NumPy archive, without pickles.

    What would shrink so far that `read_npz` took it for a file that is to fill the memory is left
    as large as it is.
    """
    columns: dict[str, Any] = {f"column:{name}": c for name, c in evidence.columns.items()}
    ids = np.array(evidence.ids, dtype=str)
    for save in (np.savez_compressed, np.savez):
        buffer = io.BytesIO()
        save(buffer, ids=ids, **columns)
        if is_bounded(buffer) and len(ids) <= _most_rows(buffer.tell()):
            break
    return buffer.getvalue()


def read_npz(content: bytes) -> Evidence:
    """Return the evidence of a NumPy archive, in bounded memory; nothing in it is run.

    Raises:
        one of `faceaudit.files.npz.FAULTS`: it is none, or takes more than `dump_npz` lets it.
    """
    arrays = unpack(io.BytesIO(content))
    ids = arrays["ids"]
    if ids.ndim != 1 or ids.dtype.kind != "U":
        raise ValueError(f"expected one text a row as ids, got {ids.dtype} {ids.shape}")
    most = _most_rows(len(content))
    if len(ids) > most:
        raise ValueError(f"expected at most {most:,} rows, got {len(ids):,}")
    return Evidence(
        ids=tuple(ids.tolist()),
        columns={
            name.removeprefix("column:"): array
            for name, array in arrays.items()
            if name.startswith("column:")
        },
    )


def _most_rows(size: int) -> int:
    """Return how many rows a file of so many bytes may have: a text takes more than its letters."""
    return max(ROWS, size // _ROW)


def dump_case(record: CaseRecord) -> dict[str, bytes]:
    """Return the files of a case, by their names in its folder.

    Raises:
        StoreError: a picture has a name that could lead out of the store.
    """
    files = {"spec.json": dump_json(record.spec)}
    if record.error is not None:
        files["error.json"] = dump_json({"error": record.error, "traceback": record.traceback})
        return files
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
    return files


def read_case(case: str, files: Mapping[str, bytes]) -> CaseRecord:
    """Return the case whose files `dump_case` gave; some may be left out.

    Raises:
        KeyError, TypeError, ValueError, OSError, BadZipFile: they are no such files.
    """
    spec = json.loads(files["spec.json"])
    if "error.json" in files:
        failure = json.loads(files["error.json"])
        return CaseRecord(case, spec, error=failure["error"], traceback=failure["traceback"])
    measured = json.loads(files["figures.json"])
    return CaseRecord(
        id=case,
        spec=spec,
        facts=measured["facts"],
        figures=tuple(load_figure(values) for values in measured["figures"]),
        evidence=read_npz(files["evidence.npz"]) if "evidence.npz" in files else None,
        pictures={
            name.removeprefix("pictures/").removesuffix(".png"): content
            for name, content in files.items()
            if name.startswith("pictures/")
        },
        withheld=measured.get("withheld", 0),
    )


def dump_system(record: SystemRecord) -> dict[str, bytes]:
    """Return the files of a trained system, by their names in its folder."""
    return {
        "spec.json": dump_json(record.spec),
        "curve.json": dump_json(list(record.curve)),
        "weights.safetensors": record.weights_bytes,
    }
