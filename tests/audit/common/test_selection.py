"""Which cases of a section are run: entries, what they match, and mistakes in them."""

from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.attacks.backdoor import backdoor_attacks
from faceaudit.audit.common.selection import (
    Part,
    Section,
    part_of,
    require_matches,
    select,
    unknown_parts,
)
from faceaudit.audit.common.systems import SystemPlan
from faceaudit.errors import OptionError

SYSTEMS = [
    part_of(SystemPlan(network=network, training={"epochs": epochs}))
    for network, epochs in (("deepid", 1), ("deepid", 2), ("vggface", 1))
]
ATTACKS = [
    None,
    *map(
        part_of,
        map(
            backdoor_attacks.build,
            (
                "accessory",
                {"attack": "blended", "ratio": 0.1, "key": "cartoon-cat"},
                {"attack": "blended", "ratio": 0.2, "key": "random-0"},
            ),
        ),
    ),
]
CASES = [
    {"system": system, "attack": attack, "seed": seed}
    for system, attack, seed in itertools.product(SYSTEMS, ATTACKS, (0, 1))
]


def kept(**entries: Any) -> list[tuple[str, Any, str | None, Any, int]]:
    section = Section(**entries)
    require_matches(section, CASES)
    return [
        (
            one["system"].name,  # type: ignore[attr-defined]
            one["system"].values["training"]["epochs"],  # type: ignore[attr-defined]
            one["attack"] and one["attack"].name,  # type: ignore[attr-defined]
            one["attack"] and one["attack"].values.get("ratio"),  # type: ignore[attr-defined]
            one["seed"],
        )
        for one, keep in zip(CASES, select(section, CASES), strict=True)
        if keep
    ]


EVERY = kept()


def test_without_entries_every_case_is_run() -> None:
    assert len(EVERY) == len(CASES) == 24
    assert not Section().chooses
    assert Section().model_dump() == {}


@pytest.mark.parametrize(
    ("entry", "left_out"),
    [
        ({"system": "vggface"}, lambda one: one[0] == "vggface"),
        (
            {"system": "vggface", "attack": "accessory"},
            lambda one: one[::2][:2] == ("vggface", "accessory"),
        ),
        ({"attack": "none"}, lambda one: one[2] is None),
        ({"attack": None}, lambda one: one[2] is None),
        ({"attack": ["none", "accessory"]}, lambda one: one[2] in (None, "accessory")),
        ({"attack": {"attack": "blended", "ratio": 0.1}}, lambda one: one[3] == 0.1),
        ({"attack": {"ratio": [0.1, 0.2]}}, lambda one: one[2] == "blended"),
        ({"system": {"network": "deepid", "training": {"epochs": 2}}}, lambda one: one[1] == 2),
        ({"system": {"training": {"epochs": [1, 2]}}, "seed": 1}, lambda one: one[4] == 1),
        ({"system": {"network": {"network": "deepid"}}}, lambda one: one[0] == "deepid"),
        ({"seed": [0]}, lambda one: one[4] == 0),
    ],
    ids=lambda one: None if callable(one) else str(one),
)
def test_an_entry_leaves_out_the_cases_that_have_all_of_it(entry: Any, left_out: Any) -> None:
    assert any(map(left_out, EVERY))
    assert kept(exclude=[entry]) == [one for one in EVERY if not left_out(one)]


def test_several_entries_leave_out_what_any_of_them_matches() -> None:
    found = kept(exclude=[{"system": "vggface"}, {"seed": 1}])
    assert found == [one for one in EVERY if one[0] != "vggface" and one[4] != 1]


def test_what_is_included_is_run_although_it_is_excluded() -> None:
    found = kept(exclude=[{"system": "vggface"}], include=[{"system": "vggface", "seed": 1}])
    assert found == [one for one in EVERY if one[0] != "vggface" or one[4] == 1]


NAMES = st.sampled_from([None, "deepid", "vggface"])
SEEDS = st.sampled_from([None, 0, 1])
WAYS = st.sampled_from([None, "none", "accessory", "blended"])


