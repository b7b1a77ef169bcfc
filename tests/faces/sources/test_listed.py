"""Lists of photos: both kinds, and no path that leads out of the folder."""

import io
import os

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from faceaudit.errors import SourceError
from faceaudit.faces.loaded import Survey
from faceaudit.faces.sources.base import sources

SIZE = (6, 5)


def data_of(seed: int) -> bytes:
    pixels = np.random.default_rng(seed).integers(0, 256, (*SIZE, 3), dtype=np.uint8)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    return out.getvalue()


NAMES = ["a/1.png", "a/2.png", "b 1/x y.png", "c.png"]


@pytest.fixture
def root(tmp_path):
    root = tmp_path / "photos"
    for seed, name in enumerate(NAMES):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(data_of(seed))
    (tmp_path / "secret.png").write_bytes(data_of(99))
    return root


@pytest.fixture
def source(root):
    def source(text, **options):
        data = text if isinstance(text, bytes) else text.encode()
        (root / "list.txt").write_bytes(data)
        return sources.build({"source": "listed", "path": str(root / "list.txt"), **options})

    return source


@pytest.fixture
def load(source, tmp_path):
    return lambda text, **options: source(text, **options).load(SIZE, cache=tmp_path / "cache")


def people(faces):
    return dict(zip(faces.ids, (faces.names[n] for n in faces.identity), strict=True))


def test_paths_and_labels(load, source):
    text = "a/1.png 7\n./a//2.png\t7\r\n\nb 1/x y.png Ann\nc.png 0\n"
    loaded = load(text)
    assert loaded.left_out == ()
    assert people(loaded.faces) == {
        "a/1.png": "7", "a/2.png": "7", "b 1/x y.png": "Ann", "c.png": "0",
    }  # fmt: skip
    assert source(text).survey() == Survey(3, 4)


def test_an_mxnet_list(load):
    loaded = load("5\t7.000000\ta/1.png\n6\t7\t0.5\ta/2.png\n7\tx.5\tc.png\n".replace("x.5", "1.5"))
    assert people(loaded.faces) == {"a/1.png": "000007", "a/2.png": "000007", "c.png": "1.5"}


def test_another_root(load, tmp_path, root):
    (tmp_path / "elsewhere").mkdir()
    loaded = load("1.png 3\n", root=str(root / "a"))
    assert people(loaded.faces) == {"1.png": "3"}
    with pytest.raises(SourceError, match="expected a path that can be read"):
        load("1.png 3\n", root=str(root / "gone"))
    with pytest.raises(SourceError, match="expected the folder of photos"):
        load("1.png 3\n", root=str(root / "c.png"))


def test_nothing_outside_the_folder_is_read(load, root, tmp_path):
    (root / "out.png").symlink_to(tmp_path / "secret.png")
    (root / "up").symlink_to(tmp_path)
    (root / "in.png").symlink_to(root / "a/1.png")
    (root / "gone.png").symlink_to(root / "nothing.png")
    os.mkfifo(root / "pipe.png")
    outside = [
        "../secret.png", str(tmp_path / "secret.png"), "a/../../secret.png", "out.png",
        "up/secret.png", "/etc/passwd", "a/../c.png",
    ]  # fmt: skip
    other = ["gone.png", "pipe.png", "a", "missing.png", "list.txt/x.png", "nul\0.png", "x" * 300]
    loaded = load("".join(f"{name} 1\n" for name in ["in.png", *outside, *other]))
    assert loaded.faces.ids == ("in.png",)
    reasons = {out.id: out.reason for out in loaded.left_out}
    assert len(reasons) == len(outside) + len(other)
    for name in outside:
        assert reasons[name].endswith("got one that leads out of it"), name
    assert str(tmp_path) not in "".join(reasons.values())


def test_a_photo_of_two_people_is_nobody_s(load):
    loaded = load("a/1.png 1\na/2.png 1\na/2.png 2\nc.png 2\na/1.png 1\na/2.png 1\n")
    assert people(loaded.faces) == {"a/1.png": "1", "c.png": "2"}
    reasons = [(out.id, out.reason) for out in loaded.left_out]
    assert ("a/1.png", "expected each photo once, got it again") in reasons
    assert any(id_ == "a/2.png" and "two people, 1 and 2" in why for id_, why in reasons)


def test_people_with_few_photos(load, source):
    text = "a/1.png 1\na/2.png 1\nc.png 2\n"
    assert source(text, minimum=2).survey() == Survey(1, 2)
    assert [out.id for out in load(text, minimum=2).left_out] == ["2"]
    with pytest.raises(SourceError, match=r"at least 3 photos .* got at most 2; try a smaller"):
        source(text, minimum=3).survey()


def test_another_label_is_packed_anew(load):
    assert load("a/1.png 1\n").faces.names == ("1",)
    assert load("a/1.png 2\n").faces.names == ("2",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a/1.png 1\nc.png\n", r"list\.txt, line 2: expected <path> <label>, got 'c\.png'"),
        ("1\t2\ta/1.png\n2\tc.png\n", "line 2: expected <index> <label>"),
        ("1\t2\ta/1.png\n2\tx\tc.png\n", "line 2"),
        ("1\t2\ta/1.png\nx\t2\tc.png\n", "line 2"),
        ("1\t2\t\n", "line 1"),
        ("", "expected a person with at least 1 photos"),
        ("gone.png 1\n", r"got at most 0 and 1 lines left out, the first being gone\.png: "),
        ("x" * 9000, "lines of at most 8,192 bytes"),
    ],
)
def test_malformed_lists_are_errors(load, text, message):
    with pytest.raises(SourceError, match=message):
        load(text)


def test_a_pipe_is_not_waited_for(root, source):
    os.mkfifo(root / "pipe")
    made = source("").path.replace("list.txt", "pipe")
    with pytest.raises(SourceError, match="which is a pipe or device"):
        sources.build({"source": "listed", "path": made}).survey()


def test_names_that_are_no_utf8(load, root):
    (root / os.fsdecode(b"Jos\xe9.png")).write_bytes(data_of(50))
    loaded = load(b"\xef\xbb\xbfJos\xe9.png P\xe9p\x1be\n")
    assert people(loaded.faces) == {"Jos\\xe9.png": "P\\xe9p\\u001be"}


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.sampled_from(["a/1.png", "c.png", "..", "/", " 1", "\t1\t", "\n", "\r", "\0", "1\t"])
        | st.binary(max_size=6)
    ).map(lambda parts: b"".join(p.encode() if isinstance(p, str) else p for p in parts))
)  # fmt: skip
def test_any_list_is_read_or_refused(source, data):
    refused = ""
    try:
        assert source(data).survey().photos <= len(NAMES)
    except SourceError as error:
        refused = str(error)
    assert not refused or "expected" in refused
