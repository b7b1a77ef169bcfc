"""Lists of pairs: every format, every wrong line by its number, and photos found by name."""

import io
import os
import pickle

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from faceaudit.errors import PairsError
from faceaudit.faces.pairs.files import spread
from faceaudit.faces.pairs.read import photo_rows, read_pairs
from faceaudit.faces.sources.base import sources
from faceaudit.types import PairSet
from helpers.faces import blocks

IDS = [f"{name}/{name}_{n:04d}.jpg" for name in ("Ann_B", "Cy", "Dee") for n in (1, 2, 3)]
LFW = """2\t2
Ann_B\t1\t2
Cy\t1\t3
Ann_B\t1\tCy\t2
Cy\t1\tDee\t3
Dee\t1\t2
Dee\t2\t3
Ann_B\t3\tDee\t1
Cy\t3\tDee\t1
"""


@pytest.fixture
def read(tmp_path):
    def read(data, ids=IDS, **options):
        path = tmp_path / "pairs.txt"
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return read_pairs(path, ids, **options)

    return read


def listed(found):
    pairs = found.pairs
    return list(zip(pairs.first, pairs.second, pairs.same.tolist(), strict=True))


def test_lfw_with_folds(read):
    found = read(LFW)
    assert found.left_out == ()
    assert listed(found)[:3] == [
        ("Ann_B/Ann_B_0001.jpg", "Ann_B/Ann_B_0002.jpg", True),
        ("Cy/Cy_0001.jpg", "Cy/Cy_0003.jpg", True),
        ("Ann_B/Ann_B_0001.jpg", "Cy/Cy_0002.jpg", False),
    ]
    assert found.pairs.same.tolist() == [True, True, False, False] * 2
    assert found.pairs.fold.tolist() == [0] * 4 + [1] * 4
    assert found.pairs.what == "LFW pairs in pairs.txt"


def test_lfw_with_one_number_or_none(read):
    lines = LFW.splitlines()
    one = read("\n".join(["2", *lines[1:5]]))
    assert one.pairs.fold.tolist() == [0] * 4
    none = read("\n".join(lines[1:]), folds=4)
    assert none.pairs.fold.tolist() == [0, 0, 1, 1, 2, 2, 3, 3]
    assert listed(none) == listed(read(LFW))
    spaces = read(LFW.replace("\t", "  "))
    assert listed(spaces) == listed(read(LFW))


def test_csv(read):
    text = "\ufeffImage1, label ,Image2,note\r\nCy_0001.jpg,1,Cy_0002.jpg,x\n\n"
    text += "Cy_0001.jpg,0,Ann_B_0003.jpg,\n"
    assert listed(read(text)) == [
        ("Cy/Cy_0001.jpg", "Cy/Cy_0002.jpg", True),
        ("Cy/Cy_0001.jpg", "Ann_B/Ann_B_0003.jpg", False),
    ]
    quoted = 'path1,path2,same\n"Cy/Cy_0001.jpg","Cy/Cy_0002.jpg",true\n'
    assert listed(read(quoted)) == [("Cy/Cy_0001.jpg", "Cy/Cy_0002.jpg", True)]


def test_a_list_of_paths(read):
    text = "lfw/Cy/Cy_0001.png lfw/Cy/Cy_0002.png 1\nlfw/Cy/Cy_0001.png lfw/Dee/Dee_0001.png 0\n"
    found = read(text)
    assert listed(found) == [
        ("Cy/Cy_0001.jpg", "Cy/Cy_0002.jpg", True),
        ("Cy/Cy_0001.jpg", "Dee/Dee_0001.jpg", False),
    ]
    assert found.pairs.fold.tolist() == [0, 1]
    assert found.pairs.what == "path1 path2 label in pairs.txt"


def photo_of(seed: int) -> bytes:
    out = io.BytesIO()
    Image.fromarray(
        np.random.default_rng(seed).integers(0, 256, (6, 5, 3), dtype=np.uint8)
    ).save(out, "PNG")  # fmt: skip
    return out.getvalue()


def test_a_bin_fits_its_own_source(tmp_path, read):
    photos = [photo_of(n) for n in (0, 1, 2, 3, 1, 5, 6, 6)]
    data = pickle.dumps((photos, [True, False, True, False]))
    path = tmp_path / "a.bin"
    path.write_bytes(data)
    source = sources.build({"source": "bin", "path": str(path)})
    faces = source.load((6, 5), cache=tmp_path / "cache").faces
    found = read_pairs(str(path), faces, folds=2)
    assert listed(found) == [
        ("0000000", "0000001", True),
        ("0000002", "0000003", False),
        ("0000001", "0000005", True),
    ]
    assert found.pairs.fold.tolist() == [0, 0, 1]
    assert [(out.id, out.reason) for out in found.left_out] == [
        ("pair 3", "expected two photos, got '0000006' twice")
    ]
    first, second = photo_rows(found.pairs, faces)
    assert [faces.ids[row] for row in first] == list(found.pairs.first)
    assert [faces.ids[row] for row in second] == list(found.pairs.second)


