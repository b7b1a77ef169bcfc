"""Finished packs: their two files, written and read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from faceaudit.faces.loaded import LeftOut, Loaded, Remark
from faceaudit.faces.packing.duplicates import Deduplicated
from faceaudit.faces.packing.pack_folder import IMAGES, map_images, to_disk
from faceaudit.faces.packing.packing import Packing
from faceaudit.types import LANDMARKS, FaceSet, FloatArray, fingerprint_rows

_ROWS_AT_ONCE = 4096


def write_pack(folder: Path, packing: Packing, deduplicated: Deduplicated, rows: Path) -> None:
    """Write the finished pack, so that all of it is on the disk before it gets its name."""
    kept = deduplicated.kept
    names = sorted({entry.person for entry in kept})
    groups = {name: number for number, name in enumerate(sorted({e.group for e in kept}))}
    person = {name: number for number, name in enumerate(names)}
    ids = [entry.id for entry in kept]
    group = [groups[entry.group] for entry in kept]
    points = [entry.landmarks for entry in kept]
    landmarks = _landmarks(points)
    about = {
        "size": list(packing.size),
        "names": names,
        "ids": ids,
        "identity": [person[entry.person] for entry in kept],
        "group": group,
        "left_out": [[out.id, out.reason, out.person] for out in deduplicated.left_out],
        "fingerprint": fingerprint_rows(
            packing.size,
            ids,
            [entry.person for entry in kept],
            np.array(group, dtype=np.int64),
            [entry.pixels for entry in kept],
            {} if landmarks is None else {"landmarks": landmarks},
        ),
        # As before there were any, where there are none.
        **({} if landmarks is None else {"landmarks": points}),
        **({"noted": notes} if (notes := [[e.id, e.note] for e in kept if e.note]) else {}),
    }
    if folder.exists():  # of a process that was killed at this very point
        shutil.rmtree(folder)
    folder.mkdir()
    with (folder / IMAGES).open("wb") as images:
        raw = np.memmap(rows, dtype=np.uint8, mode="r").reshape(-1, packing.row_bytes)
        for start in range(0, len(deduplicated.rows), _ROWS_AT_ONCE):
            images.write(raw[list(deduplicated.rows[start : start + _ROWS_AT_ONCE])].data)
        to_disk(images)
    with (folder / "faces.json").open("wb") as file:
        file.write(json.dumps(about).encode())
        to_disk(file)


def _landmarks(points: Sequence[Sequence[float]]) -> FloatArray | None:
    """Return landmarks (N, 5, 2), not numbers (NaN) where none are known; None if none are at all.

    Raises:
        ValueError: some are not five points.
    """
    if not any(points):
        return None
    unknown = [float("nan")] * (2 * LANDMARKS)
    rows = np.array([row or unknown for row in points], dtype=np.float32)
    return rows.reshape(len(points), LANDMARKS, 2)


def read_pack(folder: Path, packing: Packing) -> Loaded:
    """Return the faces of a finished pack, their pixels mapped into memory.

    Raises:
        OSError, ValueError, LookupError, TypeError: it is damaged, or not there.
    """
    about = json.loads((folder / "faces.json").read_bytes())
    faces = FaceSet(
        images=map_images(folder, (len(about["ids"]), *packing.size, 3)),
        identity=np.array(about["identity"], dtype=np.int64),
        names=tuple(about["names"]),
        ids=tuple(about["ids"]),
        group=np.array(about["group"], dtype=np.int64),
        landmarks=_landmarks(about.get("landmarks", ())),
        fingerprint=about["fingerprint"],
    )
    left_out = tuple(LeftOut(*pair) for pair in about["left_out"])
    return Loaded(faces, left_out, tuple(Remark(*pair) for pair in about.get("noted", ())))
