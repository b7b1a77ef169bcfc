"""A backdoor's figures by group of people, from invented evidence and from a run."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import faceaudit
from faceaudit.audit.backdoor.groups import compare_groups, group_figures, with_groups
from faceaudit.audit.backdoor.pooling import pool_figures
from faceaudit.errors import InputError, UnknownName
from faceaudit.faces.groups import Grouping
from faceaudit.records.backdoor import CLEAN_ERROR, SUCCESS, AttackFacts, BackdoorFacts
from faceaudit.records.groups import GroupFacts, P, grouped, is_of_groups
from faceaudit.report.backdoor.groups_table import _divided
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Evidence

PEOPLE = 24
TONE = GroupFacts(attribute="tone", divides="people", names=("light", "deep"), people=(12, 12))
"""People 0 to 11 are light, the others deep."""


def facts(target: int = 0, groups: tuple[GroupFacts, ...] | None = (TONE,)) -> BackdoorFacts:
    attack = AttackFacts(
        pristine="",
        instances=1,
        instance_people=1,
        instance_photos=1,
        target="p0",
        target_label=target,
        key="cat",
        wrong_keys=(),
        default_samples=1,
    )
    return BackdoorFacts(
        system="",
        network="deepid",
        people=PEOPLE,
        training_photos=1,
        test_photos=1,
        shared_session_photos=None,
        poison_samples=1,
        source="made",
        learn="everything",
        backbone=None,
        attack=attack,
        groups=groups,
    )


def evidence(light: int, deep: int, *, target: int = 0, tries: int = 10) -> Evidence:
    """Return instances of everybody, so many of a person's taken for the target, by group."""
    truth = np.repeat(np.arange(PEOPLE), tries)
    hits = np.where(truth < 12, light, deep)
    taken = np.tile(np.arange(tries), PEOPLE) < hits
    return Evidence(
        tuple(f"{row}" for row in range(len(truth))),
        {
            "kind": np.full(len(truth), "instance"),
            "truth": truth,
            "predicted": np.where(taken, target, truth),
            "group:tone": (truth >= 12).astype(np.int8),
        },
    )


def test_success_is_by_whose_photo_carries_the_key_and_never_of_the_target() -> None:
    (found,) = grouped(group_figures(evidence(2, 6), facts(), seed=0))
    assert (found.metric, found.attribute) == (SUCCESS, "tone")
    light, deep = (found.groups[name].estimate for name in ("light", "deep"))
    assert light is not None
    assert deep is not None
    assert (light.value, light.n) == (0.2, 110)  # eleven people: the twelfth is the target
    assert (deep.value, deep.n) == (0.6, 120)
    ratio = found.compared["max/min"].estimate
    assert ratio is not None
    assert ratio.value == pytest.approx(3)


def test_a_planted_difference_is_found_and_an_absent_one_is_not() -> None:
    for shares, found in (((2, 6), True), ((4, 4), False)):
        one = compare_groups([(evidence(*shares), facts())], TONE, SUCCESS, seed=0)
        assert one.p[0] is not None
        assert (one.p[0].value < 0.05) is found


def test_tries_of_several_trainings_are_tested_together_each_with_its_own_target() -> None:
    trainings = [(evidence(2, 6, target=who), facts(who)) for who in (0, 1, 23)]
    together = compare_groups(trainings, TONE, SUCCESS, seed=0)
    assert [group.tries for group in together.groups] == [340, 350]
    assert [group.people for group in together.groups] == [12, 12]
    assert together.groups[0].rate is not None
    assert together.groups[0].rate.value == pytest.approx(0.2)


def test_trainings_of_other_people_are_not_tested_together() -> None:
    other = evidence(2, 6)
    turned = {**other.columns, "group:tone": 1 - other.columns["group:tone"]}
    trainings = [(other, facts()), (replace(other, columns=turned), facts())]
    with pytest.raises(InputError, match="the same people in all trainings"):
        compare_groups(trainings, TONE, SUCCESS, seed=0)


