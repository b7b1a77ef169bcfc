"""Lists of pairs: every format, every wrong line by its number, and photos found by name."""

import io
import os
import pickle
import re

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from faceaudit.errors import PairsError
from faceaudit.faces.pairs.folds import spread, spread_kinds
from faceaudit.faces.pairs.read import photo_rows, read_pairs
from faceaudit.faces.pairs.repeats import find_repeats
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
    assert found.pairs.fold.tolist() == [0, 0], "each kind is cut for itself"
    assert found.pairs.what == "path1 path2 label in pairs.txt"


KAGGLE = """name,imagenum1,imagenum2,
Ann_B,1,2,
Cy,1,3.0
Ann_B,1,Cy,2
Cy,1,Dee,3.0
"""
TWO = [
    ("Ann_B/Ann_B_0001.jpg", "Ann_B/Ann_B_0002.jpg", True),
    ("Cy/Cy_0001.jpg", "Cy/Cy_0003.jpg", True),
    ("Ann_B/Ann_B_0001.jpg", "Cy/Cy_0002.jpg", False),
    ("Cy/Cy_0001.jpg", "Dee/Dee_0003.jpg", False),
]


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        (KAGGLE, "LFW pairs"),
        (KAGGLE.replace(",\n", "\n"), "LFW pairs"),
        (KAGGLE.replace("\n", "\n0,").replace("name", ",name").rstrip("0,"), "LFW pairs"),
        (KAGGLE.partition("\n")[2], "LFW pairs"),
        (KAGGLE.partition("\n")[2].replace(",", "\t").replace(".0", ""), "LFW pairs"),
        ("2\n" + KAGGLE.partition("\n")[2].replace(",", "\t").replace(".0", ""), "LFW pairs"),
        ("2,\n" + KAGGLE.partition("\n")[2], "LFW pairs"),
    ],
)
def test_lfw_as_csv_and_with_tabs_at_the_ends(read, text, kind):
    found = read(text)
    assert listed(found) == TWO
    assert found.pairs.what == f"{kind} in pairs.txt"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", " ", "  "])
@pytest.mark.parametrize(
    "header",
    [
        *("image1,image2,label", "file_x,file_y,Decision", "img1_path,img2_path,is_same"),
        *("image_1,image_2,same", "probe,reference,match", "p1,p2,target", "imgA,imgB,genuine"),
        *("leftPhoto,rightPhoto,isSame", "query,gallery,y_true", "File-0,File-1,ground truth", ""),
    ],
)
def test_what_parts_fields_and_what_columns_are_called(read, separator, header):
    if separator.isspace():
        header = header.replace("ground truth", "gt")
    rows = [header, *(f"{first},{second},{int(same)}" for first, second, same in TWO)]
    assert listed(read("\n".join(filter(None, rows)).replace(",", separator))) == TWO


@pytest.mark.parametrize(
    "words",
    [
        *(("1.0", "0.0"), ("Yes", "no"), ("1", "-1"), ("same", "different"), ("T", "F")),
        *(
            ("match", "mismatch"),
            ("genuine", "impostor"),
            ("True", "False"),
            ("mated", "non-mated"),
        ),
        ("+1", "-1.00"),
    ],
)
@pytest.mark.parametrize("first", [False, True])
def test_words_for_one_person_and_two(read, words, first):
    rows = [(one, two, words[not same]) for one, two, same in TWO]
    text = "\n".join(",".join(row[2:] + row[:2] if first else row) for row in rows)
    assert listed(read(text)) == TWO


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_ends_of_lines(read, encoding, end):
    rows = ["image1,image2,label", *(f"{one},{two},{int(same)}" for one, two, same in TWO)]
    assert listed(read(end.join(rows).encode(encoding))) == TWO


def test_names_in_latin_1_letter_case_and_backslashes(read):
    ids = ["José/José_0001.jpg", "José/José_0002.jpg", "Cy/Cy_0001.jpg", "cy/Cy_0002.jpg"]
    text = "JOS\xc9\\jos\xe9_0001.JPG,C:\\lfw\\Jos\xe9\\Jos\xe9_0002.png,1\n"
    text += "cy/cy_0001.jpg,CY/CY_0002.jpg,1\n"
    found = read(text.encode("latin-1"), ids)
    assert listed(found) == [(ids[0], ids[1], True), (ids[2], ids[3], True)]
    two = read(
        "a/1.jpg,B/1.jpg,0\nA/1.jpg,b/1.jpg,0\nAb/1,b/1,0", ["a/1.jpg", "A/1.jpg", "b/1.jpg"]
    )
    assert listed(two) == [("a/1.jpg", "b/1.jpg", False), ("A/1.jpg", "b/1.jpg", False)]
    several = read("a/1.jpg,b/1.jpg,0\nAA/1.jpg,b/1.jpg,0", ["a/1.jpg", "b/1.jpg", "aA/1", "Aa/1"])
    assert "got several" in several.left_out[0].reason


