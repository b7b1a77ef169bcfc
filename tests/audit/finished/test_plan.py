"""The section of a plan: what it refuses, and what `check` says of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.audit.cost import estimate_cost
from faceaudit.audit.plan import Plan
from faceaudit.errors import OptionError


def plan(**section: object) -> Plan:
    return Plan(faces="stand_ins", finished={"systems": ["made"], **section})


def test_defaults_are_one_of_each_kind_and_seven_others() -> None:
    section = plan().section("finished")
    assert [(one.name, one.key) for one in section.attacks] == [
        ("blended", "cartoon-cat"),
        ("blended", "random-0"),
        ("accessory", "sunglasses-wayfarer"),
    ]
    assert section.tests == 24


def test_it_is_spelled_and_read_again() -> None:
    first = plan(attacks=["accessory"], unseen={"source": "stand_ins", "drawn": 1})
    again = Plan(**first.as_json())
    assert again == first
    assert again.section("finished").attacks[0].key == "sunglasses-wayfarer"


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ({"attacks": ["input_instance"]}, "expected attacks whose key is put on a photo, got"),
        ({"other_keys": 8}, "expected at most 7 wrong keys for 'cartoon-cat', got 8"),
        ({"attacks": ["blended", "blended"]}, "expected every attack once"),
        ({"members": "trained.txt"}, "expected members and nonmembers, got one of them"),
        ({"systems": []}, "systems: expected a list that is not empty"),
        ({"systems": [{"system": "maid"}]}, r"expected a system under test .* try 'made'"),
        ({"donors": 1}, "donors: expected greater than or equal to 2"),
        ({"donor": 10}, "try 'donors'"),
    ],
)
def test_what_cannot_be_is_refused(section: dict[str, object], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        plan(**section)


def test_eight_others_of_the_glasses_are_all_that_there_are() -> None:
    assert plan(attacks=["accessory"], other_keys=8).section("finished").tests == 9


def test_questions_are_bounded_before_anything_is_asked() -> None:
    """24 people with 6 photos: 144 photos, pairs twice, and 27 sets of 100 keyed photos."""
    cost = estimate_cost(plan())
    assert cost.trainings == 0
    assert cost.cases == 6
    assert cost.queries == 144 + 480 + 100 * 27
    verifier = estimate_cost(plan(systems=[{"system": "made", "role": "verifier"}]))
    assert verifier.queries == 480 + 400 * (3 + 48)
    both = estimate_cost(plan(systems=["made", {"system": "made", "role": "verifier"}]))
    assert both.queries == max(cost.queries, verifier.queries)
    assert estimate_cost(plan(), look=False).queries is None


def test_fewer_people_and_photos_are_fewer_questions() -> None:
    less = estimate_cost(plan(people=10, photos=2, attacks=[], other_keys=0))
    assert less.queries == max(20 + 2 * 2 * 5 * 10, 2 * 2 * 5 * 10)
    few = plan(people=10, attacks=["blended"], donors=20, impostors=50, other_keys=1)
    assert estimate_cost(few).queries == 144 + 200 + 20 * 3, "ten people may have all photos"


def test_a_role_that_a_door_leaves_open_is_the_one_that_is_asked_most() -> None:
    """An ONNX file is an identifier or an embedder; a file of weights may be a verifier, too."""
    known = estimate_cost(plan()).queries
    assert estimate_cost(plan(systems=[{"system": "onnx", "path": "gone.onnx"}])).queries == known
    anything = estimate_cost(plan(systems=[{"system": "file", "path": "gone.h5"}])).queries
    verifier = estimate_cost(plan(systems=[{"system": "made", "role": "verifier"}])).queries
    assert anything == verifier
    answers = estimate_cost(plan(systems=[{"system": "answers", "path": "gone.csv"}])).queries
    assert answers == verifier


def test_lists_count_by_their_lines(tmp_path: Path) -> None:
    for name, lines in (("members", 7), ("nonmembers", 5)):
        (tmp_path / name).write_text("x y 1\n" * lines, "utf-8")
    files = {name: str(tmp_path / name) for name in ("members", "nonmembers")}
    without = estimate_cost(plan(attacks=[])).queries
    listed = estimate_cost(plan(attacks=[], **files)).queries
    assert without is not None
    assert listed == without + 2 * 12
    gone = plan(members=str(tmp_path / "gone"), nonmembers=files["nonmembers"])
    assert estimate_cost(gone).queries is None
