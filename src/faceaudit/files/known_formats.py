"""Formats told by a file's first bytes: what a file is that was given in place of another."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

FIRST = 512
"""Bytes that are enough to tell a format by."""

Group = Literal["photo", "video", "archive", "weights", "pointer", "page", "text", "other"]


@dataclass(frozen=True, slots=True)
class KnownFormat:
    """A format of files.

    Attributes:
        name: with its article, as in "a HEIC photo".
        group: what files of it are for.
    """

    name: str
    group: Group


_STARTS: Final[dict[bytes, KnownFormat]] = {
    b"\xff\xd8\xff": KnownFormat("a JPEG photo", "photo"),
    b"\x89PNG\r\n\x1a\n": KnownFormat("a PNG image", "photo"),
    b"GIF8": KnownFormat("a GIF image", "photo"),
    b"BM": KnownFormat("a BMP image", "photo"),
    b"II*\0\x10\0\0\0CR": KnownFormat("a camera's raw photo (Canon CR2)", "photo"),
    b"FUJIFILMCCD-RAW": KnownFormat("a camera's raw photo (Fujifilm RAF)", "photo"),
    b"IIRO": KnownFormat("a camera's raw photo (Olympus ORF)", "photo"),
    b"IIU\0": KnownFormat("a camera's raw photo (Panasonic RW2)", "photo"),
    b"FOVb": KnownFormat("a camera's raw photo (Sigma X3F)", "photo"),
    b"\0MRM": KnownFormat("a camera's raw photo (Minolta MRW)", "photo"),
    b"II*\0": KnownFormat("a TIFF image, or a camera's raw photo of that kind", "photo"),
    b"MM\0*": KnownFormat("a TIFF image, or a camera's raw photo of that kind", "photo"),
    b"II+\0": KnownFormat("a BigTIFF image", "photo"),
    b"MM\0+": KnownFormat("a BigTIFF image", "photo"),
    b"8BPS": KnownFormat("a Photoshop file", "photo"),
    b"\0\0\0\x0cjP  \r\n\x87\n": KnownFormat("a JPEG 2000 image", "photo"),
    b"\xff\x4f\xff\x51": KnownFormat("a JPEG 2000 image", "photo"),
    b"\xff\x0a": KnownFormat("a JPEG XL image", "photo"),
    b"\0\0\0\x0cJXL \r\n\x87\n": KnownFormat("a JPEG XL image", "photo"),
    b"\0\0\x01\0": KnownFormat("an icon (ICO)", "photo"),
    b"v/1\x01": KnownFormat("an OpenEXR image", "photo"),
    b"#?RADIANCE": KnownFormat("a Radiance HDR image", "photo"),
    b"DDS ": KnownFormat("a DDS texture", "photo"),
    b"gimp xcf": KnownFormat("a GIMP file", "photo"),
    b"%!PS": KnownFormat("a PostScript file", "page"),
    b"%PDF-": KnownFormat("a PDF", "page"),
    b"\x1aE\xdf\xa3": KnownFormat("a video (Matroska or WebM)", "video"),
    b"\0\0\x01\xba": KnownFormat("a video (MPEG)", "video"),
    b"\0\0\x01\xb3": KnownFormat("a video (MPEG)", "video"),
    b"FLV\x01": KnownFormat("a video (FLV)", "video"),
    b"0&\xb2u\x8ef\xcf\x11": KnownFormat("a video (ASF or WMV)", "video"),
    b"PK\x03\x04": KnownFormat("a zip archive", "archive"),
    b"PK\x05\x06": KnownFormat("an empty zip archive", "archive"),
    b"\x1f\x8b": KnownFormat("a gzip archive", "archive"),
    b"BZh": KnownFormat("a bzip2 archive", "archive"),
    b"\xfd7zXZ\0": KnownFormat("an xz archive", "archive"),
    b"(\xb5/\xfd": KnownFormat("a Zstandard archive", "archive"),
    b"7z\xbc\xaf\x27\x1c": KnownFormat("a 7z archive", "archive"),
    b"Rar!": KnownFormat("a RAR archive", "archive"),
    b"\x89HDF\r\n\x1a\n": KnownFormat("an HDF5 file", "weights"),
    b"\x93NUMPY": KnownFormat("an array of NumPy", "weights"),
    b"GGUF": KnownFormat("a GGUF file", "weights"),
    b"\x12\x01\0\0\0\0\0\0": KnownFormat("a file of MXNet's parameters", "weights"),
    b"\x0a\x23\xd7\xce": KnownFormat("an MXNet RecordIO", "archive"),
    b"version https://git-lfs": KnownFormat("a pointer of Git LFS", "pointer"),
    b"/annex/objects/": KnownFormat("a pointer of git-annex", "pointer"),
    b"../.git/annex": KnownFormat("a pointer of git-annex", "pointer"),
    b".git/annex": KnownFormat("a pointer of git-annex", "pointer"),
    b"outs:\n- ": KnownFormat("a pointer of DVC", "pointer"),
    b"PAR1": KnownFormat("a Parquet table", "other"),
    b"ARROW1": KnownFormat("an Arrow table", "other"),
    b"MATLAB 5.0": KnownFormat("a MATLAB file", "other"),
    b"SQLite format 3\0": KnownFormat("a database (SQLite)", "other"),
    b"\xd0\xcf\x11\xe0": KnownFormat("a Windows file such as Thumbs.db", "other"),
    b"\0\x05\x16\x07": KnownFormat("notes of macOS beside a file (._)", "other"),
    b"\0\x05\x16\0": KnownFormat("notes of macOS beside a file (._)", "other"),
    b"\x7fELF": KnownFormat("a program", "other"),
    b"MZ": KnownFormat("a program", "other"),
}

# What names itself behind the first bytes, at the fourth, in files of ISO's base format.
_BRANDS: Final[dict[bytes, KnownFormat]] = {
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"heif"),
        KnownFormat("a HEIC photo", "photo"),
    ),
    **dict.fromkeys((b"avif", b"avis"), KnownFormat("an AVIF image", "photo")),
    b"crx ": KnownFormat("a camera's raw photo (Canon CR3)", "photo"),
    b"qt  ": KnownFormat("a video (QuickTime)", "video"),
}
_MARKUP = (b"<!doctype", b"<html", b"<head", b"<body", b"<script", b"<!--", b"<svg", b"<?xml")

_AT: Final[tuple[tuple[int, bytes, KnownFormat], ...]] = (
    (257, b"ustar", KnownFormat("a tar archive", "archive")),
    (8, b"AVI ", KnownFormat("a video (AVI)", "video")),
    (8, b"WEBP", KnownFormat("a WebP image", "photo")),
    (8, b"WAVE", KnownFormat("sound (WAVE)", "other")),
    (4, b"TFL3", KnownFormat("a file of TensorFlow Lite", "weights")),
)


def recognise(first: bytes) -> KnownFormat | None:
    """Return the format that a file's first bytes give away, or None.

    >>> recognise(bytes.fromhex("00000018") + b"ftypheic").name
    'a HEIC photo'
    """
    if first[4:8] == b"ftyp":
        return _recognise_brand(first)
    for place, mark, known in _AT:
        if first[place : place + len(mark)] == mark:
            return known
    found = next((known for start, known in _STARTS.items() if first.startswith(start)), None)
    if found is not None:
        return found
    if first and not first.strip(b"\0"):
        return KnownFormat("nothing but zeros, as an interrupted download leaves", "other")
    return _recognise_text(first)


def _recognise_brand(first: bytes) -> KnownFormat:
    """Return what a file of ISO's base format says that it is, or is like."""
    length = min(int.from_bytes(first[:4], "big"), len(first))
    brands = [first[8:12], *(first[at : at + 4] for at in range(16, length - 3, 4))]
    # An AVIF may call itself mif1 first, as a HEIC may.
    if b"avif" in brands or b"avis" in brands:
        return _BRANDS[b"avif"]
    found = next((_BRANDS[brand] for brand in brands if brand in _BRANDS), None)
    return found or KnownFormat("a video (MP4)", "video")


def _recognise_text(first: bytes) -> KnownFormat | None:
    text = first.removeprefix(b"\xef\xbb\xbf").lstrip()
    if text[:16].lower().startswith(_MARKUP):
        svg = b"<svg" in text.lower()
        return KnownFormat("a drawing (SVG)" if svg else "a web page", "page")
    try:
        words = first.decode("utf-8", "strict" if len(first) < FIRST else "ignore")
    except UnicodeDecodeError:
        return None
    plain = words and all(letter.isprintable() or letter in "\t\r\n\f" for letter in words)
    return KnownFormat("a text", "text") if plain else None


REMEDIES: Final[dict[Group, str]] = {
    "archive": "unpack it first",
    "pointer": "fetch the file itself (git lfs pull, git annex get or dvc pull)",
    "page": "download the file itself",
    "video": "save its frames as photos first",
}
"""What to do with a file of a group, whatever was wanted in its place."""


def look_at(path: Path) -> KnownFormat | None:
    """Return the format of a file, or None where it is none of these or cannot be read."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as file:
            return recognise(file.read(FIRST))
    except OSError:
        return None
