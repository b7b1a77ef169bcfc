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
    assert found.outcome == "passed"
    assert found.verdict == "Nothing speaks against these lists"
    assert found.summary == "Nothing speaks against these lists (11 checks)"


def test_what_is_not_told_does_not_fail() -> None:
    found = gate(*fair())
    assert found.valid
    assert [check.name for check in found.unknown] == ["scored apart", "adaptive attacker"]
    assert found.summary.endswith("; could not be checked: scored apart, adaptive attacker)")


def test_failed_first_then_unknown_then_passed() -> None:
    pairs, _ = fair()
    found = gate(pairs.take(np.arange(750)), pairs.take(np.arange(700, 950)), fitted_in_sample=True)
    verdicts = [check.passed for check in found.checks]
    assert verdicts == sorted(verdicts, key=(False, None, True).index)
    assert not found.valid
    failed = {check.name for check in found.failed}
    assert {"shared pairs", "shared photos", "shared people", "equal sizes"} <= failed
    assert {"scored apart", "resolution"} <= failed
    assert found.verdict == (
        f"{len(failed)} checks failed: a figure from these lists says nothing about the system"
    )
    assert f"{found.verdict} (11 checks; failed: " in found.summary


def test_one_failed_check() -> None:
    found = gate(*fair(), fprs=(0.001,), fitted_in_sample=False, adaptive=True)
    assert found.verdict.startswith("1 check failed: a figure from these lists says nothing about")
    assert (found.outcome, found.valid) == ("failed", False)


def nothing() -> PairList:
    return fair()[0].take(np.arange(0))


def taken(*spans: range) -> list[PairList]:
    return [fair()[0].take(np.array(span)) for span in spans]


NOTHING = {
    "no pair in the list of members": (nothing(), fair()[0]),
    "no pair in the list of members and in that of non-members": (nothing(), nothing()),
    "both lists hold the same pairs": (fair()[0], fair()[0].take(np.r_[999:-1:-1, 5])),
    "every non-member is in the list of members": taken(range(1000), range(500, 1000)),
    "every member is in the list of non-members": taken(range(1, 1000), range(1000)),
    "too few records": [pairs.take(np.arange(29)) for pairs in fair()],
}


@pytest.mark.parametrize("why", NOTHING)
def test_nothing_can_be_concluded(why: str) -> None:
    found = gate(*NOTHING[why], fitted_in_sample=False, adaptive=True)
    assert found.outcome == "inconclusive"
    assert not found.valid
    assert found.verdict.startswith(f"Nothing can be concluded: {why}")
    assert found.as_json()["verdict"] == found.verdict


def test_pairs_are_the_same_in_either_order() -> None:
    one = fair()[0]
    turned = PairList(one.second, one.first, one.second_person, one.first_person, one.same)
    assert gate(one, turned).verdict.startswith("Nothing can be concluded: both lists hold")


def test_a_pair_of_its_own_is_enough_to_be_judged() -> None:
    found = gate(*taken(range(999), range(1, 1000)))
    assert found.outcome == "failed"


def test_short_lists_that_share_pairs_have_failed() -> None:
    found = gate(*taken(range(20), range(19, 39)))
    assert found.outcome == "failed"
    assert "shared pairs" in {check.name for check in found.failed}


def test_features_that_are_not_known_are_counted_in_a_check() -> None:
    members, nonmembers = fair()
    features = np.zeros((1000, 1)), np.zeros((1000, 1))
    assert len(gate(members, nonmembers, features=features).checks) == 11
    features[1][:100] = np.nan
    found = gate(members, nonmembers, features=features)
    assert "complete features" in {check.name for check in found.failed}
    assert len(found.checks) == 12


def test_who_says_so() -> None:
    for said in (False, True):
        found = gate(*fair(), fitted_in_sample=False, adaptive=True, said=said)
        words = [check.name for check in found.checks if "as you say" in check.message]
        assert words == (["scored apart", "adaptive attacker"] if said else [])


def test_json_holds_all_of_it() -> None:
    found = gate(*fair(), adaptive=True)
    plain = json.loads(json.dumps(found.as_json(), allow_nan=False))
    assert plain["valid"] is True
    assert plain["outcome"] == "passed"
    assert plain["verdict"] == "Nothing speaks against these lists in what could be checked"
    assert plain["left_out"] == []
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


def repeated(pairs: PairList, rows: np.ndarray) -> PairList:
    """Return pairs with some of them again, the photos swapped and in capitals."""
    again = pairs.take(rows)
    first = (*pairs.first, *(name.upper() for name in again.second))
    second = (*pairs.second, *(name.upper() for name in again.first))
    return by_name(first, second, np.concatenate([pairs.same, again.same]), what="a list")


def test_pairs_that_come_again_count_once_and_this_is_said() -> None:
    members, nonmembers = fair()
    once = gate(members, nonmembers)
    twice = gate(repeated(members, np.arange(400)), repeated(nonmembers, np.arange(3)))
    assert twice.members == (1000, "a list; 400 more that were listed again are counted once")
    assert twice.nonmembers == (1000, "a list; 3 more that were listed again are counted once")
    counted = [check.message for check in twice.checks if check.name != "blind baseline"]
    assert counted == [check.message for check in once.checks if check.name != "blind baseline"]


def test_features_go_with_the_pairs_that_are_left() -> None:
    members, nonmembers = fair()
    one, two = np.zeros((1000, 2)), np.zeros((1000, 2))
    one[5] = np.nan
    more = np.vstack([one, np.full((400, 2), np.nan)])
    found = gate(repeated(members, np.arange(400)), nonmembers, features=(more, two))
    (complete,) = (check for check in found.checks if check.name == "complete features")
    assert dict(complete.figures)["members"] == 0.001, "one of 1,000"
    with pytest.raises(InputError, match="expected features"):
        gate(repeated(members, np.arange(400)), nonmembers, features=(one, two))


def test_a_pair_with_both_labels_is_left_out() -> None:
    members, nonmembers = fair()
    rows = np.arange(7)
    other = by_name(members.first[:7], members.second[:7], ~members.same[rows])
    both = by_name(
        members.first + other.first,
        members.second + other.second,
        np.concatenate([members.same, other.same]),
    )
    assert gate(both, nonmembers).members == (993, "; 14 with both labels are left out")
    none = gate(both.take([0, 1000]), nonmembers)
    assert none.outcome == "inconclusive"
    assert "no pair in the list of members" in none.verdict


def test_letter_case_does_not_hide_that_lists_are_the_same() -> None:
    members, _ = fair()
    capitals = [[name.upper() for name in side] for side in (members.first, members.second)]
    found = gate(members, by_name(*capitals, members.same))
    assert "both lists hold the same pairs" in found.verdict
    exact = PairList(*(tuple(side) for side in capitals * 2), members.same)
    assert gate(members, exact).outcome != "inconclusive"
