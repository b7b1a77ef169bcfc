"""All checks together."""

from __future__ import annotations

import json

import numpy as np
import pytest

from faceaudit.errors import InputError
from faceaudit.gate import Gate, PairList, examine
from faceaudit.gate.lists import by_name
from helpers.pair_lists import made


def fair(seed: int = 0) -> tuple[PairList, PairList]:
    """Two lists of as many people each, dealt at random, nobody in both."""
    rng = np.random.default_rng(seed)
    who = rng.permutation(400)
    found = []
    for people in (who[:200], who[200:]):
        pairs = made(rng, 1000, range(200))

        def new(name: str, people: np.ndarray = people) -> str:
            person, _, number = name[1:].partition("_")
            return f"p{people[int(person)]}_{number}"

        found.append(by_name([*map(new, pairs.first)], [*map(new, pairs.second)], pairs.same))
    return found[0], found[1]


def gate(members: PairList, nonmembers: PairList, **options: object) -> Gate:
    rng = np.random.default_rng(0)
    return examine(members, nonmembers, rng=rng, **options)  # type: ignore[arg-type]


def test_fair_lists_pass() -> None:
    found = gate(*fair(), fitted_in_sample=False, adaptive=True)
    assert [check.name for check in found.checks if not check.passed] == []
    assert found.valid
    assert found.summary == (
        "nothing in 11 checks speaks against a membership figure from these lists"
    )


def test_what_is_not_told_does_not_fail() -> None:
    found = gate(*fair())
    assert found.valid
    assert [check.name for check in found.unknown] == ["scored apart", "adaptive attacker"]
    assert found.summary.endswith("could not be checked: scored apart, adaptive attacker")


def test_failed_first_then_unknown_then_passed() -> None:
    members, _ = fair()
    found = gate(members, members.take(np.arange(250)), fitted_in_sample=True)
    verdicts = [check.passed for check in found.checks]
    assert verdicts == sorted(verdicts, key=(False, None, True).index)
    assert not found.valid
    failed = {check.name for check in found.failed}
    assert {"shared pairs", "shared photos", "shared people", "equal sizes"} <= failed
    assert {"scored apart", "resolution"} <= failed
    assert found.summary.startswith(
        f"a membership figure from these lists says little: {len(failed)} of 11 checks failed"
    )


def test_json_holds_all_of_it() -> None:
    found = gate(*fair(), adaptive=True)
    plain = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert plain["valid"] is True
    assert plain["members"]["pairs"] == 1000
    assert [one["name"] for one in plain["checks"]] == [check.name for check in found.checks]
    assert {one["passed"] for one in plain["checks"]} == {None, True}
    names = {"shared pairs", "shared photos", "shared people", "equal sizes", "labels"}
    names |= {"occurrences of people", "occurrences of photos", "blind baseline"}
    names |= {"scored apart", "resolution", "adaptive attacker"}
    assert {one["name"] for one in plain["checks"]} == names


def test_same_seed_same_gate() -> None:
    assert gate(*fair(3)) == gate(*fair(3))


def test_rates_out_of_range() -> None:
    with pytest.raises(InputError, match="rate"):
        gate(*fair(), fprs=(2.0,))


@pytest.mark.parametrize("told", [False, True])
def test_lists_without_people_still_count_photos(told: bool) -> None:
    rng = np.random.default_rng(0)
    names = [f"{letter:06x}" for letter in rng.choice(1 << 24, 4000, replace=False)]
    same = rng.random(1000) < 0.5
    one, two = (
        by_name(names[at : at + 1000], names[at + 1000 : at + 2000], same) for at in (0, 2000)
    )
    found = gate(one, two if not told else fair()[1])
    assert {"shared people", "occurrences of people"} <= {check.name for check in found.unknown}
