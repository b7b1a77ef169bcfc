"""What linkage audits find of planted templates, whose truth is known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from audit.linkage.planted import PEOPLE, PHOTOS, SIZE, people_apart, people_of, scenario_of
from faceaudit.audit.linkage.comparing import LinkedPeople
from faceaudit.audit.linkage.figures import linkage_evidence, linkage_figures
from faceaudit.metrics import normalized
from faceaudit.types import Estimate

NEAR = people_apart(0.5)
"""Templates by which people are told apart nearly always."""


def figures(people: LinkedPeople) -> dict[str, Any]:
    return {one.metric: one.estimate for one in linkage_figures(people)}


def test_without_protection_people_are_linked_and_named_and_d_sys_is_near_1() -> None:
    found = figures(people_of(scenario_of(NEAR, protections=["none"]), "cosine"))
    assert found["linked@fmr=0.01"].value > 0.95
    assert found["named"].value > 0.95
    assert found["named_tpir@fpir=0.1"].value > 0.9
    assert found["d_sys"].value > 0.9
    assert found["maximal_leakage"].value > 0.9
    assert found["linked@fmr=0.01"].n == 60
    assert found["tmr@fmr=0.01"] == found["tmr_unprotected@fmr=0.01"]


@pytest.mark.parametrize("keys", ["system", "person"])
def test_keyed_projections_hold_with_other_keys_and_give_all_when_both_are_known(
    keys: str,
) -> None:
    scenario = scenario_of(NEAR, protections=["none", "random_projection"], keys=keys)
    plain = figures(people_of(scenario, "cosine"))
    same = figures(people_of(scenario, "cosine", "same_key"))
    other = figures(people_of(scenario, "cosine", "other_key"))
    known = figures(people_of(scenario, "known_key", "other_key"))
    assert other["linked@fmr=0.01"].value < 0.1
    assert other["named"].value < 0.1
    assert other["d_sys"].low == 0
    assert other["d_sys"].value <= other["d_sys:floor"].high
    for name in ("linked@fmr=0.01", "named", "d_sys"):
        assert known[name].value == pytest.approx(plain[name].value, abs=0.01)
    assert same["linked@fmr=0.01"].value > 0.9
    # Under a key for everybody every cosine is what it was.
    if keys == "system":
        assert same["d_sys"].value == pytest.approx(plain["d_sys"].value, abs=0.01)


def test_own_photos_teach_what_one_key_for_everybody_does_and_few_teach_little() -> None:
    scenario = scenario_of(NEAR, protections=["biohash"], photos=[200])
    for second in ("other_key", "public"):
        found = figures(people_of(scenario, "linear_adapter", second))
        assert found["linked@fmr=0.1"].low > 0.5
        assert found["d_sys"].low > 0.5
    few = figures(
        people_of(
            scenario_of(NEAR, protections=["biohash"], photos=[4]), "linear_adapter", "other_key"
        )
    )
    assert few["linked@fmr=0.1"].value < found["linked@fmr=0.1"].value - 0.3


def test_databases_of_two_networks_are_linked_by_what_is_learned() -> None:
    turned = np.linalg.qr(np.random.default_rng(3).normal(size=(SIZE, SIZE)))[0]
    second = normalized((NEAR @ turned).astype(np.float32))
    scenario = scenario_of(NEAR, second, protections=["none"])
    people = people_of(scenario, "linear_adapter")
    found = figures(people)
    assert found["linked@fmr=0.01"].value > 0.95
    assert people.own is not None
    assert len(people.own.people) == 200
    # People of one network that have nothing in common with those of the other are not linked.
    other = people_apart(0.5, seed=9)
    found = figures(people_of(scenario_of(NEAR, other, protections=["none"]), "linear_adapter"))
    assert found["linked@fmr=0.01"].low <= 0.01
    assert found["d_sys"].low == 0


def test_templates_that_know_nobody_link_as_many_as_chance() -> None:
    rng = np.random.default_rng(2)
    nothing = normalized(rng.normal(size=(PEOPLE * PHOTOS, SIZE)).astype(np.float32))
    found = figures(people_of(scenario_of(nothing, protections=["none"]), "cosine"))
    assert found["linked@fmr=0.1"].low <= 0.1 <= found["linked@fmr=0.1"].high
    assert found["named"].value <= 0.05
    assert found["d_sys"].low == 0
    assert found["maximal_leakage"].low == 0


def test_with_keys_of_persons_strangers_have_the_key_of_whom_they_claim_to_be() -> None:
    """Else nobody's template would do: keys alone would tell people apart."""
    rng = np.random.default_rng(2)
    nothing = normalized(rng.normal(size=(PEOPLE * PHOTOS, SIZE)).astype(np.float32))
    scenario = scenario_of(nothing, protections=["random_projection"], keys="person")
    found = figures(people_of(scenario, "cosine", "same_key"))
    assert found["tmr@fmr=0.1"].value == pytest.approx(0.1, abs=0.06)


