"""A folder of symbolic links: followed when the user says so, each file once, never in a circle."""

import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from faceaudit.errors import SourceError
from faceaudit.faces.loaded import Loaded, Survey
from faceaudit.faces.sources.base import sources

SIZE = (6, 5)


def data_of(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


def fill(root: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data_of(number))
    return root


def folder(path: Path, **options):
    return sources.build({"source": "folder", "path": str(path), **options})


def load(path: Path, **options) -> Loaded:
    return folder(path, **options).load(SIZE, cache=path.parent / "cache")


def reasons(loaded: Loaded) -> dict[str, str]:
    return {out.id: out.reason for out in loaded.left_out}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    return fill(tmp_path / "elsewhere", "Ann/1.png", "Ann/2.png", "Bob/v/1.png", "Bob/v/2.png")


@pytest.mark.parametrize("of", ["files", "people", "videos"])
def test_a_folder_of_links_is_read_as_what_they_lead_to(tmp_path, elsewhere, of):
    linked = tmp_path / "linked"
    for path in sorted(elsewhere.rglob("*")):
        name = path.relative_to(elsewhere)
        depth = {"people": 1, "videos": 2, "files": 4}[of]
        if (path.is_file() or len(name.parts) == depth) and len(name.parts) <= depth:
            (linked / name).parent.mkdir(parents=True, exist_ok=True)
            (linked / name).symlink_to(path)
    count = {"files": 4, "people": 2, "videos": 3}[of]
    for act in (load, lambda path: folder(path).survey()):
        with pytest.raises(
            SourceError,
            match=rf"got none and {count} symbolic links, which are followed only when you say so; "
            r"try the option follow_links: true \(--source follow_links=true\)",
        ):
            act(linked)
    assert folder(linked, follow_links=True).survey() == Survey(2, 4)
    found, expected = load(linked, follow_links=True), load(elsewhere)
    assert found.faces.fingerprint == expected.faces.fingerprint
    assert found.faces.ids == expected.faces.ids
    assert found.left_out == ()


def test_links_among_files_are_listed_with_what_to_do(tmp_path, elsewhere):
    (elsewhere / "Ann/3.png").symlink_to(fill(tmp_path / "more", "x.png") / "x.png")
    loaded = load(elsewhere)
    assert len(loaded.faces) == 4
    assert reasons(loaded) == {
        "Ann/3.png": "expected a file, got a symbolic link, which is not followed; try the option "
        "follow_links: true"
    }


def test_each_file_counts_once(tmp_path, elsewhere):
    (elsewhere / "Ann/again.png").symlink_to(elsewhere / "Ann/1.png")
    (elsewhere / "Ann/0.png").symlink_to(elsewhere / "Bob/v/1.png")
    (elsewhere / "Cid").symlink_to(elsewhere / "Bob")
    other = fill(tmp_path / "more", "x.png", "y.png")
    (other / "x.png").write_bytes(data_of(8))
    (other / "y.png").write_bytes(data_of(9))
    for name in ("Ann/8.png", "Ann/9.png"):  # only links lead there, both of one person
        (elsewhere / name).symlink_to(other / "x.png")
    for name in ("Ann/y.png", "Bob/y.png"):  # and of two people
        (elsewhere / name).symlink_to(other / "y.png")
    loaded = load(elsewhere, follow_links=True)
    assert loaded.faces.ids == ("Ann/1.png", "Ann/2.png", "Ann/8.png", "Bob/v/1.png", "Bob/v/2.png")
    said = reasons(loaded)
    for id_, stays in {
        "Ann/again.png": "Ann/1.png", "Ann/0.png": "Bob/v/1.png", "Cid/v/1.png": "Bob/v/1.png",
        "Cid/v/2.png": "Bob/v/2.png", "Ann/9.png": "Ann/8.png",
    }.items():  # fmt: skip
        assert said[id_] == f"expected a photo of its own, got a link to the same file as {stays}"
    assert said["Ann/y.png"] == "expected a photo of one person, got the same file as Bob/y.png"
    assert said["Bob/y.png"].startswith("expected a photo of one person, got the same file as")


def test_circles_and_links_to_nothing_are_listed(tmp_path, elsewhere):
    (elsewhere / "Ann/up").symlink_to(elsewhere)
    (elsewhere / "Ann/self").symlink_to(elsewhere / "Ann")
    (elsewhere / "top").symlink_to(tmp_path)
    (elsewhere / "Ann/gone.png").symlink_to("../.git/annex/objects/gone")
    (elsewhere / "Ann/round").symlink_to("round")
    (elsewhere / "Bob/v/deep").symlink_to(fill(tmp_path / "more", "a/b/c.png") / "a")
    os.mkfifo(tmp_path / "pipe")
    (elsewhere / "Ann/pipe.png").symlink_to(tmp_path / "pipe")
    loaded = load(elsewhere, follow_links=True)
    assert len(loaded.faces) == 4
    said = reasons(loaded)
    for id_, part in {
        "Ann/up": "a link to one that it lies in",
        "Ann/self": "a link to one that it lies in",
        "top/elsewhere": "a link to one that it lies in",
        "Ann/gone.png": "a symbolic link that leads to nothing; fetch what it",
        "Ann/round": "expected what can be read, got: Too many levels",
        "Bob/v/deep": "a folder nested deeper",
        "Ann/pipe.png": "got something else (a pipe, socket or device)",
    }.items():
        assert part in said[id_], id_


def test_links_that_change_are_seen(tmp_path, elsewhere):
    linked = tmp_path / "linked/Ann"
    linked.mkdir(parents=True)
    (linked / "1.png").symlink_to(elsewhere / "Ann/1.png")
    before = folder(linked.parent, follow_links=True).photos().state
    assert folder(linked.parent, follow_links=True).photos().state == before
    (linked / "1.png").unlink()
    (linked / "1.png").symlink_to(elsewhere / "Ann/2.png")
    assert folder(linked.parent, follow_links=True).photos().state != before


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("m.pt", b"PK\x03\x04", "a file of weights; give it as --weights"),
        ("m", b"\x89HDF\r\n\x1a\n", "a file of weights; give it as --weights"),
        ("lfw.bin", b"\x80\x04", "a file; try bin:"),
        ("train.rec", b"\x0a\x23\xd7\xce", "a file; try recordio:"),
        ("train.lst", b"0\t1\ta.jpg", "a file; try listed:"),
        ("list.txt", b"a.jpg Ann\n", "a text; where it is a list of photos, try listed:"),
        ("faces.zip", b"PK\x03\x04", "a zip archive; unpack it first"),
        ("lfw.tgz", b"\x1f\x8b\x08", "a gzip archive; unpack it first"),
        ("me.jpg", b"\xff\xd8\xff\xe0", "a JPEG photo; try the folder that holds one folder a p"),
        ("x", b"\x01\x02", "a file; try the folder that holds one folder a person"),
    ],
)
def test_a_file_in_place_of_a_folder_is_named(tmp_path, name, content, said):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(SourceError) as raised:
        folder(tmp_path / name).survey()
    assert f"got {tmp_path / name}, {said}" in str(raised.value)
