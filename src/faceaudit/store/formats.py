"""How a store spells figures and evidence: JSON, and NumPy archives without pickles."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import numpy as np

from faceaudit.types import Estimate, Evidence, Figure


def dump_json(value: object) -> bytes:
    """Return plain values as JSON."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode()


def dump_figure(figure: Figure) -> dict[str, Any]:
    """Return a figure as plain values."""
    estimate = None if figure.estimate is None else asdict(figure.estimate)
    return {"metric": figure.metric, "estimate": estimate, "why_none": figure.why_none}


def load_figure(values: Mapping[str, Any]) -> Figure:
    """Return the figure that `dump_figure` spelled."""
    estimate = None if values["estimate"] is None else Estimate(**values["estimate"])
    return Figure(values["metric"], estimate, values["why_none"])


def dump_npz(evidence: Evidence) -> bytes:
    """Return evidence as a NumPy archive, without pickles."""
    buffer = io.BytesIO()
    columns: dict[str, Any] = {f"column:{name}": c for name, c in evidence.columns.items()}
    np.savez_compressed(buffer, ids=np.array(evidence.ids, dtype=str), **columns)
    return buffer.getvalue()


def read_npz(content: bytes) -> Evidence:
    """Return the evidence of a NumPy archive; nothing in it is run."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        return Evidence(
            ids=tuple(str(row) for row in arrays["ids"]),
            columns={
                name.removeprefix("column:"): arrays[name]
                for name in arrays.files
                if name.startswith("column:")
            },
        )
