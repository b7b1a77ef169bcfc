"""Packs of photos: pixels in one file, mapped into memory and never decoded again.

<cache>/<key>/images.u8     the pixels, one row a photo, sorted by id
<cache>/<key>/faces.json    everything else that is known of them
<cache>/<key>/complete      size and sha256 of both, written last; others are not believed
<cache>/<key>.partial/      a packing that goes on, or was killed and can go on
<cache>/<key>.lock          held while packing, so that two processes do not do it at once
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path

from faceaudit.errors import SourceError
from faceaudit.faces.detections import DetectionMemory
from faceaudit.faces.loaded import LeftOut, Loaded
from faceaudit.faces.packing.duplicates import Deduplicated, drop_duplicates
from faceaudit.faces.packing.finished import read_pack, write_pack
from faceaudit.faces.packing.journal import Journal, PackedPhoto
from faceaudit.faces.packing.pack_folder import DAMAGED, IMAGES, open_or_make, partial_folder
from faceaudit.faces.packing.packing import PACK_VERSION, Packing
from faceaudit.faces.packing.prepare import landmark_bytes, prepare_ahead
from faceaudit.faces.reading.layout import PhotoFile
from faceaudit.files.sealed import remove
from faceaudit.progress import Progress


def pack(packing: Packing, *, cache: Path, progress: Progress) -> Loaded:
    """Return the faces of a packing; only what was never packed before is decoded.

    Raises:
        SourceError: the source breaks off, holds no usable photo, or the cache cannot be written.
        WeightsError: the packing aligns with a file that cannot be used; raised before any photo
            is decoded.
    """
    if min(packing.size) < 1:
        raise SourceError(f"expected a size of at least 1 x 1 pixels, got {packing.size}")

    def make(folder: Path) -> None:
        if packing.only is None or not _take_from_whole(folder, packing):
            _make_pack(folder, packing, progress)

    return open_or_make(
        cache / packing.key,
        lambda folder: read_pack(folder, packing),
        make,
        title=f"packing {packing.where}",
        progress=progress,
        advice=", what is packed so far is used again",
    )


def _take_from_whole(folder: Path, packing: Packing) -> bool:
    """Make a pack of some photos from that of all; return whether that is there and sound."""
    whole = folder.with_name(packing.whole.key)
    try:
        loaded = read_pack(whole, packing.whole)
    except DAMAGED:
        return False
    faces, only = loaded.faces, packing.only or frozenset()
    notes = {remark.id: remark.reason for remark in loaded.remarks}
    rows = [row for row, id_ in enumerate(faces.ids) if id_ in only]
    kept = tuple(
        PackedPhoto(
            faces.ids[row],
            faces.names[faces.identity[row]],
            f"{faces.group[row]:020}",  # in the order that they had by name
            pixels=hashlib.sha256(faces.images[row].data).digest(),
            landmarks=landmark_bytes(None if faces.landmarks is None else faces.landmarks[row]),
            note=notes.get(faces.ids[row], ""),
        )
        for row in rows
    )
    left_out = tuple(out for out in loaded.left_out if out.id in only)
    chosen = Deduplicated(kept, tuple(rows), left_out)
    if not kept:
        raise SourceError(_explain_empty_pack(packing, chosen))
    write_pack(folder, partial_folder(folder), packing, chosen, whole / IMAGES)
    return True


def _make_pack(folder: Path, packing: Packing, progress: Progress) -> None:
    partial = partial_folder(folder)
    if not partial.is_dir():
        remove(partial)
        partial.mkdir(mode=0o700)
    memory = DetectionMemory(folder.parent, decoding=PACK_VERSION, progress=progress)
    with closing(memory), closing(Journal(partial, packing)) as journal:
        if journal.damaged:
            progress.note(
                f"packing {packing.where}: what was packed before is damaged after "
                f"{len(journal.entries):,} photos; the others are packed again"
            )
        with progress.task(f"packing {packing.where}", packing.total) as advance:
            advance(len(journal.entries))
            photos = _skip_packed_photos(packing, journal.entries, partial)
            for entry, row in prepare_ahead(photos, packing, memory):
                journal.append(entry, row)
                advance(1)
        deduplicated = _drop_unasked(drop_duplicates(journal.entries), packing)
        if not deduplicated.kept:
            raise SourceError(_explain_empty_pack(packing, deduplicated))
        write_pack(folder, partial / "finished", packing, deduplicated, journal.rows_path)
    remove(partial)


def _drop_unasked(deduplicated: Deduplicated, packing: Packing) -> Deduplicated:
    """Leave what is said of other photos than those asked for unsaid."""
    if packing.only is None:
        return deduplicated
    left_out = tuple(out for out in deduplicated.left_out if out.id in packing.only)
    return replace(deduplicated, left_out=left_out)


def _skip_packed_photos(
    packing: Packing, entries: Sequence[PackedPhoto], partial: Path
) -> Iterator[PhotoFile | LeftOut]:
    """Return the photos after those that an earlier packing has written down."""
    photos = iter(packing.stream())
    for entry, photo in zip(entries, islice(photos, len(entries)), strict=False):
        if entry.id != (photo.id if isinstance(photo, LeftOut) else photo.location.id):
            raise SourceError(
                f"expected to go on where packing {packing.where} was broken off, got other photos "
                f"than before; remove {partial}"
            )
    return photos


def _explain_empty_pack(packing: Packing, deduplicated: Deduplicated) -> str:
    if not deduplicated.left_out:
        return f"expected photos in {packing.where}, got none"
    first = deduplicated.left_out[0]
    return (
        f"expected at least one usable photo in {packing.where}, got none and "
        f"{len(deduplicated.left_out)} left out, the first being {first.id}: {first.reason}"
    )
