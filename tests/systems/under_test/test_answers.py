"""The door `answers`: files instead of a system."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceaudit.errors import InputError
from faceaudit.systems.under_test import Access, systems_under_test
from faceaudit.types import FaceSet
from helpers.faces import blocks
from helpers.notes import Notes


@pytest.fixture
def few() -> FaceSet:
    """Four photos: person-0/video-0/000, .../001, person-1/video-0/000, .../001."""
    return blocks(people=2, photos=2, size=(8, 8))


def opened(file: Path, text: str, notes: Notes | None = None, **options: Any) -> Any:
    file.write_text(text, encoding="utf-8")
    door = systems_under_test.build({"system": "answers", "path": str(file), **options})
    return door.open(cache=file.parent / "cache", progress=notes or Notes())


CSV = """photo,label,score:Bob,score:Ann
person-0/video-0/000.jpg,Ann,0.25,0.75
./person-1/video-0/001,Bob,0.5,0.5
data/person-1/video-0/000.png,,0.5,0.25
"""
JSON = "\n".join(
    json.dumps({"image": photo, "label": label, "scores": {"Ann": ann, "Bob": bob}})
    for photo, label, ann, bob in [
        ("person-0/video-0/000.jpg", "Ann", 0.75, 0.25),
        ("./person-1/video-0/001", "Bob", 0.5, 0.5),
        ("data/person-1/video-0/000.png", None, 0.25, 0.5),
    ]
)


@pytest.mark.parametrize("text", [CSV, CSV.replace(",", ";"), "\ufeff" + CSV, JSON])
def test_an_identifier(few: FaceSet, tmp_path: Path, text: str) -> None:
    notes = Notes()
    system = opened(tmp_path / "a.csv", text, notes, size=[8, 8])
    assert (system.role, system.names, system.size) == ("identifier", ("Ann", "Bob"), (8, 8))
    assert system.access == {Access.LABELS, Access.SCORES}
    assert system.title == "the answers in a.csv"
    np.testing.assert_array_equal(system.labels(few), [0, -1, -1, 1])
    assert notes.said == ["the answers in a.csv: no answer to 1 of 4 questions"]
    nan = np.nan
    expected = np.float32([[0.75, 0.25], [nan, nan], [0.25, 0.5], [0.5, 0.5]])
    np.testing.assert_array_equal(system.scores(few), expected)
    rows = np.array([3, 0])
    np.testing.assert_array_equal(system.scores(few, rows), expected[rows])
    np.testing.assert_array_equal(system.labels(few.take([3, 1, 0])), [1, -1, 0])


def test_labels_alone(few: FaceSet, tmp_path: Path) -> None:
    system = opened(
        tmp_path / "a.csv", "file,name\nperson-0/video-0/001,Bob\n", names=["Zoe", "Ann"]
    )
    assert system.access == {Access.LABELS}
    assert system.names == ("Ann", "Bob", "Zoe")
    np.testing.assert_array_equal(system.labels(few), [-1, 1, -1, -1])
    with pytest.raises(InputError, match="expected a system that gives scores"):
        system.scores(few)


def test_scores_alone(few: FaceSet, tmp_path: Path) -> None:
    text = "photo,score:A,score:B\n" + "".join(
        f"{photo},{scores}\n"
        for photo, scores in zip(few.ids, ["1,2", "4,3", ",", "3,3.5"], strict=True)
    )
    for options, labels in [
        ({}, [1, 0, -1, 1]),
        ({"threshold": 3.5}, [-1, 0, -1, 1]),
        ({"direction": "distance"}, [0, 1, -1, 0]),
        ({"direction": "distance", "threshold": 1}, [0, -1, -1, -1]),
    ]:
        system = opened(tmp_path / "a.csv", text, **options)
        np.testing.assert_array_equal(system.labels(few), labels)
    assert system.scores(few)[0].tolist() == [-1, -2]


PAIRS = """image1,image2,distance,verified
person-0/video-0/000,person-0/video-0/001,0.1,TRUE
person-1/video-0/000,person-0/video-0/000,0.7,0
person-1/video-0/000,person-1/video-0/001,,
"""


def test_a_verifier(few: FaceSet, tmp_path: Path) -> None:
    notes = Notes()
    system = opened(tmp_path / "p.csv", PAIRS, notes, direction="distance")
    assert system.role == "verifier"
    assert system.access == {Access.LABELS, Access.SCORES}
    first, second = np.array([0, 0, 2, 1, 2]), np.array([1, 2, 0, 3, 3])
    np.testing.assert_array_equal(system.decide(few, first, second), [1, 0, 0, -1, -1])
    np.testing.assert_array_equal(
        system.scores(few, first, second), np.float32([-0.1, -0.7, -0.7, np.nan, np.nan])
    )
    assert notes.said[0] == "the answers in p.csv: no answer to 1 of 5 questions"


def test_either_order_of_a_pair_has_its_own_answer_where_there_are_two(
    few: FaceSet, tmp_path: Path
) -> None:
    a, b = few.ids[:2]
    system = opened(tmp_path / "p.csv", f"first,second,score\n{a},{b},1\n{b},{a},2\n")
    scores = system.scores(few, np.array([0, 1]), np.array([1, 0]))
    assert scores.tolist() == [1, 2]


def test_decisions_by_threshold(few: FaceSet, tmp_path: Path) -> None:
    a, b, c, _ = few.ids
    text = f"first,second,score\n{a},{b},0.1\n{a},{c},0.0999\n{b},{c},\n"
    first, second = np.array([0, 0, 1]), np.array([1, 2, 2])
    system = opened(tmp_path / "p.csv", text, threshold=0.1)
    np.testing.assert_array_equal(system.decide(few, first, second), [1, 0, -1])
    system = opened(tmp_path / "p.csv", text, threshold=0.1, direction="distance")
    np.testing.assert_array_equal(system.decide(few, first, second), [1, 1, -1])
    with pytest.raises(InputError, match="expected a system that gives labels"):
        opened(tmp_path / "p.csv", text).decide(few, first, second)


def test_its_id_is_that_of_its_answers(tmp_path: Path) -> None:
    one = opened(tmp_path / "a.csv", CSV)
    assert opened(tmp_path / "b.csv", CSV).id == one.id
    assert opened(tmp_path / "b.csv", CSV.replace("0.75", "0.76")).id != one.id
    labels = "photo,label\na,Ann\n"
    assert (
        opened(tmp_path / "b.csv", labels, names=["Zoe"]).id
        != opened(tmp_path / "b.csv", labels).id
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "expected answers in"),
        ("photo,label\n", "expected answers in"),
        ("photo,colour\na,b\n", "line 2: expected columns photo and label"),
        ("photo,lable\na,b\n", "try 'label'"),
        ("photo,photo\na,b\n", "expected each column once"),
        ("photo,file,label\na,b,c\n", "expected one column for photo"),
        ("photo\na\n", "expected columns photo and label"),
        ("first,second\na,b\n", "expected columns photo and label"),
        ("photo,label,first,second,score\na,b,c,d,1\n", "expected columns photo and label"),
        ("photo,label\na\n", "line 2: expected 2 fields, as the header has, got '1'"),
        ("photo,label\n,Ann\n", "line 2: expected the name of a photo in 'photo'"),
        ("photo,label\na,\n", "expected a person's name in at least one line"),
        ("photo,score:A\na,x\n", "line 2: expected a finite number as score, got 'x'"),
        ("photo,score:A\na,nan\n", "expected a finite number as score, got 'nan'"),
        ("photo,score:A\na,1e39\n", "expected a finite number"),
        ("photo,score:A,score:B\na,1,\n", "expected a score of each of 2 people, or of none"),
        ("first,second,decision\na,b,maybe\n", "line 2: expected 1 or true for one person"),
        ('{"photo": "a", "label": 3}', "expected a person's name, or nothing"),
        ('{"photo": "a", "scores": {"A": true}}', "expected a finite number"),
        ('{"photo": "a", "scores": [1]}', "expected a mapping of names to scores"),
        ('{"photo": "a", "label": "b"}\n[1]\n', "line 2: expected a mapping in JSON"),
        ('photo,label\n"a,b\n', "expected CSV"),
    ],
)
def test_malformed_files_are_refused_with_the_line(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        opened(tmp_path / "a.csv", text)


def test_two_answers_about_one_photo_are_refused(few: FaceSet, tmp_path: Path) -> None:
    text = f"photo,label\n{few.ids[0]},Ann\nelse,Bob\n{few.ids[0]}.png,Bob\n"
    with pytest.raises(InputError, match="got two about the same in lines 2 and 4"):
        opened(tmp_path / "a.csv", text).labels(few)


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    door = systems_under_test.build({"system": "answers", "path": str(tmp_path / "no.csv")})
    with pytest.raises(InputError, match="expected a path that can be read"):
        door.open(cache=tmp_path)


def test_its_id_holds_its_options(tmp_path: Path) -> None:
    people = tmp_path / "people.txt"
    people.write_text("Zoe\nDan\n")
    options: list[dict[str, Any]] = [
        {},
        {"direction": "distance"},
        {"threshold": 0.5},
        {"threshold": 0.25},
        {"names": ["Zoe"]},
        {"names": ["Zoe", "Dan"]},
    ]
    text = "photo,label\na,Ann\n"
    ids = [opened(tmp_path / "a.csv", text, **each).id for each in options]
    assert len(set(ids)) == 6
    assert opened(tmp_path / "a.csv", text, names=str(people)).id == ids[-1]
    assert opened(tmp_path / "a.csv", text, access=["labels"]).id == ids[0]


def test_names_come_from_a_file(tmp_path: Path) -> None:
    people = tmp_path / "people.txt"
    people.write_text("Zoe\nAnn\n")
    system = opened(tmp_path / "a.csv", "photo,label\na,Bob\n", names=str(people))
    assert system.names == ("Ann", "Bob", "Zoe")
    people.write_text("Zoe\nZoe\n")
    with pytest.raises(InputError, match="got 'Zoe' twice"):
        opened(tmp_path / "a.csv", "photo,label\na,Bob\n", names=str(people))


def test_a_column_of_distances_or_similarities_is_one(few: FaceSet, tmp_path: Path) -> None:
    a, b, c, _ = few.ids
    for column, other in (("Distance", "similarity"), ("similarity", "distance")):
        text = f"first,second,{column}\n{a},{b},0.1\n{a},{c},0.9\n"
        lines = f'{{"first": "{a}", "second": "{b}", "score": 0.1}}\n'
        lines += f'{{"first": "{a}", "second": "{c}", "{column}": 0.9}}\n'
        for each in (text, lines):
            wanted = f"line [23]: expected scores with `direction: {column.lower()}`"
            with pytest.raises(InputError, match=wanted):
                opened(tmp_path / "p.csv", each, direction=other)
            system = opened(tmp_path / "p.csv", each, direction=column.lower(), threshold=0.5)
            decided = system.decide(few, np.array([0, 0]), np.array([1, 2]))
            np.testing.assert_array_equal(decided, [1, 0] if column == "Distance" else [0, 1])
    with pytest.raises(InputError, match="`direction: distance`"):
        opened(tmp_path / "p.csv", f"first,second,distance\n{a},{b},0.1\n")


@pytest.mark.parametrize(
    "text",
    [
        "photo,label,score\na,Ann,0.9\n",
        "photo,label,decision\na,Ann,1\n",
        "photo,label,first\na,Ann,b\n",
        "first,second,score,label\na,b,0.9,same\n",
        "first,second,decision,score:A\na,b,1,0.9\n",
    ],
)
def test_columns_that_would_be_dropped_are_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"expected columns photo and label .* got "):
        opened(tmp_path / "a.csv", text)


def test_photos_that_it_lacks_are_said_behind_a_screen_too(few: FaceSet, tmp_path: Path) -> None:
    for options in ({}, {"access": ["labels"]}):
        system = opened(tmp_path / "a.csv", CSV, **options)
        assert system.lacks(few).tolist() == [1]
