"""Packs of rendered photos: pixels in one file, mapped into memory and never rendered again.

<cache>/synthetic-<key>/images.u8      the pixels, one row a photo, sorted by id
<cache>/synthetic-<key>/columns.npz    landmarks and attributes
<cache>/synthetic-<key>/about.json     shape and fingerprint
<cache>/synthetic-<key>/complete        size and sha256 of all three, written last
<cache>/synthetic-<key>.partial/       a rendering that goes on or was killed; started anew
<cache>/synthetic-<key>.lock           held while rendering, so that two processes do it once
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from faceaudit.faces.packing.pack_folder import (
    IMAGES,
    map_images,
    open_or_make,
    partial_folder,
)
from faceaudit.files.sealed import check_sealed, open_private, put_sealed, remove
from faceaudit.progress import Progress
from faceaudit.types import (
    FaceSet,
    FloatArray,
    ImageArray,
    IntArray,
    fingerprint_rows,
    pixel_digests,
)

_COLUMNS, _ABOUT = "columns.npz", "about.json"
_FILES = (IMAGES, _COLUMNS, _ABOUT)


@dataclass(frozen=True, eq=False)
class Block:
    """Rendered photos: images (B, H, W, 3), landmarks (B, 5, 2) and attributes, B values each."""

    images: ImageArray
    landmarks: FloatArray
    attributes: Mapping[str, Sequence[int]]


@dataclass(frozen=True, eq=False)
class Columns:
    """Names, ids, people and groups of photos, known before these are rendered; as in `FaceSet`."""

    names: tuple[str, ...]
    ids: tuple[str, ...]
    identity: IntArray
    group: IntArray


def rendered_folder(cache: Path, key: str) -> Path:
    """Return where faces are packed under a key."""
    return cache / f"synthetic-{key}"


def pack_rendered(
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
    return open_or_make(
        rendered_folder(cache, key),
        lambda folder: _read_pack(folder, columns, size),
        lambda folder: _make_pack(folder, columns, blocks, size, progress),
        title="rendering",
        progress=progress,
    )


def _make_pack(
    folder: Path,
    columns: Columns,
    blocks: Iterable[Block],
    size: tuple[int, int],
    progress: Progress,
) -> None:
    partial = partial_folder(folder)
    remove(partial)
    partial.mkdir(mode=0o700)
    landmarks: list[FloatArray] = []
    attributes: dict[str, list[int]] = {}
    pixels: list[bytes] = []
    with (
        open_private(partial / IMAGES) as file,
        progress.task("rendering people who do not exist", len(columns.ids)) as advance,
    ):
        for block in blocks:
            file.write(np.ascontiguousarray(block.images).data)
            pixels += pixel_digests(block.images)
            landmarks.append(block.landmarks)
            for name, values in block.attributes.items():
                attributes.setdefault(name, []).extend(values)
            advance(len(block.images))
    extra = {name: np.array(values, dtype=np.int64) for name, values in attributes.items()}
    points = np.concatenate(landmarks).astype(np.float32)
    with open_private(partial / _COLUMNS) as file:
        np.savez(file, allow_pickle=False, landmarks=points, **extra)
    fingerprint = fingerprint_rows(
        size,
        columns.ids,
        [columns.names[person] for person in columns.identity],
        columns.group,
        pixels,
        {**extra, "landmarks": points},
    )
    about = {"shape": [len(columns.ids), *size, 3], "fingerprint": fingerprint}
    with open_private(partial / _ABOUT) as file:
        file.write(json.dumps(about).encode())
    put_sealed(partial, folder, _FILES)


def _read_pack(folder: Path, columns: Columns, size: tuple[int, int]) -> FaceSet:
    check_sealed(folder, _FILES)
    about = json.loads((folder / _ABOUT).read_bytes())
    images = map_images(folder, (len(columns.ids), *size, 3))
    with np.load(folder / _COLUMNS) as stored:
        known = {name: stored[name] for name in stored.files}
    return FaceSet(
        images=images,
        identity=columns.identity,
        names=columns.names,
        ids=columns.ids,
        group=columns.group,
        landmarks=known.pop("landmarks"),
        attributes=known,
        fingerprint=about["fingerprint"],
    )