def test_what_adapted_templates_really_let_in_is_counted_on_the_attacked() -> None:
    people = people_of(scenario_of(NEAR, protections=["biohash"]), "linear_adapter", "other_key")
    found = figures(people)
    first = normalized(people.brought.first[:60]).astype(np.float64)
    second = normalized(people.brought.second[60:120]).astype(np.float64)
    scores = first @ second.T
    others = scores[~np.eye(60, dtype=bool)]
    for metric, matcher in (
        ("linked", people.recalibrated),
        ("linked_as_system", people.as_system),
    ):
        threshold = matcher.thresholds[0.1]
        assert found[f"{metric}_fmr@fmr=0.1"].value == pytest.approx(np.mean(others >= threshold))
        assert found[f"{metric}@fmr=0.1"].value == pytest.approx(
            np.mean(np.diag(scores) >= threshold)
        )


def test_ranks_and_searches_are_those_of_a_sorted_row() -> None:
    noisy = people_apart(1.5)
    people = people_of(scenario_of(noisy, protections=["none"]), "cosine")
    searches, person, strangers = people.named
    rows = np.arange(len(people.rows))
    assert strangers == 45
    assert searches.people == 60 + 45
    assert len(person) == 60 + 45
    evidence = linkage_evidence(people)
    ranks = evidence.columns["rank"][:60]
    # The same by brute force over everybody whom the gallery may hold: never a better rank.
    scores = noisy[people.rows[:60]] @ noisy[people.rows[60:120]].T
    least = 1 + np.sum(scores > np.diag(scores)[:, None], axis=1)
    assert (ranks >= least).all()
    assert (ranks == least).mean() > 0.2
    found = figures(people)
    assert found["named"].value == pytest.approx(np.mean(ranks == 1))
    assert len(rows) == len(people.ids)


def test_nobody_is_in_two_parties_and_attacked_people_fix_no_threshold() -> None:
    scenario = scenario_of(NEAR, protections=["none"])
    people = people_of(scenario, "cosine")
    attacked = set(people.person[:60].tolist())
    assert attacked == set(people.person[60:120].tolist())
    others = set(people.person[120:].tolist())
    own = set(scenario.person[scenario.own(200)].tolist())
    assert not attacked & others
    assert not attacked & own
    assert not others & own
    before = people.recalibrated.thresholds, people.as_system.thresholds
    changed = NEAR.copy()
    changed[scenario.parties.stolen] = changed[scenario.parties.stolen][::-1]
    again = people_of(scenario_of(changed, protections=["none"]), "cosine")
    assert (again.recalibrated.thresholds, again.as_system.thresholds) == before
    assert figures(again)["linked@fmr=0.01"].value < 0.1


def test_fewer_own_photos_are_the_first_of_more() -> None:
    scenario = scenario_of(NEAR, protections=["none"])
    assert set(scenario.own(50)) < set(scenario.own(200))
    assert len(scenario.own(50)) == 50


@pytest.mark.parametrize("session", [1, PHOTOS])
def test_photos_of_one_person_make_no_two_mated_comparisons_and_are_never_the_same_photo(
    session: int,
) -> None:
    people = people_of(scenario_of(NEAR, protections=["none"], session=session), "cosine")
    mated, others = people.for_unlinkability
    assert (people.person[mated.first] == people.person[mated.second]).all()
    assert (mated.first != mated.second).all()
    assert len(set(people.person[mated.first].tolist())) == len(mated) == 60 + 90
    assert (people.person[others.first] != people.person[others.second]).all()
    assert len(others) == 5 * len(mated)