@given(
    st.lists(st.tuples(NAMES, WAYS, SEEDS), max_size=3),
    st.lists(st.tuples(NAMES, WAYS, SEEDS), max_size=2),
)
def test_a_case_is_run_if_it_is_included_or_not_excluded(excluded: Any, included: Any) -> None:
    def entry(values: Any) -> dict[str, Any]:
        parts = zip(("system", "attack", "seed"), values, strict=True)
        return {part: value for part, value in parts if value is not None}

    def holds(values: Any, case: Any) -> bool:
        name, way, seed = values
        own = "none" if case["attack"] is None else case["attack"].name
        return (
            name in (None, case["system"].name)
            and way in (None, own)
            and seed in (None, case["seed"])
        )

    excluded = [one for one in excluded if any(one_ is not None for one_ in one)]
    included = [one for one in included if any(one_ is not None for one_ in one)]
    section = Section(exclude=[*map(entry, excluded)], include=[*map(entry, included)])
    assert select(section, CASES) == [
        any(holds(one, case) for one in included) or not any(holds(one, case) for one in excluded)
        for case in CASES
    ]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"sytem": "deepid"},
            r"^exclude.0: expected a part of a case \(system, attack, seed\), got 'sytem'; try 's",
        ),
        (
            {"attack": "accesory"},
            r"^exclude.0: expected the attack of a case \(none, accessory, blended\), got 'acces"
            ".*; try 'accessory'$",
        ),
        ({"attack": {"attack": "blendd", "ratio": 0.1}}, r"; try 'blended'$"),
        (
            {"attack": {"attack": "blended", "ratio": 0.3}},
            r"expected options of a case's attack",
        ),
        ({"attack": {"attack": "blended", "ratoi": 0.1}}, r"attack 'blended', got .*ratoi"),
        (
            {"system": "deepd"},
            r"expected the system of a case \(deepid, vggface\), .*'deepid'",
        ),
        ({"system": {"network": {"network": "vggfac"}}}, r"try 'vggface'$"),
        ({"seed": 7}, r"expected the seed of a case \(0, 1\), got 7$"),
        ({"seed": True}, r"expected the seed of a case \(0, 1\), got True$"),
        ({"attack": {"ratio": 0.1, "key": "random-0"}}, r"expected the attack of a case"),
        ({}, "expected parts of a case such as"),
        ("accessory", "expected parts of a case such as"),
        ({1: 2}, r"expected names of parts of a case, got \[1\]|names of options"),
    ],
    ids=lambda one: None if callable(one) else str(one),
)
def test_an_entry_that_no_case_answers_to_is_refused_with_the_closest(
    entry: Any, message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        kept(exclude=[entry])


def test_parts_that_no_case_has_together_are_refused() -> None:
    apart = [one for one in CASES if (one["seed"] == 0) == (one["attack"] is None)]
    section = Section(include=[{"seed": 0, "attack": "blended"}])
    with pytest.raises(
        OptionError, match=r"^include\.0: expected parts that one case has together"
    ):
        require_matches(section, apart)


def test_a_section_without_any_case_left_is_refused() -> None:
    with pytest.raises(OptionError, match="expected cases to be left, got none"):
        kept(exclude=[{"seed": [0, 1]}])


def test_parts_that_are_nowhere_are_told_from_those_that_are() -> None:
    assert unknown_parts({"system": "deepid", "attack": "tint"}, CASES) == ["attack"]
    assert unknown_parts({"system": "deepid", "attack": "blended"}, CASES) == []


def test_an_option_that_is_a_list_is_matched_as_a_whole_or_by_any_of_several() -> None:
    [one] = [{"attack": Part("x", {"sizes": [1, 2]})}]
    for sizes, there in (([1, 2], True), ([[1, 2], [3]], True), ([2, 1], False), ([1], False)):
        assert select(Section(exclude=[{"attack": {"sizes": sizes}}]), [one]) == [not there]
