"""The journal of an unfinished pack, by which one that was killed goes on where it was."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from faceaudit.faces.reading.layout import PhotoLocation
from faceaudit.types import ImageArray

UNASKED = "expected a photo that was asked for, got another"
"""Why a photo has no row that is only read to see whether one with a row is the same file."""


@dataclass(frozen=True, slots=True)
class PackedPhoto:
    """A photo that was packed or left out.

    Attributes:
        id, person, group: of the photo; no person for what no person is known of.
        file: sha256 of its file; empty when it was left out, unless that was because of `UNASKED`.
        pixels: sha256 of its row of pixels; empty when it was left out.
        reason: why it was left out; empty when it has a row.
        landmarks: ten numbers, x and y of five points in its row; empty when none are known.
        note: a decision about a photo that has a row; mostly empty.
    """

    id: str
    person: str = ""
    group: str = ""
    file: bytes = b""
    pixels: bytes = b""
    reason: str = ""
    landmarks: tuple[float, ...] = ()
    note: str = ""

    @classmethod
    def out(cls, location: PhotoLocation, reason: str) -> PackedPhoto:
        """Return the entry of a photo that is left out."""
        return cls(location.id, location.person, location.group, reason=reason)

    @property
    def kept(self) -> bool:
        """Whether the photo has a row."""
        return not self.reason

    @property
    def unasked(self) -> bool:
        """Whether nobody asked for the photo: it is no part of the faces, and not left out."""
        return self.reason == UNASKED

    def line(self) -> bytes:
        """Return the entry as one line of JSON."""
        values = [item.hex() if isinstance(item, bytes) else item for item in astuple(self)]
        return json.dumps(values).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> PackedPhoto | None:
        """Return the entry that `line` wrote, or None when the line was cut short."""
        if not line.endswith(b"\n"):
            return None
        try:
            name, person, group, file, pixels, reason, *more = json.loads(line)
            # Lines from before there were landmarks end here.
            landmarks, note = more or ((), "")
            digests = bytes.fromhex(file), bytes.fromhex(pixels)
            return cls(name, person, group, *digests, reason, tuple(landmarks), note)
        except (ValueError, TypeError):
            return None


class Journal:
    """Rows of pixels in one file, and one line a photo in another, both only ever appended to.

    The row is written before its line, so that a killed process leaves at most a row without a
    line. After a power loss anything may be on the disk: rows are verified against the journal's
    digests, and both files are truncated at the first mismatch.

    Attributes:
        entries: one a photo, in the order they came in.
    """

    def __init__(self, folder: Path, row_bytes: int) -> None:
        self.rows_path = folder / "rows.u8"
        self._lines_path = folder / "journal.jsonl"
        self.entries: list[PackedPhoto] = []
        rows = lines = 0
        for entry, length in _read_sound_entries(self._lines_path, self.rows_path, row_bytes):
            self.entries.append(entry)
            rows, lines = rows + row_bytes * entry.kept, lines + length
        self._rows = self.rows_path.open("ab")
        self._lines = self._lines_path.open("ab")
        self._rows.truncate(rows)
        self._lines.truncate(lines)

    def append(self, entry: PackedPhoto, row: ImageArray | None) -> None:
        """Add a photo; `row` is its pixels, or None when it is left out."""
        if row is not None:
            self._rows.write(row.tobytes())
            self._rows.flush()
        self._lines.write(entry.line())
        self._lines.flush()
        self.entries.append(entry)

    def close(self) -> None:
        """Close both files."""
        self._rows.close()
        self._lines.close()


def _read_sound_entries(
    lines_path: Path, rows_path: Path, row_bytes: int
) -> Iterator[tuple[PackedPhoto, int]]:
    """Yield each entry and its line's length, up to the first whose line or row is broken."""
    if not lines_path.exists() or not rows_path.exists():
        return
    with lines_path.open("rb") as journal, rows_path.open("rb") as pixels:
        for line in journal:
            entry = PackedPhoto.read(line)
            if entry is None:
                return
            if entry.kept and hashlib.sha256(pixels.read(row_bytes)).digest() != entry.pixels:
                return
            yield entry, len(line)
