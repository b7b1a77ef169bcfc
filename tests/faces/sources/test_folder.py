"""The folder source: its layouts, and a folder with everything that can be wrong in it."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceaudit.errors import OptionError, PhotoError, SourceError
from faceaudit.faces.loaded import Survey
from faceaudit.faces.reading import decode, listing
from faceaudit.faces.reading import layout as photos
from faceaudit.faces.reading.layout import printable_name, read_file
from faceaudit.faces.sources.base import sources

SIZE = (6, 5)


def data_of(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def fill(root: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root


def numbered(*names: str) -> dict[str, bytes]:
    return {name: data_of(at) for at, name in enumerate(names)}


def folder(path, **options):
    return sources.build({"source": "folder", "path": str(path), **options})


@pytest.fixture
def load(tmp_path):
    def load(path=tmp_path / "faces", **options):
        return folder(path, **options).load(SIZE, cache=tmp_path / "cache")

    return load


def test_both_layouts_give_people_and_groups(tmp_path, load):
    fill(
        tmp_path / "faces",
        numbered("bob/day 1/1.png", "bob/day 1/2.png", "bob/day 2/1.png", "amy/1.png", "amy/2.png"),
    )
    loaded = load()
    assert loaded.left_out == ()
    assert loaded.faces.names == ("amy", "bob")
    assert loaded.faces.ids == (
        "amy/1.png",
        "amy/2.png",
        "bob/day 1/1.png",
        "bob/day 1/2.png",
        "bob/day 2/1.png",
    )
    assert loaded.faces.identity.tolist() == [0, 0, 1, 1, 1]
    assert loaded.faces.group.tolist() == [0, 1, 2, 2, 3]
    assert loaded.faces.landmarks is None
    np.testing.assert_array_equal(loaded.faces.images[0], decode.decode(data_of(3)))
    assert folder(tmp_path / "faces").survey() == Survey(2, 5)


def test_the_crop_is_applied(tmp_path, load):
    fill(tmp_path / "faces", numbered("a/1.png"))
    whole = decode.decode(data_of(0))
    faces = folder(tmp_path / "faces", crop=[0, 0.4, 0.5, 1]).load((3, 3), cache=tmp_path / "c")
    np.testing.assert_array_equal(faces.faces.images[0], whole[:3, 2:])


def test_the_order_on_disk_changes_nothing(tmp_path, load, monkeypatch):
    files = numbered("a/1.png", "a/v/1.png", "a/v/2.png", "b/1.png", "c/1.png")
    fill(tmp_path / "one", files)
    fill(tmp_path / "two", dict(reversed(files.items())))
    one = load(tmp_path / "one")
    entries = listing._scan_folder
    monkeypatch.setattr(listing, "_scan_folder", lambda path: reversed(list(entries(path))))
    two = load(tmp_path / "two")
    assert one.faces.fingerprint == two.faces.fingerprint
    assert one.faces.ids == two.faces.ids
    np.testing.assert_array_equal(one.faces.images, two.faces.images)
    monkeypatch.setattr(decode, "photo", None)
    assert load(tmp_path / "one").faces.fingerprint == one.faces.fingerprint


def test_a_second_load_decodes_nothing_until_a_file_changes(tmp_path, load, monkeypatch):
    root = fill(tmp_path / "faces", numbered("a/1.png", "a/2.png"))
    first = load()
    with monkeypatch.context() as patch:
        patch.setattr(decode, "photo", None)
        assert load().faces.fingerprint == first.faces.fingerprint
    # Another photo of the same size in bytes, with its date set back.
    old = (root / "a/1.png").stat()
    (root / "a/1.png").write_bytes((root / "a/1.png").read_bytes()[:-12] + b"\0" * 12)
    os.utime(root / "a/1.png", ns=(old.st_atime_ns, old.st_mtime_ns))
    decoded = []
    whole = decode.photo
    monkeypatch.setattr(decode, "photo", lambda data: decoded.append(data) or whole(data))
    load()
    assert len(decoded) == 2


def test_the_fingerprint_knows_no_machine(tmp_path, load):
    root = fill(tmp_path / "faces", numbered("a/1.png", "b/2.png"))
    first = load().faces.fingerprint
    root.rename(tmp_path / "moved")
    os.utime(tmp_path / "moved/a/1.png", (1, 1))
    assert load(tmp_path / "moved").faces.fingerprint == first
    (tmp_path / "moved/b").rename(tmp_path / "moved/c")
    assert load(tmp_path / "moved").faces.fingerprint != first


def test_everything_bad_is_listed_by_name_and_the_good_is_kept(tmp_path, load):
    root = fill(tmp_path / "faces", numbered("good/1.png", "good/2.png", "good/v/3.png"))
    whole = data_of(0)
    image = Image.open(io.BytesIO(data_of(5)))
    moving = io.BytesIO()
    image.save(moving, "GIF", save_all=True, append_images=[image.rotate(180)])
    fill(
        root,
        {
            "good/broken.png": whole[:30] + b"\0\0\0" + whole[33:],
            "good/cut.png": whole[:-40],
            "good/moving.gif": moving.getvalue(),
            "good/bomb.ppm": b"P6 100000 100000 255\n",
            "good/Thumbs.db": b"\xd0\xcf\x11\xe0",
            "good/readme.txt": b"hello",
            "good/none.jpg": b"",
            "good/.DS_Store": b"Bud1",
            "good/copy.png": data_of(1),
            "good/v/deep/1.png": data_of(9),
            ".trash/1.png": data_of(10),
            "loose.png": data_of(11),
            "only bad/1.png": b"bad",
        },
    )
    (root / "nobody").mkdir()
    (root / "good/no frames").mkdir()
    (root / "good/link.png").symlink_to(root / "good/1.png")
    (root / "linked person").symlink_to(root / "good")
    os.mkfifo(root / "good/pipe.png")
    os.truncate(os.open(root / "good/heavy.png", os.O_CREAT | os.O_RDWR), 10**10)

    loaded = load()
    assert loaded.faces.ids == ("good/1.png", "good/2.png", "good/v/3.png")
    assert loaded.faces.names == ("good",)
    reasons = {out.id: out.reason for out in loaded.left_out}
    assert len(reasons) == len(loaded.left_out)
    expected = {
        ".trash": "at least one photo of the person, got none",
        ".trash/1.png": "got a hidden file",
        "good/.DS_Store": "got a hidden file",
        "good/Thumbs.db": "got a Windows file such as Thumbs.db",
        "good/bomb.ppm": "at most 50,000,000 pixels, got 100000 x 100000",
        "good/broken.png": "does not decode",
        "good/copy.png": "got the same file as good/2.png",
        "good/cut.png": "cut short",
        "good/heavy.png": "at most 33,554,432 bytes, got 10,000,000,000",
        "good/link.png": "symbolic link",
        "good/moving.gif": "animation",
        "good/no frames": "empty folder",
        "good/none.jpg": "empty file",
        "good/pipe.png": "something else",
        "good/readme.txt": "got bytes that start with b'hello'",
        "good/v/deep/1.png": "nested deeper",
        "linked person": "symbolic link",
        "loose.png": "in no person's folder",
        "nobody": "empty folder",
        "only bad": "at least one usable photo of the person, got none of 1",
        "only bad/1.png": "got bytes that start with b'bad'",
    }
    assert sorted(reasons) == sorted(expected)
    for name, part in expected.items():
        assert reasons[name].startswith("expected ")
        assert part in reasons[name]


def test_people_with_few_photos_are_left_out_undecoded(tmp_path, load, monkeypatch):
    fill(tmp_path / "faces", numbered("a/1.png", "a/2.png", "b/1.png", "c/v/1.png", "c/v/2.png"))
    decoded = []
    whole = decode.photo
    monkeypatch.setattr(decode, "photo", lambda data: decoded.append(data) or whole(data))
    loaded = load(minimum=2)
    assert loaded.faces.names == ("a", "c")
    assert len(decoded) == 4
    assert [(out.id, out.reason) for out in loaded.left_out] == [
        ("b", "expected at least 2 photos of the person, got 1")
    ]
    assert folder(tmp_path / "faces", minimum=2).survey() == Survey(2, 4)
    with pytest.raises(SourceError, match=r"at least 3 photos .*, got at most 2; try a smaller"):
        load(minimum=3)


ODD = [
    b"Jos\xe9",  # Latin-1, so no UTF-8
    "José".encode(),
    "עברית".encode(),
    "\U0001f469\u200d\U0001f52c".encode(),
    b"new\nline",
    b"tab\tbell\x07",
    "right\u202eto left".encode(),
    b"back\\slash",
    b"back\\\\slash",
    b"\\xe9",
    b"quote'\" space ",
]


def test_odd_names_stay_apart_and_can_be_written(tmp_path, load):
    for at, name in enumerate(os.fsdecode(name) for name in ODD):
        fill(tmp_path / "faces" / name, {f"{name}.png": data_of(at), f"bad{name}": b"bad"})
    loaded = load()
    assert len(loaded.faces) == len(set(loaded.faces.names)) == len(ODD)
    assert len(loaded.left_out) == len(ODD)
    text = json.dumps([loaded.faces.ids, [out.id for out in loaded.left_out]], ensure_ascii=False)
    text.encode("utf-8")
    for name in (*loaded.faces.ids, *(out.id for out in loaded.left_out)):
        assert not set(name) & {"\n", "\t", "\x07", "\u202e"}
    assert {"Jos\\xe9", "José", "new\\u000aline", "back\\\\slash"} <= set(loaded.faces.names)
    again = load()
    assert again.faces.ids == loaded.faces.ids


def test_names_are_spelled_apart():
    raw = [name.decode("utf-8", "surrogateescape") for name in ODD]
    raw += ["\x80", b"\x80".decode("utf-8", "surrogateescape"), "\\u0080", "\\x80"]
    assert len({printable_name(name) for name in raw}) == len(raw)
    for name in raw:
        printable_name(name).encode("utf-8")


def test_an_accent_is_the_same_composed_or_not(tmp_path, load):
    composed, apart = "Jos\u00e9", "Jose\u0301"
    fill(
        tmp_path / "faces",
        numbered(f"{composed}/1.png", f"{apart}/2.png", f"{composed}/3.png", f"{apart}/3.png"),
    )
    loaded = load()
    assert loaded.faces.names == (composed,)
    assert loaded.faces.ids == (f"{composed}/1.png", f"{composed}/2.png")
    assert [out.id for out in loaded.left_out] == [f"{composed}/3.png"] * 2
    assert "several files of that name" in loaded.left_out[0].reason


@pytest.mark.parametrize("path", ["/no/such/place", "nowhere", "a\0b", "x" * 5000])
def test_a_path_that_is_not_there_says_so(path, load):
    for act in (load, lambda path: folder(path).survey()):
        with pytest.raises(SourceError, match=r"expected a path .*, got .*faces\.path"):
            act(path)


def test_a_file_is_no_folder(tmp_path, load):
    (tmp_path / "file").write_text("")
    with pytest.raises(SourceError, match=r"expected a folder with <person>/<photo> or .*, got"):
        load(tmp_path / "file")


def test_a_path_is_asked_for():
    with pytest.raises(OptionError, match="path"):
        sources.build("folder")
    with pytest.raises(OptionError, match="path"):
        folder("")


def test_home_and_variables_are_filled_in(tmp_path, load, monkeypatch):
    fill(tmp_path / "faces", numbered("a/1.png"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("SOME_FACES", str(tmp_path))
    expected = load().faces.fingerprint
    assert load("~/faces").faces.fingerprint == expected
    assert load("${SOME_FACES}/faces").faces.fingerprint == expected
    monkeypatch.delenv("SOME_FACES")
    with pytest.raises(
        SourceError, match=r"variable SOME_FACES .* `--set faces\.path=\.\.\.`, or `--set <sec"
    ):
        load("${SOME_FACES}/faces")


@pytest.mark.parametrize("files", [{}, {"1.png": b""}, {"a/v/deep/1.png": b"", "a/.x": b""}])
def test_a_folder_without_photos_is_an_error(tmp_path, load, files):
    (tmp_path / "faces").mkdir()
    fill(tmp_path / "faces", files)
    with pytest.raises(SourceError, match=r"expected photos as <person>/<photo> .*, got none; try"):
        load()


def test_a_folder_above_is_told_which_one_is_meant(tmp_path, load):
    fill(tmp_path / "faces", numbered("x/bob/day 1/1.png"))
    with pytest.raises(SourceError, match=f"try {tmp_path}/faces/x$"):
        load()


def test_a_folder_that_cannot_be_listed_is_listed(tmp_path, load, monkeypatch):
    fill(tmp_path / "faces", numbered("a/1.png", "b/1.png"))
    whole = os.scandir

    def scandir(path):
        if isinstance(path, bytes) and path.endswith(b"/b"):
            raise PermissionError(13, "Permission denied", path)
        return whole(path)

    monkeypatch.setattr(os, "scandir", scandir)
    loaded = load()
    assert loaded.faces.names == ("a",)
    assert [(out.id, out.reason) for out in loaded.left_out] == [
        ("b", "expected at least one photo of the person, got none"),
        ("b", "expected what can be read, got: Permission denied"),
    ]


def test_a_file_that_changes_after_it_was_listed_is_refused(tmp_path, monkeypatch):
    path = tmp_path / "1.png"
    path.write_bytes(b"12345")
    assert read_file(os.fsencode(path), 5) == b"12345"
    for size in (4, 6):
        with pytest.raises(PhotoError, match="as listed, got one that has changed"):
            read_file(os.fsencode(path), size)
    monkeypatch.setattr(photos, "BYTES_LIMIT", 4)
    with pytest.raises(PhotoError, match="at most 4 bytes, got 5"):
        read_file(os.fsencode(path), 5)


def test_a_link_that_takes_a_files_place_is_not_followed(tmp_path):
    (tmp_path / "secret").write_bytes(b"12345")
    (tmp_path / "1.png").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="symbolic links"):
        read_file(os.fsencode(tmp_path / "1.png"), 5)


@pytest.mark.realdata
def test_extended_yale_b_is_read_whole(tmp_path):
    source = folder("${FACEAUDIT_REAL_DATA}/yaleb/images")
    assert source.survey() == Survey(38, 2424)
    loaded = source.load((24, 21), cache=tmp_path)
    assert len(loaded.faces.names) == 38
    assert len(loaded.faces) + len(loaded.left_out) == 2424
    assert loaded.faces.names[0] == "yaleB01"
