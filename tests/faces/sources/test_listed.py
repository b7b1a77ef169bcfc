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
    assert any(id_ == "a/2.png" and "two people, '1' and '2'" in why for id_, why in reasons)


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
        ("1\t2\ta/1.png\n1\t2\t\n", "line 2"),
        ("1\ta/1.png\t7\n1\ta/2.png\tx\n", "line 2: expected <0 or 1> <path> <label>"),
        ("path,label\na/1.png\n", "line 2: expected <path> <label>, got 'a/1.png'"),
        ("7,a/1.png\n8\n", "line 2: expected <label> <path>, got '8'"),
        ("7 a/1.png\n8\n", "line 2: expected <label> <path>, got '8'"),
        ("", "expected photos that are there in .*list.txt, got an empty list"),
        ("x" * 9000, "lines of at most 8,192 characters"),
    ],
)
def test_malformed_lists_are_errors(load, text, message):
    with pytest.raises(SourceError, match=message):
        load(text)


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("gone.png 1\n", "give `root`, the folder that paths start from: in .*photos there is 'a'"),
        ("photos/a/1.png 1\n", r"try root=\S+[^s]$"),
        ("lfw/a/1.png 1\nlfw/c.png 1\n", "take 'lfw' away from the start of its paths"),
        ("C:\\lfw\\a\\1.png 1\n", "take 'C:/lfw' away from the start of its paths"),
        ("1.png 1\n2.png 1\n", r"try root=\S+photos/a$"),
        ("a/1.jpg 1\n", "write .png for .jpg in it"),
        ("{elsewhere}/Ann/1.png 1\n", r"as in root=\S+elsewhere$"),
    ],
)
def test_a_list_without_any_photo_says_what_to_try(load, tmp_path, text, advice):
    (tmp_path / "elsewhere/Ann").mkdir(parents=True)
    (tmp_path / "elsewhere/Ann/1.png").write_bytes(data_of(7))
    with pytest.raises(SourceError, match=advice) as caught:
        load(text.format(elsewhere=tmp_path / "elsewhere"))
    assert "minimum" not in str(caught.value)
    assert "got none of" in str(caught.value)


FOUND = {"a/1.png": "7", "a/2.png": "7", "b 1/x y.png": "Ann", "c.png": "8"}


@pytest.mark.parametrize(
    "lines",
    [
        "{path} {label}",
        "{label} {path}",
        "{path},{label}",
        "{label};{path}",
        "{path}\t{label}",
        "{path} | {label}",
        '"{path}","{label}"',
        "{root}/{path} {label}",
        "./{path} {label}",
    ],
)
def test_layouts_of_path_and_label(load, root, lines):
    text = "\n".join(lines.format(path=p, label=who, root=root) for p, who in FOUND.items())
    loaded = load(text)
    assert loaded.left_out == ()
    assert people(loaded.faces) == FOUND


@pytest.mark.parametrize(
    "header", ["path,label", "image_name,identity", "id,label", "File Name;Person ID", "img\tname"]
)
@pytest.mark.parametrize("turned", [False, True])
def test_headers(load, header, turned):
    between = next(letter for letter in header if letter in ",;\t")
    rows = [header.split(between), *FOUND.items()]
    text = "\n".join(between.join([*row, "x"][:: -1 if turned else 1]) for row in rows)
    assert people(load(text).faces) == FOUND


def test_insightface_s_own_list(load, root):
    rows = [f"1\t{root}/{path}\t{n}" for n, path in enumerate(FOUND)]
    loaded = load("\n".join([*rows[:-1], rows[-1] + "\t1\t2\t3\t4"]))
    assert people(loaded.faces) == {path: f"{n:06d}" for n, path in enumerate(FOUND)}


def test_letter_case_backslashes_and_latin_1(load, root):
    (root / "José.png").write_bytes(data_of(8))
    (root / "TWO.png").write_bytes(data_of(9))
    (root / "two.PNG").write_bytes(data_of(10))
    text = "A\\1.PNG 7\n" + "jos\xe9.png 8\nTwo.png 9\ntwo.PNG 9\nA/3.png 7\nA\\..\\c.png 7\n"
    loaded = load(text.encode("latin-1"))
    assert people(loaded.faces) == {"a/1.png": "7", "José.png": "8", "two.PNG": "9"}
    reasons = {out.id: out.reason for out in loaded.left_out}
    assert "several whose names differ in letter case" in reasons["Two.png"]
    assert "No such file" in reasons["A/3.png"]
    assert reasons["A\\\\..\\\\c.png"].endswith("got one that leads out of it")


def test_a_photo_spelled_in_several_ways_is_there_once(load, root):
    (root / "link.png").symlink_to("a/1.png")
    loaded = load(
        f"a/1.png 7\n{root}/a/1.png 7\nA/1.png 7\nlink.png 7\na/2.png 7\nA/2.PNG 8\nc.png 1"
    )
    assert people(loaded.faces) == {"a/1.png": "7", "c.png": "1"}
    reasons = [out.reason for out in loaded.left_out]
    assert reasons.count("expected each photo once, got it again") == 3
    assert sum("two people, '7' and '8'" in reason for reason in reasons) == 1
    assert len(reasons) == 4


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
