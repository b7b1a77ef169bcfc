"""The journal of an unfinished pack, by which one that was killed goes on where it was."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import astuple, dataclass
from pathlib import Path

from faceaudit.faces.packing.packing import Packing
from faceaudit.faces.reading.layout import PhotoLocation
from faceaudit.files.sealed import append_private
from faceaudit.types import ImageArray

_CHECK = 32
"""Hex digits of a line's digest."""

_LONGEST = 1 << 20
"""Bytes of a line at most; what is longer is none."""

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
        landmarks: ten float32, x and y of five points in its row; empty when none are known.
        note: a decision about a photo that has a row; mostly empty.
    """

    id: str
    person: str = ""
    group: str = ""
    file: bytes = b""
    pixels: bytes = b""
    reason: str = ""
    landmarks: bytes = b""
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
        """Return the entry as JSON on one line, without its end."""
        values = [item.hex() if isinstance(item, bytes) else item for item in astuple(self)]
        return json.dumps(values).encode()

    @classmethod
    def read(cls, line: bytes) -> PackedPhoto | None:
        """Return the entry that `line` wrote, or None when it is none."""
        try:
            name, person, group, file, pixels, reason, landmarks, note = json.loads(line)
            digests = bytes.fromhex(file), bytes.fromhex(pixels)
            place = sys.intern(person), group
            return cls(name, *place, *digests, reason, bytes.fromhex(landmarks), note)
        except (ValueError, TypeError):
            return None


class Journal:
    """Rows of pixels in one file, and one line a photo in another, both only ever appended to.

    A line starts with a digest of itself and of all before it, the first one's of what is packed.
    The row is written before its line, so that a killed process leaves at most a row without a
    line. After a power loss anything may be on the disk: lines and rows are verified against these
    digests, and both files are truncated at the first mismatch.

    Args:
        folder: of both files.
        packing: what is packed; what another packing left is not gone on with.

    Attributes:
        entries: one a photo, in the order they came in.
        damaged: whether lines that were whole once had to go.
    """

    def __init__(self, folder: Path, packing: Packing) -> None:
        self.rows_path = folder / "rows.u8"
        self._lines_path = folder / "journal.jsonl"
        self.entries: list[PackedPhoto] = []
        self._digest = hashlib.sha256(packing.key.encode())
        rows = lines = 0
        for entry, length in self._read_sound_entries(packing.row_bytes):
            self.entries.append(entry)
            rows, lines = rows + packing.row_bytes * entry.kept, lines + length
        self._rows = append_private(self.rows_path)
        self._lines = append_private(self._lines_path)
        self.damaged = self._has_line_after(lines)
        self._rows.truncate(rows)
        self._lines.truncate(lines)

    def append(self, entry: PackedPhoto, row: ImageArray | None) -> None:
        """Add a photo; `row` is its pixels, or None when it is left out."""
        if row is not None:
            self._rows.write(row.tobytes())
            self._rows.flush()
        line = entry.line()
        self._digest.update(line)
        self._lines.write(self._check() + line + b"\n")
        self._lines.flush()
        self.entries.append(entry)

    def close(self) -> None:
        """Close both files."""
        self._rows.close()
        self._lines.close()

    def _check(self) -> bytes:
        return self._digest.hexdigest()[:_CHECK].encode()

    def _has_line_after(self, place: int) -> bool:
        with self._lines_path.open("rb") as file:
            file.seek(place)
            return file.readline(_LONGEST).endswith(b"\n")

    def _read_sound_entries(self, row_bytes: int) -> Iterator[tuple[PackedPhoto, int]]:
        """Yield each entry and its line's length, up to the first whose line or row is broken."""
        if not self._lines_path.exists() or not self.rows_path.exists():
            return
        with self._lines_path.open("rb") as journal, self.rows_path.open("rb") as pixels:
            while line := journal.readline(_LONGEST):
                before = self._digest.copy()
                self._digest.update(line[_CHECK:-1])
                entry = None
                if line.endswith(b"\n") and line[:_CHECK] == self._check():
                    entry = PackedPhoto.read(line[_CHECK:])
                if entry is None or (
                    entry.kept and hashlib.sha256(pixels.read(row_bytes)).digest() != entry.pixels
                ):
                    self._digest = before
                    return
                yield entry, len(line)