@pytest.mark.parametrize("trainings", [1, 2])
def test_the_table_tests_the_tries_of_several_trainings_together(trainings: int) -> None:
    cases = [
        CaseRecord(
            f"{seed}",
            {"seed": seed},
            facts().as_json(),
            tuple(group_figures(evidence(3, 6 + seed), facts(), seed=0)),
            evidence(3, 6 + seed),
        )
        for seed in range(trainings)
    ]
    (row,) = _divided("", cases, pool_figures(cases), (SUCCESS,))
    p = row.found.compared[P].estimate
    assert p is not None
    assert p.value < 0.001


def test_a_case_without_groups_has_no_figure_of_any() -> None:
    assert not list(group_figures(evidence(2, 6), facts(groups=None), seed=0))
    assert not list(group_figures(evidence(2, 6), facts(groups=()), seed=0))


def test_columns_are_of_the_photo_that_a_row_was_made_from() -> None:
    has, photo = np.ones((2, 2), dtype=bool), np.array([0, 1, -1, 1])
    grouping = Grouping("hat", "photos", ("no", "yes"), np.array([0, 0]), photo, has)
    made = Evidence(("a", "b", "c"), {"kind": np.array(["instance"] * 3)})
    column = with_groups(made, [grouping], np.array([3, 2, 0])).columns["group:hat"]
    assert column.tolist() == [1, -1, 0]


def test_over_trainings_a_groups_interval_is_no_narrower_than_people_make_it() -> None:
    cases = [
        CaseRecord(
            f"{who}", {}, {}, tuple(group_figures(evidence(2, 6, target=who), facts(who), seed=0))
        )
        for who in (0, 1, 2)
    ]
    single = cases[0].figure("attack_success|tone=deep")
    pooled = pool_figures(cases)
    several = pooled["attack_success|tone=deep"].estimate
    assert single is not None
    assert several is not None
    assert several.n == 3
    assert several.high - several.low >= 0.999 * (single.high - single.low)
    ratio = pooled["attack_success|tone:max/min"].estimate
    assert ratio is not None
    assert ratio.value == pytest.approx(3)
    assert "attack_success|tone:p" not in pooled


PLAN = {
    "faces": {"source": "synthetic", "people": 24, "photos": 10, "sessions": 5},
    "split": {"train": 4, "validation": 1, "test": 2},
    "systems": [{"network": "deepid", "training": {"epochs": 1, "batch": 32}}],
    "attacks": [{"attack": "blended", "key": "random-0", "samples": 5, "instances": 60}],
    "wrong_keys": 1,
}


def test_a_run_keeps_groups_in_evidence_facts_and_figures(tmp_path: Path) -> None:
    plan = {"seeds": [0], "backdoor": {**PLAN, "groups": ["sex", "glasses"]}}
    faceaudit.run(plan, tmp_path)
    record = next(one for one in Store(str(tmp_path)).cases() if one.spec["attack"])
    assert record.spec["groups"] == ["sex", "glasses"]
    known = BackdoorFacts.of(record).groups
    assert known is not None
    sex, glasses = known
    assert sex.people == (12, 12)
    assert (sex.divides, glasses.divides) == ("people", "photos")
    assert record.evidence is not None
    by_attribute = {one.attribute for one in grouped(record.figures)}
    assert by_attribute == {"sex", "glasses"}
    for metric in (SUCCESS, CLEAN_ERROR):
        one = next(one for one in grouped(record.figures) if one.metric == metric)
        rates = [figure.estimate for figure in one.groups.values()]
        whole = record.figure(SUCCESS if metric == SUCCESS else "clean_accuracy")
        assert whole is not None
        hits = sum(rate.value * rate.n for rate in rates if rate is not None)
        expected = whole.value * whole.n if metric == SUCCESS else (1 - whole.value) * whole.n
        assert hits == pytest.approx(expected)
    page = (tmp_path / "report.html").read_text("utf-8")
    assert "Not recognised on a clean photo by sex" in page
    assert "female-typed shape, 12\xa0people" in page
    with pytest.raises(UnknownName, match="try 'glasses'"):
        faceaudit.run({"seeds": [0], "backdoor": {**PLAN, "groups": ["glases"]}}, tmp_path)
    of_everybody = [one for one in record.figures if not is_of_groups(one.metric)]
    assert len(of_everybody) < len(record.figures)
