"""Source: MXNet's RecordIO, as insightface packs its training sets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import ClassVar

from pydantic import Field

from faceaudit.errors import PhotoError, SourceError
from faceaudit.faces.loaded import LeftOut, Survey
from faceaudit.faces.reading.layout import PhotoFile, PhotoLocation, reason_of, too_few_photos
from faceaudit.faces.reading.recordio_file import Header, Record, RecordFile, read_index
from faceaudit.faces.sources.base import sources
from faceaudit.faces.sources.common.photo_source import PhotoSource, PhotoStream
from faceaudit.files.random_access import RandomAccess


@dataclass(frozen=True, slots=True)
class _Entry:
    """A record with a photo: its key, where it starts, whose photo it is and its bytes."""

    key: int
    offset: int
    person: str
    size: int


@sources.register
class RecordIO(PhotoSource):
    """MXNet RecordIO: `train.rec`, with `train.idx` beside it or without.

    A photo's id is its key in the `.idx`, or its place in the file where there is none; the person
    is the first label, such as "000123"; each photo is a group of its own. Of insightface's sets
    the first record and those of the people at the end hold no photo and are known as that.
    """

    name: ClassVar[str] = "recordio"
    paper: ClassVar[str] = (
        "none of its own; RecordIO is MXNet's (Chen et al. 2015, arXiv 1512.01274), its use for "
        "faces insightface's (Deng et al. 2019, arXiv 1801.07698)"
    )

    path: str = Field(
        min_length=1,
        description="the .rec file; the .idx of its name beside it is used; ~ and ${NAME} are "
        "filled in",
    )
    minimum: int = Field(
        1, ge=1, description="people with fewer photos are left out; above 1 labels are read twice"
    )

    def photos(self) -> PhotoStream:
        """Return the photos of the records.

        With an index a record that is broken is left out and listed. Without one nobody knows
        where the next starts.

        Raises:
            SourceError: a file cannot be read; once the photos are asked for, the index is
                malformed, or a record is broken and there is no index.
        """
        path = self._located_file(".rec")
        index = _index_of(path)
        return PhotoStream(
            state=[
                ascii(str(path)),
                RandomAccess(path).changed,
                None if index is None else RandomAccess(index).changed,
                self.minimum,
            ],
            photos=lambda: self._list_photos(path, index),
            total=None,
        )

    def survey(self) -> Survey:
        """Return how many people and photos there are by the records' headers.

        Raises:
            SourceError: a file cannot be read, the index is malformed, or a record is broken and
                there is no index.
        """
        path = self._located_file(".rec")
        counts = _counts(RecordFile(path), _index_of(path))
        enough = [count for count in counts.values() if count >= self.minimum]
        return Survey(len(enough), sum(enough))

    def _list_photos(self, path: Path, index: Path | None) -> Iterator[PhotoFile | LeftOut]:
        file = RecordFile(path)
        counts = None if self.minimum == 1 else _counts(file, index)
        if counts is not None:
            for person in sorted(counts):
                if counts[person] < self.minimum:
                    yield too_few_photos(person, counts[person], self.minimum)
        for entry in _entries(file, index):
            if isinstance(entry, LeftOut):
                yield entry
            elif counts is None or counts[entry.person] >= self.minimum:
                name = _name(entry.key)
                yield PhotoFile(
                    PhotoLocation(name, entry.person, name),
                    partial(file.photo, entry.offset),
                    entry.size,
                )


def _index_of(path: Path) -> Path | None:
    index = path.with_suffix(".idx")
    return index if index != path and index.is_file() else None


def _name(key: int) -> str:
    return f"{key:08d}"


def _counts(file: RecordFile, index: Path | None) -> Counter[str]:
    return Counter(
        entry.person for entry in _entries(file, index) if not isinstance(entry, LeftOut)
    )


def _entries(file: RecordFile, index: Path | None) -> Iterator[_Entry | LeftOut]:
    """Yield every record that has a photo or should have one."""
    of_insightface = False
    for key, offset, record in _read_records(file, index):
        try:
            if isinstance(record, PhotoError | OSError):
                raise record
            if record.photo_bytes == 0:
                if key == 0 and record.header.flag >= 2:
                    of_insightface = True
                elif not of_insightface or record.header.flag < 2:
                    raise PhotoError(f"expected a photo at byte {offset:,}, got a record without")
                continue
            yield _Entry(key, offset, _name_person(record.header), record.photo_bytes)
        except (PhotoError, OSError) as reason:
            yield LeftOut(_name(key), reason_of(reason))


def _read_records(
    file: RecordFile, index: Path | None
) -> Iterator[tuple[int, int, Record | PhotoError | OSError]]:
    """Yield each key with where its record starts, and the record or what is wrong with it."""
    if index is None:
        for key, (offset, record) in enumerate(file.scan()):
            yield key, offset, record
        return
    keys, offsets = read_index(index)
    if not len(keys):
        raise SourceError(f"expected <key> <byte> in {index}, got an empty index; take it away")
    for key, offset in zip(keys.tolist(), offsets.tolist(), strict=True):
        try:
            yield key, offset, file.record(offset)
        except (PhotoError, OSError) as reason:
            yield key, offset, reason


def _name_person(header: Header) -> str:
    """Return the person's name, such as "000123" for the label 123.0."""
    label = header.labels[0]
    if not (label.is_integer() and 0 <= label < 2**53):
        raise PhotoError(f"expected a person's number as label, got {label:g}")
    return f"{int(label):06d}"
