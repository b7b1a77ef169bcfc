"""Lists of pairs: whose photos they are, as far as names tell."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceaudit.errors import InputError, PairsError
from faceaudit.faces.pairs.read import build_pairs
from faceaudit.gate import PairList, of_pairs, read_list
from faceaudit.gate.lists import by_name
from faceaudit.types import FaceSet


def listed(tmp_path: Path, *lines: str, header: str = "image1,image2,label") -> PairList:
    path = tmp_path / "list.csv"
    path.write_text("\n".join(filter(None, [header, *lines])) + "\n")
    return read_list(path)


@pytest.mark.parametrize(
    ("first", "second", "person", "other"),
    [
        ("Ann_Lee_0001.jpg", "Bob_0002.png", "Ann_Lee", "Bob"),
        ("Ann_Lee/Ann_Lee_0001.jpg", "Bob/Bob_0002.JPEG", "Ann_Lee", "Bob"),
        ("/data/lfw/Ann_Lee/Ann_Lee_0001.jpg", "lfw/Bob/Bob_0002.jpg", "Ann_Lee", "Bob"),
        ("7/a.jpg", "8/b.jpg", "7", "8"),
        ("data/set/7/a.jpg", "data/set/8/b.jpg", "7", "8"),
        ("Aaron/0/0.12.jpg", "Zoe/3/3.4.jpg", "Aaron", "Zoe"),
        ("x/7-1/a.jpg", "x/7/z/b.jpg", "7-1", "7"),
        ("C:\\lfw\\Ann_Lee\\ann_lee_0001.jpg", ".\\Bob_0002.jpg", "ann_lee", "Bob"),
    ],
)
def test_person_of_a_photo(
    tmp_path: Path, first: str, second: str, person: str, other: str
) -> None:
    pairs = listed(tmp_path, f"{first},{second},0")
    assert (pairs.first_person, pairs.second_person) == ((person,), (other,))
    assert pairs.people_known


def test_one_photo_has_one_name_in_every_kind_of_list(tmp_path: Path) -> None:
    csv = listed(tmp_path, "Ann_0001.jpg,Ann_0002.jpg,1")
    lfw = listed(tmp_path, "Ann\t1\t2", header="")
    deep = listed(tmp_path, "lfw/Ann/Ann_0001.png lfw/Ann/Ann_0002.png 1", header="")
    assert {(one.first, one.second) for one in (csv, lfw, deep)} == {(("Ann_0001",), ("Ann_0002",))}
    assert {one.first_person for one in (csv, lfw, deep)} == {("Ann",)}


def test_folders_of_all_names_are_taken_away(tmp_path: Path) -> None:
    pairs = listed(tmp_path, "train/7/a.jpg,train/8/b.jpg,0", "train/7/a.jpg,train/7/c.jpg,1")
    assert pairs.folder == "train"
    assert pairs.first == ("7/a", "7/a")
    assert pairs.second == ("8/b", "7/c")


@pytest.mark.parametrize(
    "lines",
    [
        ["one.jpg,two.jpg,1", "three.jpg,four.jpg,0"],  # nothing tells
        [f"IMG_{at:04d}.jpg,IMG_{at + 1:04d}.jpg,{at % 2}" for at in range(40)],  # all are "IMG"
        [f"{at}/a.jpg,{at + 1}/b.jpg,1" for at in range(40)],  # two folders, yet one person
    ],
)
def test_people_who_cannot_be_told_are_photos(tmp_path: Path, lines: list[str]) -> None:
    pairs = listed(tmp_path, *lines)
    assert not pairs.people_known
    assert pairs.first_person == pairs.first
    assert pairs.second_person == pairs.second


def test_few_wrong_labels_do_not_hide_people() -> None:
    first = ["Ann_1", *(f"p{at}_1" for at in range(99))]
    second = ["Bob_1", *(f"p{at}_2" for at in range(99))]
    assert by_name(first, second, np.ones(100, dtype=bool)).people_known


def test_known_people(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("image1,image2,label\none.jpg,two.jpg,0\n")
    pairs = read_list(path, people={"x/one.jpg": "Ann", "x/two.png": "Bob"})
    assert (pairs.first, pairs.second) == (("x/one.jpg",), ("x/two.png",))
    assert (pairs.first_person, pairs.second_person) == (("Ann",), ("Bob",))
    with pytest.raises(PairsError, match=r"got 1 others, the first 'two\.jpg'"):
        read_list(path, people={"x/one.jpg": "Ann"})


def test_malformed_line_is_named(tmp_path: Path) -> None:
    with pytest.raises(PairsError, match="line 3"):
        listed(tmp_path, "a_1.jpg,a_2.jpg,1", "a_1.jpg,a_2.jpg,maybe")


def test_no_pairs(tmp_path: Path) -> None:
    assert len(listed(tmp_path)) == 0
    (tmp_path / "blank.csv").write_text("")
    assert len(read_list(tmp_path / "blank.csv")) == 0
    with pytest.raises(PairsError, match="nowhere"):
        read_list(tmp_path / "nowhere.csv")


def test_of_pairs_takes_the_people_of_the_faces(faces: FaceSet) -> None:
    pairs = build_pairs(faces, genuine_per_person=5, folds=1, seed=3)
    found = of_pairs(pairs, faces)
    person = {id_: faces.names[who] for id_, who in zip(faces.ids, faces.identity, strict=True)}
    assert found.first_person == tuple(person[id_] for id_ in pairs.first)
    assert found.second_person == tuple(person[id_] for id_ in pairs.second)
    assert [a == b for a, b in zip(found.first_person, found.second_person, strict=True)] == (
        found.same.tolist()
    )


def test_take() -> None:
    pairs = by_name(["a_1", "b_1", "c_1"], ["a_2", "c_2", "c_3"], np.array([True, False, True]))
    some = pairs.take(np.array([False, True, True]))
    assert (some.first, some.second) == (("b_1", "c_1"), ("c_2", "c_3"))
    assert some.same.tolist() == [False, True]
    assert pairs.take([2]).first_person == ("c",)


def test_columns_must_fit() -> None:
    with pytest.raises(InputError, match="as many photos"):
        PairList(("a",), ("b",), ("a",), (), np.array([True]))
    with pytest.raises(InputError, match="bool"):
        PairList(("a",), ("b",), ("a",), ("b",), np.array([1]))  # type: ignore[arg-type]