def test_two_lines_a_pair(read):
    halves = [(name, int(same)) for one, two, same in TWO for name in (one, two)]
    text = "".join(f"{name.split('/')[1]}\t{same}\n" for name, same in halves)
    found = read(text, folds=2)
    assert listed(found) == TWO
    assert found.pairs.fold.tolist() == [0, 1, 0, 1]
    folds = [1, 1, 3, 3, 2, 2] + [0] * 12
    photos = ["Cy_0001 Cy_0002", "Dee_0001 Dee_0002", "Ann_B_0001 Ann_B_0002"]
    photos += [f"Cy_000{n} Dee_000{m}" for n in (1, 2) for m in (1, 2, 3)]
    names = " ".join(photos).split()
    found = read("".join(f"{name}.jpg {n}\n" for name, n in zip(names, folds, strict=True)))
    assert found.pairs.fold.tolist() == [0, 2, 1, 0, 0, 1, 1, 2, 2]
    assert found.pairs.same.tolist() == [True] * 3 + [False] * 6
    assert found.pairs.what == "two lines a pair in pairs.txt"


def test_a_pair_that_comes_again_is_counted_once_and_said(read):
    rows = [f"{one},{two},{int(same)}" for one, two, same in TWO]
    swapped = [f"{two.upper()},./{one},{int(same)}" for one, two, same in TWO]
    found = read("\n".join([*rows, *swapped]), folds=2)
    assert listed(found) == TWO
    assert found.pairs.fold.tolist() == read("\n".join(rows), folds=2).pairs.fold.tolist()
    assert [(out.id, out.reason) for out in found.left_out] == [
        (f"line {n + 4}", f"expected each pair once, got it again (first: line {n})")
        for n in (1, 2, 3, 4)
    ]


def test_a_pair_with_both_labels_is_none(read):
    rows = [f"{one},{two},{int(same)}" for one, two, same in TWO]
    found = read("\n".join([*rows, rows[0][:-1] + "0", rows[0]]))
    assert listed(found) == TWO[1:]
    assert [out.id for out in found.left_out] == ["line 1", "line 5", "line 6"]
    assert all("got it as both (first: line 1)" in out.reason for out in found.left_out)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4), st.booleans()), max_size=30))
def test_repeats_are_those_of_sets(pairs):
    photos = np.array([pair[:2] for pair in pairs], dtype=np.int64).reshape(-1, 2)
    found = find_repeats(photos, np.array([pair[2] for pair in pairs], dtype=bool))
    keys = [frozenset(pair[:2]) for pair in pairs]
    assert found.first.tolist() == [keys.index(key) for key in keys]
    kinds = {key: {pair[2] for pair in pairs if frozenset(pair[:2]) == key} for key in keys}
    assert found.contradicted.tolist() == [len(kinds[key]) == 2 for key in keys]


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
        (LFW.replace("Cy\t1\t3", "Cy\t1"), "line 3: .*got 'Cy,1'"),
        (LFW.replace("Cy\t1\t3", "Cy\t-1\t3"), "line 3"),
        (LFW.replace("Cy\t1\tDee\t3", "Cy\t1\tCy\t3"), "line 5: expected an impostor pair of two"),
        ("0 0\n", "expected 0 folds"),
        ("0\nCy\t1\t2\n", "line 2: expected 1 folds of 0"),
        ("image1,image2\na,b\n", "line 1: expected a header image1,image2,label"),
        ("image1,image2,label\na,b,2\n", r"line 2, column 'label': expected 1 for .*got '2'$"),
        ("image1,image2,label\n\na,b\n", "line 3"),
        ("image1,image2,label\n", "expected 1 to 5,000,000 pairs in .*, got none"),
        ('image1,image2,label\n"a,b,1\n', "line 2: expected fields parted by ','"),
        ("Cy/Cy_0001.jpg Cy/Cy_0002.jpg 1\nx y\n", "line 2: expected <path1> <path2>"),
        ("Cy/Cy_0001.jpg Cy/Cy_0002.jpg 1\nx y 3\n", "line 2"),
        ("image1,image2,label\na,,1\n", "line 2, column 'image2': expected a photo, got nothing"),
        ("image1,image2,label\na,b,c,1\n", r"line 2: expected 3 fields .*\(there are 4, and"),
        ("image1,image2,label\na,b,0\na,c,-1\n", "line 3, column 'label': .*got '-1'"),
        ("a.jpg b.jpg 1\na.jpg b.jpg x\n", "line 2, field 3: expected 1 for one .*got 'x'"),
        ("photo,image1,image2\n", "line 1: .* without a column of labels"),
        ("image1,label\n", "line 1: .* without columns of two photos"),
        ("image1,photo1,image2,label\n", "one column for each photo rather than 'image1', 'ph"),
        ("Ann B/1.jpg Ann B/2.jpg 1\n", "names hold blanks, part them by commas or tabs"),
        ("Cy_1.jpg 1\nCy_2.jpg 1\nCy_1.jpg 0\n", "line 3: expected a second line for this pair"),
        ("Cy_1.jpg 1\nCy_2.jpg 0\n", "line 2, field 2: expected 1 as in line 1, got '0'"),
        ("Cy_1.jpg 7\nCy_2.jpg 7\n", "if they say who is on a photo, this is no list of pairs"),
        ("x" * 9000, "lines of at most 8,192 characters in .*, got a longer one in line 1"),
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