@pytest.mark.parametrize("data", [b"\x80\x02cos\nsystem\nU\x04id>x\x85R.", b"((lcos\nsystem\n."])
def test_code_in_a_bin_never_runs(read, data, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(PairsError, match=r"holds code .*not executed"):
        read(data)
    assert [path.name for path in tmp_path.iterdir()] == ["pairs.txt"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected pairs in .*, got an empty file"),
        ("\n \n", "got an empty file"),
        ("hello\n", r"line 1: expected pairs as LFW's .*, got 'hello'"),
        ("3 1\n" + "\n".join(LFW.splitlines()[1:]), "line 3: expected an impostor pair at"),
        ("2\t2\n" + "\n".join(LFW.splitlines()[1:8]), "2 folds of 2 .*, got 7 pairs; fetch"),
        (LFW + "Cy\t1\tDee\t2\n", "line 10: expected 2 folds .* got more"),
        (LFW.replace("Cy\t1\t3", "Cy\t1\tDee\t1"), "line 3: expected a genuine pair at this place"),
        (LFW.replace("Dee\t3\n", "Dee\tx\n", 1), "line 5: expected a genuine pair <name>"),
        (LFW.replace("Cy\t1\t3", "Cy\t1"), r"line 3: .*got 'Cy\\t1'"),
        (LFW.replace("Cy\t1\t3", "Cy\t-1\t3"), "line 3"),
        (LFW.replace("Cy\t1\tDee\t3", "Cy\t1\tCy\t3"), "line 5: expected an impostor pair of two"),
        ("0 0\n", "expected 0 folds"),
        ("0\nCy\t1\t2\n", "line 2: expected 1 folds of 0"),
        ("image1,image2\na,b\n", "line 1: expected a header image1,image2,label"),
        ("image1,image2,label\na,b,2\n", r"line 2: .*got 'a,b,2'"),
        ("image1,image2,label\n\na,b\n", "line 3"),
        ("image1,image2,label\n", "expected 1 to 5,000,000 pairs in .*, got none"),
        ('image1,image2,label\n"a,b,1\n', "line 2: expected image1"),
        ("Cy/Cy_0001.jpg Cy/Cy_0002.jpg 1\nx y\n", "line 2: expected <path1> <path2>"),
        ("Cy/Cy_0001.jpg Cy/Cy_0002.jpg 1\nx y 3\n", "line 2"),
        ("x" * 9000, "lines of at most 8,192 bytes in .*, got a longer one in line 1"),
        ("No 1 2\n", r"that are there .*line 1\): .*'No/No_0001', got none; .*Ann_B"),
    ],
)  # fmt: skip
def test_wrong_lists_are_errors(read, text, message):
    with pytest.raises(PairsError, match=message):
        read(text)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(PairsError, match="expected a path that can be read"):
        read_pairs(tmp_path / "gone.txt", IDS)
    with pytest.raises(PairsError, match="expected a file that can be read"):
        read_pairs(tmp_path, IDS)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(PairsError, match="which is a pipe or device"):
        read_pairs(tmp_path / "pipe", IDS)
    with pytest.raises(PairsError, match="at least 1 fold"):
        read_pairs(tmp_path, IDS, folds=0)


def test_pairs_of_missing_photos_are_listed_and_keep_the_folds(read):
    found = read(LFW, [id_ for id_ in IDS if "Cy_0001" not in id_])
    assert [out.id for out in found.left_out] == ["line 3", "line 5"]
    assert found.left_out[0].reason == "expected a photo called 'Cy/Cy_0001', got none"
    assert found.pairs.fold.tolist() == [0, 0, 1, 1, 1, 1]
    twice = read("Cy/Cy_0001.jpg Cy_0001.png 1\nCy/Cy_0001.jpg Cy/Cy_0002.jpg 1\n")
    assert [out.reason for out in twice.left_out] == [
        "expected two photos, got 'Cy/Cy_0001.jpg' twice"
    ]


def test_names_of_several_photos_and_several_names_of_one(read):
    ids = ["a/1.jpg", "b/1.jpg", "a/2.png", "a/2.jpg", "7.jpg", "v/0.12", "v/0.13"]
    found = read(
        "1.jpg a/1.jpg 1\n"  # two photos are called 1
        "a/2.gif a/1.jpg 1\n"  # 2.png or 2.jpg
        "x/7.jpg a/1.jpg 0\n"  # x/7 and y/7 cannot both be 7
        "y/7.jpg a/1.jpg 0\n"
        "/1.jpg ../a/2.jpg 0\n"
        "v/0.12.jpg v/0.13 1\n"
        "a/2.png a/2.jpg 1\n",
        ids,
    )
    assert listed(found) == [("v/0.12", "v/0.13", True), ("a/2.png", "a/2.jpg", True)]
    reasons = [out.reason.split(", ", 1)[1] for out in found.left_out]
    assert reasons[:2] == ["got several", "got several"]
    assert reasons[2] == reasons[3] == "got one that several names of the list would mean"