def test_people_who_fix_thresholds_are_compared_with_themselves_across_sessions() -> None:
    scenario = scenario_of(NEAR, protections=["none"], session=2)
    people = people_of(scenario, "cosine")
    group = scenario.embedded.faces.group[people.rows]
    pairs = people.further_mated
    several = [
        len(set(group[people.person == who].tolist())) > 1
        for who in people.person[pairs.first].tolist()
    ]
    assert np.mean(several) > 0.3
    np.testing.assert_array_equal(group[pairs.first] != group[pairs.second], several)


def test_evidence_has_a_row_for_each_comparison_called_after_its_photos() -> None:
    people = people_of(scenario_of(NEAR, protections=["none"]), "cosine")
    evidence = linkage_evidence(people)
    assert len(set(evidence.ids)) == len(evidence.ids)
    first, second = evidence.ids[0].split("|")
    assert first.partition("/")[0] == second.partition("/")[0]
    same = evidence.columns["same"]
    found = figures(people)["d_sys"]
    assert isinstance(found, Estimate)
    assert int(same.sum()) == found.n
    assert (evidence.columns["rank"][same & evidence.columns["attacked"]] >= 1).all()
    assert (evidence.columns["rank"][~same] == -1).all()


def test_a_rate_that_too_few_people_can_show_says_why() -> None:
    scenario = scenario_of(NEAR, protections=["none"], fmrs=[0.00001], fpirs=[0.001])
    found = {one.metric: one for one in linkage_figures(people_of(scenario, "cosine"))}
    for metric in ("linked@fmr=1e-05", "linked_as_system@fmr=1e-05", "tmr@fmr=1e-05"):
        assert found[metric].estimate is None
        assert "expected" in found[metric].why_none
    assert found["named_tpir@fpir=0.001"].why_none


def test_keys_differ_between_databases_people_and_seeds() -> None:
    person = np.arange(50)
    by_person = scenario_of(NEAR, protections=["biohash"], keys="person")
    first, second = (by_person.keys_of(person, other=other) for other in (False, True))
    assert len(set(first.tolist()) | set(second.tolist())) == 100
    one = scenario_of(NEAR, protections=["biohash"])
    keys = [set(one.keys_of(person, other=other).tolist()) for other in (False, True)]
    assert [len(some) for some in keys] == [1, 1]
    assert keys[0] != keys[1]
    assert not set(first.tolist()) & (keys[0] | keys[1])
    later = scenario_of(NEAR, protections=["biohash"], seed=1)
    assert set(later.keys_of(person, other=False).tolist()) != keys[0]


def test_a_systems_thresholds_are_those_of_its_own_key() -> None:
    scenario = scenario_of(NEAR, protections=["biohash"])
    people = people_of(scenario, "cosine", "other_key")
    protection = people.case.tried.protection
    own, first = (
        scenario.system(protection, second=True, other_key=other) for other in (True, False)
    )
    assert people.as_system is own
    assert own is not first


def test_strangers_claim_the_key_of_whom_they_say_they_are() -> None:
    """All templates are alike in part: under one key that shows, and keys apart would hide it."""
    alike = normalized(NEAR + 2 * np.ones(SIZE, dtype=np.float32) / np.sqrt(SIZE))
    thresholds = {}
    for keys in ("system", "person"):
        scenario = scenario_of(alike, protections=["biohash"], keys=keys)
        protection = people_of(scenario, "cosine", "same_key").case.tried.protection
        thresholds[keys] = scenario.system(protection, second=False).thresholds[0.1]
    assert thresholds["person"] > 0.6
    assert abs(thresholds["person"] - thresholds["system"]) < 0.15


def test_nobody_fixes_thresholds_with_more_photos_than_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("faceaudit.audit.linkage.scenario.EACH", PHOTOS - 1)
    scenario = scenario_of(NEAR, protections=["none"])
    _, count = np.unique(scenario.person[scenario.thresholds], return_counts=True)
    assert set(count.tolist()) == {PHOTOS - 1}


def test_every_score_is_kept_as_it_was_compared() -> None:
    people = people_of(scenario_of(NEAR, protections=["none"]), "cosine")
    kept = linkage_evidence(people).columns["score"]
    mated, others = people.for_unlinkability
    np.testing.assert_array_equal(kept, people.scores(mated.and_(others)))
