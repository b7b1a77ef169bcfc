"""Finished packs: their two files, written and read."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import numpy as np

from faceaudit.faces.loaded import LeftOut, Loaded, Remark
from faceaudit.faces.packing.duplicates import Deduplicated
from faceaudit.faces.packing.pack_folder import IMAGES, map_images
from faceaudit.faces.packing.packing import Packing
from faceaudit.files.sealed import check_sealed, open_private, put_sealed, remove
from faceaudit.types import LANDMARKS, FaceSet, FloatArray, fingerprint_rows

FACES = "faces.json"
"""The file of a pack with everything but the pixels."""

_FILES = (IMAGES, FACES)
_ROWS_AT_ONCE = 4096


def write_pack(
    folder: Path, part: Path, packing: Packing, deduplicated: Deduplicated, rows: Path
) -> None:
    """Write the finished pack, so that all of it is on the disk before it gets its name.

    Args:
        folder: what it is called.
        part: the folder in which it is made.
        packing: what is packed.
        deduplicated: the photos that stay, and where each is among the rows.
        rows: the file of pixels that they are taken from.

    Raises:
        OSError: it cannot be written.
    """
    kept = deduplicated.kept
    names = sorted({entry.person for entry in kept})
    groups = {name: number for number, name in enumerate(sorted({e.group for e in kept}))}
    person = {name: number for number, name in enumerate(names)}
    ids = [entry.id for entry in kept]
    group = [groups[entry.group] for entry in kept]
    points = [entry.landmarks for entry in kept]
    landmarks = _known_landmarks(points)
    fingerprint = fingerprint_rows(
        packing.size,
        ids,
        [entry.person for entry in kept],
        np.array(group, dtype=np.int64),
        [entry.pixels for entry in kept],
        {} if landmarks is None else {"landmarks": landmarks},
    )
    columns: dict[str, Iterable[object]] = {
        "size": packing.size,
        "names": names,
        "ids": ids,
        "identity": (person[entry.person] for entry in kept),
        "group": group,
        "left_out": ([out.id, out.reason, out.person] for out in deduplicated.left_out),
    }
    # As before there were any, where there are none.
    if landmarks is not None:
        columns["landmarks"] = map(_numbers, points)
    if any(entry.note for entry in kept):
        columns["noted"] = ([entry.id, entry.note] for entry in kept if entry.note)
    remove(part)  # of a process that was killed at this very point
    part.mkdir(mode=0o700)
    with open_private(part / IMAGES) as images:
        raw = np.memmap(rows, dtype=np.uint8, mode="r").reshape(-1, packing.row_bytes)
        for start in range(0, len(deduplicated.rows), _ROWS_AT_ONCE):
            images.write(raw[list(deduplicated.rows[start : start + _ROWS_AT_ONCE])].data)
    with open_private(part / FACES) as file:
        _write_columns(file, fingerprint, columns)
    put_sealed(part, folder, _FILES)


def _write_columns(
    file: BinaryIO, fingerprint: str, columns: Mapping[str, Iterable[object]]
) -> None:
    """Write one JSON object, some rows of one column at a time: all of it may take much memory."""
    file.write(b'{"fingerprint": ' + json.dumps(fingerprint).encode())
    for name, column in columns.items():
        file.write(b", " + json.dumps(name).encode() + b": [")
        rows = iter(column)
        before = b""
        while some := list(islice(rows, _ROWS_AT_ONCE)):
            file.write(before + json.dumps(some)[1:-1].encode())
            before = b", "
        file.write(b"]")
    file.write(b"}")


def _numbers(point: bytes) -> list[float]:
    """Return numbers whose shortest spelling is that of a single-precision float."""
    return [float(str(number)) for number in np.frombuffer(point, dtype=np.float32)]


def _known_landmarks(points: Sequence[bytes]) -> FloatArray | None:
    """Return landmarks (N, 5, 2), not numbers (NaN) where none are known; None if none are at all.

    Raises:
        ValueError: some are not five points.
    """
    if not any(points):
        return None
    unknown = np.full(2 * LANDMARKS, np.nan, dtype=np.float32).tobytes()
    rows = np.frombuffer(b"".join(point or unknown for point in points), dtype=np.float32)
    return rows.reshape(len(points), LANDMARKS, 2)


def _read_landmarks(points: Sequence[Sequence[float]]) -> FloatArray | None:
    """Return the landmarks that `_known_landmarks` gave.

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
    check_sealed(folder, _FILES)
    about = json.loads((folder / FACES).read_bytes())
    faces = FaceSet(
        images=map_images(folder, (len(about["ids"]), *packing.size, 3)),
        identity=np.array(about["identity"], dtype=np.int64),
        names=tuple(about["names"]),
        ids=tuple(about["ids"]),
        group=np.array(about["group"], dtype=np.int64),
        landmarks=_read_landmarks(about.get("landmarks", ())),
        fingerprint=about["fingerprint"],
    )
    left_out = tuple(LeftOut(*pair) for pair in about["left_out"])
    return Loaded(faces, left_out, tuple(Remark(*pair) for pair in about.get("noted", ())))
