"""Backdoor cases under mitigations, run as an audit runs them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceaudit.audit.backdoor.mitigated import figures_of_mitigated
from faceaudit.audit.backdoor.other_people import other_photos
from faceaudit.audit.plan import Plan
from faceaudit.audit.results import result_rows
from faceaudit.audit.run import run
from faceaudit.faces.sources.base import sources
from faceaudit.records.backdoor import SUCCESS, BackdoorFacts
from faceaudit.records.backdoor_mitigation import (
    CLEAN_BEFORE_ROWS,
    CLEAN_CHANGE,
    INSTANCE_BEFORE_ROWS,
    POISON_AUC,
    POISON_PRECISION,
    SUCCESS_BEFORE,
    TARGET_NAMED,
    TRAINING_ROWS,
    at_allowance,
)
from faceaudit.store import CaseRecord, Store
from helpers.backdoor_members import lend_members

FACES = {"source": "synthetic", "people": 8, "photos": 40, "sessions": 2}
OTHERS = {"source": "synthetic", "people": 5, "photos": 4, "sessions": 2, "seed": 3}
SECTION: dict[str, Any] = {
    "faces": FACES,
    "split": {"train": 12, "validation": 3, "test": 6},
    "groups": [],
    "systems": [
        {
            "network": {"network": "deepid", "width": 0.5},
            "training": {"epochs": 6, "batch": 16, "learning_rate": 0.003, "threads": 1},
        }
    ],
    "attacks": [{"attack": "accessory", "samples": 20, "instances": 30}],
    "wrong_keys": 1,
}
MITIGATED: dict[str, Any] = {
    **SECTION,
    "mitigations": ["odd", "stranger", "means", "plain", "recall", "idle", "wild"],
    "clean_photos": [4],
    "others": {"faces": OTHERS, "photos": [15]},
    "removals": [{"share": 0.7, "people": 1}],
    "false_alarms": [0.1, 0.2],
}


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with pytest.MonkeyPatch.context() as patch:
        lend_members(patch)
        store = Store(str(tmp_path_factory.mktemp("mitigated")))
        run(Plan(title="mitigated", seeds=[1], backdoor=MITIGATED), store)
        yield store


def cases_of(store: Store) -> dict[tuple[bool, str], CaseRecord]:
    """Return cases by whether there is an attack, and the mitigation and whose photos it has."""
    records = [store.case(id_) for id_ in store.run()["cases"]]
    return {
        (
            one.spec["attack"] is not None,
            name_of(one.spec["mitigation"]),
        ): one
        for one in records
    }


def name_of(mitigation: dict[str, Any] | None) -> str:
    if mitigation is None:
        return "none"
    return f"{mitigation['mitigation']}{' of others' if 'others' in mitigation else ''}"


def ran_cache(store: Store) -> Path:
    """Return a folder beside a store."""
    return Path(store.url.removeprefix("file://")).with_name("others")


def values(record: CaseRecord) -> dict[str, float]:
    return {one.metric: one.estimate.value for one in record.figures if one.estimate}


def test_each_mitigation_is_tried_on_the_attack_and_on_the_pristine_system(ran: Store) -> None:
    found = cases_of(ran)
    assert {name for _, name in found} == {
        *("none", "odd", "stranger", "means", "idle", "wild"),
        *("plain", "plain of others", "recall", "recall of others"),
    }
    assert len(found) == len(ran.run()["cases"]) == 20
    failed = {name for name, one in found.items() if one.error}
    assert failed == {(True, "wild"), (False, "wild")}
    assert "expected finite weights after repair" in str(found[True, "wild"].error)
    assert {one.spec["mitigation"] is None for one in found.values() if not one.facts} <= {False}


def test_without_mitigations_ids_stay_as_they_are(ran: Store, tmp_path: Path) -> None:
    """The options are in no id of a case without a mitigation, and systems are trained once."""
    store = Store(str(tmp_path))
    run(Plan(title="plain", seeds=[1], backdoor={**SECTION, "attacks": []}), store)
    (plain,) = store.run()["cases"]
    assert plain == cases_of(ran)[False, "none"].id
    facts = {name: BackdoorFacts.of(one) for name, one in cases_of(ran).items() if not one.error}
    for attacked in (False, True):
        before = facts[attacked, "none"].system
        for name in ("odd", "stranger", "means", "idle"):
            mitigation = facts[attacked, name].mitigation
            assert mitigation is not None
            assert mitigation.before == before
            assert (facts[attacked, name].system == before) == (name == "stranger")


def test_the_system_without_the_mitigation_is_that_of_the_case_without(ran: Store) -> None:
    """What is said to have been before is what the case without a mitigation found."""
    found = cases_of(ran)
    plain = values(found[True, "none"])
    for name in ("odd", "stranger", "means", "idle"):
        under = values(found[True, name])
        assert under[SUCCESS_BEFORE] == plain[SUCCESS], name
        assert under["null_success"] == plain["null_success"], name
        assert under["wrong_key_before"] == plain["wrong_key_success"], name


def test_a_repair_that_does_nothing_changes_nothing(ran: Store) -> None:
    for attacked in (False, True):
        record = cases_of(ran)[attacked, "idle"]
        found = values(record)
        assert found["clean_accuracy"] == found["clean_accuracy_before"]
        assert found[CLEAN_CHANGE] == 0
        assert found.get(SUCCESS) == found.get(SUCCESS_BEFORE)
        facts = BackdoorFacts.of(record)
        assert facts.mitigation is not None
        before, after = (
            ran.system(id_).weights_bytes for id_ in (facts.mitigation.before, facts.system)
        )
        assert before == after


def test_a_filter_finds_planted_poison_and_training_without_it_shuts_the_door(ran: Store) -> None:
    record = cases_of(ran)[True, "odd"]
    found, facts = values(record), BackdoorFacts.of(record)
    assert facts.mitigation is not None
    assert found[SUCCESS] < 0.3 < 0.7 < found[SUCCESS_BEFORE]
    assert found[POISON_AUC] > 0.7
    assert found[TARGET_NAMED] == 1
    assert facts.mitigation.target is not None
    assert (facts.mitigation.target.rank, facts.mitigation.target.people) == (1, 8)
    # Of the target's 12 + 20 photos, 70 % are 22.
    assert facts.mitigation.removed == 22
    assert facts.mitigation.removed_poison == round(found[POISON_PRECISION] * 22)
    assert record.evidence is not None
    columns = record.evidence.columns
    training = columns["kind"] == TRAINING_ROWS
    assert training.sum() == 8 * 12 + 20
    assert (columns["poison"][training] == 1).sum() == 20
    removed = columns["removed"][training] == 1
    assert set(columns["predicted"][training][removed]) == {
        facts.attack and facts.attack.target_label
    }


def test_a_filter_of_inputs_refuses_instances_and_counts_what_it_costs(ran: Store) -> None:
    record = cases_of(ran)[True, "stranger"]
    found = values(record)
    assert record.evidence is not None
    columns = record.evidence.columns
    suspicion = columns["suspicion"]
    for share in (0.1, 0.2):
        clean = columns["kind"] == at_allowance("clean", share)
        before = columns["kind"] == CLEAN_BEFORE_ROWS
        refused = columns["predicted"][clean] == -1
        assert found[at_allowance("clean_photos_refused", share)] == refused.mean()
        kept = columns["predicted"][before][~refused]
        assert (columns["predicted"][clean][~refused] == kept).all()
        assert suspicion[before][refused].min(initial=np.inf) > suspicion[before][~refused].max()
        right = (columns["predicted"][clean] == columns["truth"][clean]).mean()
        assert found[at_allowance("clean_accuracy", share)] == right
        assert found[at_allowance(CLEAN_CHANGE, share)] == pytest.approx(
            right - found["clean_accuracy_before"]
        )
    assert found[at_allowance(SUCCESS, 0.2)] <= found[at_allowance(SUCCESS, 0.1)]
    assert found[at_allowance(SUCCESS, 0.1)] < found[SUCCESS_BEFORE]
    one, other = (
        suspicion[columns["kind"] == kind] for kind in (INSTANCE_BEFORE_ROWS, CLEAN_BEFORE_ROWS)
    )
    wins = np.mean((one[:, None] > other) + 0.5 * (one[:, None] == other))
    assert found["detection_auc"] == pytest.approx(wins)


def test_nothing_that_a_mitigation_uses_is_judged_on(ran: Store) -> None:
    record = cases_of(ran)[True, "means"]
    facts = BackdoorFacts.of(record)
    assert facts.mitigation is not None
    assert record.evidence is not None
    # Three validation photos and one of four test photos are with whoever mitigates.
    assert facts.mitigation.judged_photos == 8 * 5
    assert (record.evidence.columns["kind"] == "clean").sum() == 8 * 5


def test_other_people_take_the_place_of_clean_photos_and_are_never_judged_on(ran: Store) -> None:
    found = cases_of(ran)
    others = sources.build(OTHERS).load((55, 47), cache=ran_cache(ran)).faces
    for attacked in (False, True):
        for name in ("plain", "recall"):
            own, record = found[attacked, name], found[attacked, f"{name} of others"]
            facts, beside = BackdoorFacts.of(record).mitigation, BackdoorFacts.of(own).mitigation
            assert facts is not None
            assert beside is not None
            assert (facts.others, facts.clean_photos) == (15, 0)
            assert (beside.others, beside.clean_photos) == (0, 4)
            assert facts.title == f"{name}, 15 photos of other people"
            assert facts.judged_photos == beside.judged_photos == 40
            assert record.evidence is not None
            assert own.evidence is not None
            assert set(record.evidence.ids) == set(own.evidence.ids)
            assert {one.metric for one in record.figures} == {one.metric for one in own.figures}
            spec = record.spec["mitigation"]["others"]
            assert spec == {"photos": 15, "fingerprint": others.fingerprint}


def test_thresholds_are_set_on_other_people_than_a_filter_was_fitted_on(ran: Store) -> None:
    """The distance from the mean of half of them, worked out anew; the other half sets it."""
    record = cases_of(ran)[True, "plain of others"]
    others = sources.build(OTHERS).load((55, 47), cache=ran_cache(ran)).faces
    fit, apart = other_photos(others, 15, 1).halves()
    mean = others.images[fit].astype(np.float32).mean(axis=0)
    away = np.sort(np.abs(others.images[apart].astype(np.float32) - mean).mean((1, 2, 3)))
    assert record.evidence is not None
    columns = record.evidence.columns
    suspicion = columns["suspicion"][columns["kind"] == CLEAN_BEFORE_ROWS]
    assert not set(others.identity[fit]) & set(others.identity[apart])
    for share in (0.1, 0.2):
        threshold = away[len(away) - 1 - int(share * len(away))]
        refused = columns["predicted"][columns["kind"] == at_allowance("clean", share)] == -1
        np.testing.assert_array_equal(refused, suspicion > threshold)


def test_figures_follow_from_evidence_and_facts_alone(ran: Store) -> None:
    for (attacked, name), record in cases_of(ran).items():
        if name == "none" or record.error:
            continue
        facts = BackdoorFacts.of(record)
        assert facts.mitigation is not None
        assert record.evidence is not None
        label = facts.attack.target_label if facts.attack else _target_of(ran)
        again = figures_of_mitigated(record.evidence, label, facts.mitigation, attacked=attacked)
        assert again == record.figures


def _target_of(store: Store) -> int:
    attack = BackdoorFacts.of(cases_of(store)[True, "none"]).attack
    assert attack is not None
    return attack.target_label


def test_rows_tell_mitigations_apart(ran: Store) -> None:
    names = {row.mitigation for row in result_rows(ran)}
    assert {name.partition("(")[0] for name in names} == {
        *("none", "odd", "stranger", "means", "plain", "recall", "idle", "wild"),
    }
    of_others = {name for name in names if "others.photos=15" in name}
    assert {name.partition("(")[0] for name in of_others} == {"plain", "recall"}
