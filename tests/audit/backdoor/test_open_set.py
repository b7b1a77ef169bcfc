"""Strangers with a key: who is dealt to which party, and what a plan with them runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceaudit.audit.backdoor.cost import backdoor_work
from faceaudit.audit.backdoor.kind import BackdoorKind
from faceaudit.audit.backdoor.open_set import compare_all, compare_rows, deal, directions
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.errors import OptionError
from faceaudit.records.backdoor import (
    OPEN_KEYED_FMR,
    OPEN_NULL,
    OPEN_SUCCESS,
    BackdoorFacts,
    at_fmr,
)
from faceaudit.store import CaseRecord, Store
from helpers.faces import blocks

FACES = {"source": "synthetic", "people": 38, "photos": 14, "sessions": 2}
SECTION: dict[str, Any] = {
    "split": {"train": 5, "validation": 2, "test": 3},
    "systems": [{"network": {"network": "deepid", "width": 0.25}, "training": {"epochs": 1}}],
    "attacks": [
        {"attack": "blended", "samples": 4, "instances": 4},
        {"attack": "input_instance", "samples": 2, "instances": 3},
    ],
    "wrong_keys": 2,
    "unseen": 33,
    "open_set": True,
}


def section(**changed: object) -> BackdoorPlan:
    return BackdoorPlan(**{"faces": FACES, "seeds": [0], **SECTION, **changed})


def scenario(seed: int = 0, test: int = 4) -> BackdoorScenario:
    faces = blocks(15, 12)
    plan = section(unseen=12, split={"train": 4, "validation": 2, "test": test})
    return BackdoorScenario(plan, plan.systems[0], seed, faces, plan.enrol(faces, seed), 1)


def test_parties_share_nobody_and_none_of_the_strangers_was_enrolled() -> None:
    made = scenario()
    parties, faces, split = deal(made), made.faces, made.split
    people = {
        name: set(faces.identity[getattr(parties, name)].tolist())
        for name in ("thresholds", "strangers", "enrolled", "gallery")
    }
    assert len(people["thresholds"]) == 8
    assert len(people["strangers"]) == 4
    assert not people["thresholds"] & people["strangers"]
    for unseen in ("thresholds", "strangers"):
        assert (split.label[getattr(parties, unseen)] == -1).all()
        assert np.bincount(faces.identity[getattr(parties, unseen)]).max() == 5
    assert people["enrolled"] == {made.target_identity}
    assert sorted(split.label[parties.gallery]) == list(range(len(split.names)))


def test_no_photo_that_is_enrolled_or_searched_taught_anybody() -> None:
    made = scenario()
    parties = deal(made)
    taught = {*made.split.train.tolist(), *made.split.validation.tolist()}
    used = [*parties.enrolled, *parties.gallery, *parties.mated]
    assert not taught & {int(row) for row in used}
    assert not set(parties.gallery.tolist()) & set(parties.mated.tolist())
    assert len(parties.enrolled) == 4
    assert len(parties.mated) == len(parties.gallery) == len(made.split.names)
    assert len(deal(scenario(test=1)).mated) == 0


def test_the_seed_deals_people() -> None:
    dealt = [deal(scenario(seed)).strangers.tolist() for seed in (0, 0, 1)]
    assert dealt[0] == dealt[1] != dealt[2]


def test_templates_have_length_one_but_for_those_without_a_direction() -> None:
    drawn = np.random.default_rng(0).normal(size=(6, 8)).astype(np.float32)
    drawn[2] = 0
    found = directions(drawn)
    lengths = np.linalg.norm(found, axis=1)
    np.testing.assert_allclose(lengths, [1, 1, 0, 1, 1, 1], atol=1e-6)
    expected = [[float(np.dot(one, two)) for two in found] for one in found]
    np.testing.assert_allclose(compare_all(found, found), expected, atol=1e-6)
    np.testing.assert_allclose(compare_rows(found, found[::-1]), np.diag(expected[::-1]), atol=1e-6)


def by_attack(store: Store) -> dict[str, CaseRecord]:
    """Return the cases of a store by the name of their attack."""
    return {
        "none" if case.spec["attack"] is None else case.spec["attack"]["attack"]: case
        for case in store.cases()
    }


def why(case: CaseRecord, metric: str) -> str:
    (figure,) = [figure for figure in case.figures if figure.metric == metric]
    assert figure.estimate is None
    return figure.why_none


def test_a_run_gives_figures_of_strangers_to_attacks_alone(tmp_path: Path) -> None:
    """Ids of pristine cases are those without the option, and those of attacks are others."""
    stores = [Store(tmp_path / name) for name in ("without", "with")]
    for store, wanted in zip(stores, (False, True), strict=True):
        plan = Plan(faces=FACES, backdoor={**SECTION, "open_set": wanted})
        assert not run(plan, store).failed
    without, found = (by_attack(store) for store in stores)
    assert without["none"].id == found["none"].id
    assert "open_set" not in found["none"].spec
    assert BackdoorFacts.of(found["none"]).open_set is None
    for attack, case in found.items():
        if attack == "none":
            continue
        assert without[attack].id != case.id
        assert without[attack].facts["system"] == case.facts["system"]
        assert case.spec["open_set"] == 2
        facts = BackdoorFacts.of(case).open_set
        assert facts is not None
        assert (facts.bare, facts.thresholds, facts.enrolled, facts.gallery) == (11, 22, 3, 5)
        strangers = 11 if attack == "blended" else 1
        assert facts.strangers == strangers
        probes = 11 * 5 if attack == "blended" else 3
        for metric in (OPEN_SUCCESS, OPEN_NULL):
            assert case.figure(at_fmr(metric, 0.01)).n == probes * 3
            assert "comparisons" in why(case, at_fmr(metric, 0.001))
        old = {figure.metric: figure for figure in without[attack].figures}
        assert not any(metric.startswith("open_set") for metric in old)
        assert "open_set" not in without[attack].facts
        assert {f.metric: f for f in case.figures if f.metric in old} == old
    assert "whole photo" in why(found["input_instance"], at_fmr(OPEN_KEYED_FMR, 0.01))
    assert found["blended"].figure(at_fmr(OPEN_KEYED_FMR, 0.01)) is not None


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"unseen": 11}, "at least 12 unseen people for open_set, got 11"),
        (
            {"systems": [{"network": "deepid", "learn": "last layer", "weights": "/none"}]},
            "expected systems that learn everything or a last block for open_set, got 'deepid'",
        ),
    ],
)
def test_what_says_nothing_of_an_open_set_is_refused(changed: dict[str, Any], message: str) -> None:
    with pytest.raises(OptionError, match=message):
        section(**changed)


def test_a_last_block_may_learn_but_is_not_repaired() -> None:
    systems = [{"network": "deepid", "learn": "last block", "weights": "/none", "margin": 0.2}]
    assert section(systems=systems).systems[0].learn == "last block"
    with pytest.raises(OptionError, match="the last block of 'deepid' alone learns; leave mitig"):
        section(systems=systems, mitigations=["strip"])


def test_where_strangers_are_from_and_keys_are_put_is_spelled_only_where_it_differs() -> None:
    usual = section().model_dump(mode="json")
    assert not {"unseen_from", "placed"} & set(usual)
    made = section(unseen_from="left out").model_dump(mode="json")
    assert made["unseen_from"] == "left out"


def test_work_of_a_last_block_is_a_share_of_that_of_the_network() -> None:
    def steps(learn: str) -> float:
        weights = {} if learn == "everything" else {"weights": "/none"}
        plan = section(systems=[{"network": "deepid", "learn": learn, **weights}])
        return sum(one.steps for one in backdoor_work(plan) if one.kind == "train")

    assert 0 < steps("last block") < 0.5 * steps("everything")


def test_a_plan_without_strangers_is_spelled_as_before() -> None:
    assert "open_set" not in section(open_set=False).model_dump(mode="json")
    assert section().model_dump(mode="json")["open_set"] is True


def test_too_few_people_for_a_rate_are_told_of_before_anything_runs() -> None:
    def told(unseen: int) -> list[str]:
        plan = section(unseen=unseen, faces={**FACES, "people": 120})
        return [remark for remark in BackdoorKind().remarks(plan) if "fix thresholds" in remark]

    assert "of 1 % or 0.1 %" in told(21)[0]
    assert "of 0.1 %" in told(24)[0]
    assert "1 % or" not in told(24)[0]
    assert told(72) == []
    assert not [r for r in BackdoorKind().remarks(section(open_set=False)) if "thresholds" in r]


def test_photos_that_are_shown_to_systems_are_counted() -> None:
    def recognised(**changed: object) -> float:
        (work,) = [one for one in backdoor_work(section(**changed)) if one.kind == "recognise"]
        return work.steps

    more = recognised() - recognised(open_set=False)
    strangers, unseen, enrolled, attacks = 11, 33, 5, 2
    bare = 5 * unseen + 5 + 2 * enrolled
    assert more == attacks * 2 * (bare + 5 * strangers * 3)
    assert recognised(open_set=False, unseen=0) > recognised(open_set=False)
