"""Rendered photos in one file that is mapped into memory and never rendered again.

<cache>/synthetic-<key>/images.u8      the pixels, one row a photo, sorted by id
<cache>/synthetic-<key>/columns.npz    landmarks and attributes
<cache>/synthetic-<key>/about.json     shape and fingerprint
<cache>/synthetic-<key>.partial/       a rendering that goes on or was killed; started anew
<cache>/synthetic-<key>.lock           held while rendering, so that two processes do it once
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceaudit.errors import SourceError
from faceaudit.progress import Progress
from faceaudit.types import (
    FaceSet,
    FloatArray,
    ImageArray,
    IntArray,
    fingerprint_rows,
    pixel_digests,
)


@dataclass(frozen=True, eq=False)
class Block:
    """Rendered photos: images (B, H, W, 3), landmarks (B, 5, 2) and attributes, B values each."""

    images: ImageArray
    landmarks: FloatArray
    attributes: Mapping[str, Sequence[int]]


@dataclass(frozen=True, eq=False)
class Columns:
    """What is known of the photos before they are rendered, as in `FaceSet`."""

    names: tuple[str, ...]
    ids: tuple[str, ...]
    identity: IntArray
    group: IntArray


def pack(
    *,
    key: str,
    columns: Columns,
    blocks: Iterable[Block],
    size: tuple[int, int],
    cache: Path,
    progress: Progress,
) -> FaceSet:
    """Return the faces packed under `key`; only when there are none are `blocks` rendered.

    Args:
        key: changes whenever any pixel or column may.
        columns: what is known of the N photos.
        blocks: the photos in order, rendered as they are asked for.
        size: height and width.
        cache: folder of packed photos.
        progress: told how many photos are done.

    Raises:
        SourceError: the cache cannot be written.
    """
    folder = cache / f"synthetic-{key}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with folder.with_suffix(".lock").open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if folder.exists():
                try:
                    return _open(folder, columns, size)
                except (OSError, ValueError, LookupError, zipfile.BadZipFile) as error:
                    progress.note(f"rendering again: {folder} is damaged ({error})")
                    shutil.rmtree(folder)
            _render(folder, columns, blocks, size, progress)
            return _open(folder, columns, size)
    except OSError as error:
        raise SourceError(
            f"expected a cache folder that can be written and has room, got {error}; free some "
            "or give another folder"
        ) from error


def _render(
    folder: Path,
    columns: Columns,
    blocks: Iterable[Block],
    size: tuple[int, int],
    progress: Progress,
) -> None:
    partial = folder.with_suffix(".partial")
    if partial.exists():
        shutil.rmtree(partial)
    partial.mkdir()
    landmarks: list[FloatArray] = []
    attributes: dict[str, list[int]] = {}
    pixels: list[bytes] = []
    with (
        (partial / "images.u8").open("wb") as file,
        progress.task("rendering people who do not exist", len(columns.ids)) as advance,
    ):
        for block in blocks:
            file.write(np.ascontiguousarray(block.images).data)
            pixels += pixel_digests(block.images)
            landmarks.append(block.landmarks)
            for name, values in block.attributes.items():
                attributes.setdefault(name, []).extend(values)
            advance(len(block.images))
        file.flush()
        os.fsync(file.fileno())
    extra = {name: np.array(values, dtype=np.int64) for name, values in attributes.items()}
    points = np.concatenate(landmarks).astype(np.float32)
    np.savez(partial / "columns.npz", allow_pickle=False, landmarks=points, **extra)
    fingerprint = fingerprint_rows(
        size,
        columns.ids,
        [columns.names[person] for person in columns.identity],
        columns.group,
        pixels,
        {**extra, "landmarks": points},
    )
    about = {"shape": [len(columns.ids), *size, 3], "fingerprint": fingerprint}
    (partial / "about.json").write_text(json.dumps(about))
    partial.rename(folder)


def _open(folder: Path, columns: Columns, size: tuple[int, int]) -> FaceSet:
    about = json.loads((folder / "about.json").read_bytes())
    shape = (len(columns.ids), *size, 3)
    stated, found = int(np.prod(shape)), (folder / "images.u8").stat().st_size
    if stated != found:
        raise ValueError(f"expected {stated} bytes in images.u8, got {found}")
    with np.load(folder / "columns.npz") as stored:
        known = {name: stored[name] for name in stored.files}
    return FaceSet(
        # Copy on write: the array may be handed to torch, and to code that writes into it, while
        # the file stays as it is.
        images=np.memmap(folder / "images.u8", dtype=np.uint8, mode="c", shape=shape),
        identity=columns.identity,
        names=columns.names,
        ids=columns.ids,
        group=columns.group,
        landmarks=known.pop("landmarks"),
        attributes=known,
        fingerprint=about["fingerprint"],
    )