@pytest.mark.parametrize(
    ("same", "folds", "expected"),
    [
        ("TTTTFF", 2, [0, 0, 1, 1, 0, 1]),
        ("FFTTTT", 2, [0, 1, 0, 0, 1, 1]),
        ("TTFFTT", 2, [0, 0, 0, 1, 1, 1]),
        ("TTTT", 2, [0, 0, 1, 1]),
        ("T", 2, [0]),
    ],
)
def test_kinds_that_come_one_after_the_other_are_cut_apart(same, folds, expected):
    kinds = np.array([letter == "T" for letter in same])
    assert spread_kinds(kinds, folds).tolist() == expected


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


ROWS = "Cy/Cy_0001,Cy/Cy_0002,{one}\nCy/Cy_0001,Dee/Dee_0001,{two}\n"


@pytest.mark.parametrize(
    "header",
    [
        *("image1,image2,different", "image1,image2,negative", "imgA,imgB,impostor"),
        *("file_x,file_y,is_different", "img1,img2,score,Mismatch", "image1 image2 nonmatch"),
    ],
)
def test_a_header_that_asks_for_the_opposite_is_refused_by_name(read, header):
    name = re.split("[, ]", header)[-1]
    for one, two in (("0", "1"), ("no", "yes"), ("false", "true")):
        with pytest.raises(PairsError, match=f"line 1: .* got '{name}', whose 1 is for two"):
            read(header + "\n" + ROWS.format(one=one, two=two))


@pytest.mark.parametrize(("one", "two"), [("0", "1"), ("no", "yes"), ("F", "T")])
def test_a_header_nobody_knows_is_no_pair(read, one, two):
    with pytest.raises(PairsError, match="line 2, field 3: expected 1 for one person"):
        read("photo_left,photo_of_right,mismatch\n" + ROWS.format(one=one, two=two))


def test_labels_of_one_list_are_of_one_kind(read):
    wanted = [True, False]
    for one, two in (("1", "0"), ("1.0", "-1"), ("T", "no"), ("genuine", "different")):
        assert read(ROWS.format(one=one, two=two)).pairs.same.tolist() == wanted
    for one, two in (("1", "no"), ("same", "0"), ("true", "different"), ("yes", "impostor")):
        with pytest.raises(PairsError, match="line 2, field 3: expected 1 for one person"):
            read(ROWS.format(one=one, two=two))


@pytest.mark.parametrize("text", ["{0} {1} 1\n{2} {3} 0\n", "1,{0},{1}\n0,{2},{3}\n"])
@pytest.mark.parametrize("digits", [7, 8])
def test_ids_that_are_numbers_need_no_header(read, text, digits):
    ids = [f"{number:0{digits}}" for number in range(4)]
    assert listed(read(text.format(*ids), ids)) == [(*ids[:2], True), (*ids[2:], False)]


def test_people_of_lfw_may_have_numbers_for_names(read):
    ids = ["0000012/0000012_0001.jpg", "0000012/0000012_0003.jpg", "7/7_0001.jpg", "7/7_0002.jpg"]
    found = read("0000012 1 3\n7 1 2\n", ids)
    assert listed(found) == [(*ids[:2], True), (*ids[2:], True)]


def test_a_list_turned_round_is_refused_where_people_are_known(tmp_path):
    faces, path = blocks(4, 2, (8, 8)), tmp_path / "pairs.csv"
    ids = faces.ids

    def read(genuine, impostor):
        rows = [f"{ids[2 * p]},{ids[2 * p + 1]},{genuine}" for p in range(4)]
        rows += [f"{ids[2 * p]},{ids[(2 * p + 2) % 8]},{impostor}" for p in range(4)]
        path.write_text("\n".join(["image1,image2,label", *rows]))
        return read_pairs(path, faces, folds=2)

    assert read(1, 0).pairs.same.tolist() == [True] * 4 + [False] * 4
    assert len(read(1, 1).pairs) == 8, "who is on a photo may be unknown"
    with pytest.raises(PairsError, match="got 8 of 8 comparisons labelled against the names"):
        read(0, 1)
    assert len(read_pairs(path, ids).pairs) == 8, "of ids alone nobody is known"