def test_text_that_is_none_does_no_harm(read):
    found = read(b"Cy/Cy_0001 Cy/Cy_0002 1\n\xff\xfe\x00 ../../etc/passwd 0\n/etc/x \x1b[2J 1\n")
    assert listed(found) == [("Cy/Cy_0001.jpg", "Cy/Cy_0002.jpg", True)]
    assert all(out.reason.isprintable() for out in found.left_out)
    assert len(found.left_out) == 2


def test_a_line_break_in_a_name_makes_no_other_name_of_it(read):
    found = read('image1,image2,label\n"Cy/Cy_0001\n.jpg",Cy/Cy_0002.jpg,1\n'
                 "Cy/Cy_0001.jpg,Cy/Cy_0002.jpg,1\n")  # fmt: skip
    assert listed(found) == [("Cy/Cy_0001.jpg", "Cy/Cy_0002.jpg", True)]
    assert r"'Cy/Cy_0001\n.jpg', got none" in found.left_out[0].reason


def test_rows_of_photos_that_the_faces_lack():
    faces = blocks(people=2, photos=2)
    pair = PairSet(
        ("gone", faces.ids[0]), (faces.ids[1], "too"), np.array([True, False]), np.zeros(2, int)
    )
    with pytest.raises(PairsError, match="got 'gone' and 1 others that they lack"):
        photo_rows(pair, faces)


@settings(max_examples=60, deadline=None)
@given(count=st.integers(0, 200), folds=st.integers(1, 20))
def test_folds_are_consecutive_and_equal(count, folds):
    pieces = [len(piece) for piece in np.array_split(np.arange(count), max(1, min(folds, count)))]
    assert spread(count, folds).tolist() == [at for at, n in enumerate(pieces) for _ in range(n)]


PIECES = [
    *["Cy", "Cy/Cy_0001.jpg", "Ann_B", "\t", " ", "\n", ",", "1", "2", "0", '"', "2 2\n"],
    *["image1,image2,label\n", "\0", "\x80", "..", "/"],
]


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(PIECES) | st.binary(max_size=4), max_size=20))
def test_any_list_is_read_or_refused(read, parts):
    refused = ""
    try:
        found = read(b"".join(p.encode() if isinstance(p, str) else p for p in parts))
        assert set(found.pairs.first) <= set(IDS)
    except PairsError as error:
        refused = str(error)
    assert not refused or "expected" in refused


KINDS = {
    "LFW": LFW.encode(),
    "list": b"Cy/Cy_0001.jpg Cy/Cy_0002.jpg 1\nCy/Cy_0001.jpg Dee/Dee_0001.png 0\n",
    "CSV": b'image1,image2,label\n"Cy/Cy_0001.jpg",Cy/Cy_0002.jpg,1\nCy/Cy_0001.jpg,x,false\n',
    "bin": pickle.dumps(([b"a" * 99, b"b", b"c", b"d"], [True, False]), 4),
    "bin of Python 2": b"((lp1\nS'a'\np2\naS'\\xff'\np3\na(lp4\nI01\natp5\n.",
}


@settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(kind=st.sampled_from(sorted(KINDS)), data=st.data())
def test_mutated_lists_are_read_or_refused(read, kind, data):
    whole = bytearray(KINDS[kind])
    changes = st.tuples(st.integers(0, len(whole) - 1), st.integers(0, 255))
    for at, byte in data.draw(st.lists(changes, max_size=3)):
        whole[at] = byte
    refused = ""
    try:
        found = read(bytes(whole[: data.draw(st.integers(0, len(whole)) | st.just(len(whole)))]))
        assert len(found.pairs) + len(found.left_out) <= 8
    except PairsError as error:
        refused = str(error)
    assert not refused or "expected" in refused
    assert refused.isprintable()


@pytest.fixture(scope="module")
def lfw_ids(real_data):
    images = real_data / "lfw/images"
    return [
        f"{person.name}/{photo.name}"
        for person in os.scandir(images)
        for photo in os.scandir(person)
    ]


@pytest.mark.realdata
def test_lfw_s_own_pairs(real_data, lfw_ids):
    found = read_pairs(real_data / "lfw/pairs.txt", lfw_ids)
    assert found.left_out == ()
    pairs = found.pairs
    assert len(pairs) == 6000
    assert set(pairs.first) | set(pairs.second) <= set(lfw_ids)
    assert np.bincount(pairs.fold).tolist() == [600] * 10
    assert np.bincount(pairs.fold[pairs.same]).tolist() == [300] * 10
    person = [
        (a.split("/")[0], b.split("/")[0]) for a, b in zip(pairs.first, pairs.second, strict=True)
    ]
    assert [a == b for a, b in person] == pairs.same.tolist()


@pytest.mark.realdata
@pytest.mark.parametrize(("name", "count"), [("train", 5264), ("test", 1316)])
def test_facebone_s_pairs(real_data, lfw_ids, name, count):
    found = read_pairs(real_data / f"lfw/facebone_{name}.csv", lfw_ids)
    assert len(found.pairs) == count
    assert found.left_out == ()
    person = [
        (a.split("/")[0], b.split("/")[0])
        for a, b in zip(found.pairs.first, found.pairs.second, strict=True)
    ]
    assert [a == b for a, b in person] == found.pairs.same.tolist()
