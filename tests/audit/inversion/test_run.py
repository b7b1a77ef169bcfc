"""Inversion audits from plan to store: ids, records, pictures, and nobody's name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from audit.inversion.test_plan import FACES, TRAINED
from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.inversion.kind import InversionKind
from faceaudit.audit.inversion.plan import InversionPlan
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.records.inversion import (
    OTHERS,
    PHOTO,
    TYPE_I,
    TYPE_II,
    InversionFacts,
    at_fmr,
)
from faceaudit.report.page import render
from faceaudit.store import CaseRecord, Store

SECTION: dict[str, Any] = {
    "faces": FACES,
    "embedders": [TRAINED, {**TRAINED, "pretraining": {**TRAINED["pretraining"], "seed": 5}}],
    "parties": {"attacked": 8},
    "fmrs": [0.1],
    "attacks": ["look_alike", {"attack": "search", "queries": 24, "population": 8}],
    "protections": ["none", "biohash"],
    "trials": 2,
    "pictures": 3,
}


def jobs(store: Store, **changed: Any) -> list[Job]:
    plan = InversionPlan(**{**SECTION, **changed})
    return list(InversionKind().prepare(plan, (0,), store, workspace(store)).jobs)


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(str(tmp_path_factory.mktemp("inversion") / "audit"))
    summary = run(Plan(inversion=SECTION), store)
    assert summary.failed == ()
    assert summary.ran == 5
    return store


def case(store: Store, attack: str, key: str = "none") -> CaseRecord:
    (found,) = (
        one
        for one in store.cases()
        if one.spec["attack"]["attack"] == attack and one.spec["key"] == key
    )
    return found


def test_a_run_keeps_figures_raw_scores_and_what_the_attacker_had(audited: Store) -> None:
    record = case(audited, "search")
    facts = InversionFacts.of(record)
    assert (facts.people, facts.trials, facts.access) == (8, 2, "scores")
    assert [one.title for one in facts.networks] == ["deepid 1", "deepid 2"]
    assert facts.learned_people + facts.threshold_people + facts.people == 40
    assert record.evidence is not None
    assert len(record.evidence) == 16
    assert record.evidence.columns["queries"].max() <= 24
    threshold = facts.thresholds[0].threshold
    passed = record.evidence.columns["other"][:, 0] >= threshold
    success = record.figure(at_fmr(TYPE_II, 0.1))
    assert success is not None
    assert success.value == pytest.approx(passed.mean())
    assert success.n == 16


def test_cases_of_a_protection_with_keys_differ_in_what_is_known(audited: Store) -> None:
    known, secret = (case(audited, "look_alike", key) for key in ("known", "secret"))
    assert "undone" in InversionFacts.of(known).estimated
    assert "another key" in InversionFacts.of(secret).estimated
    assert InversionFacts.of(case(audited, "search", "secret")).estimated == ""


def test_pictures_of_the_first_people_are_kept(audited: Store) -> None:
    for record in audited.cases():
        names = {f"{what}-{place}" for what in ("original", "rebuilt") for place in range(3)}
        assert set(record.pictures) == names


def test_the_report_shows_everything(audited: Store) -> None:
    page = render(audited)
    for said in (
        "Stolen templates",
        "The stolen photo itself",
        "BioHash, keys not known",
        "Type II",
    ):
        assert said in page
    assert "threat-inversion-template" in page


def test_a_second_run_has_nothing_to_do_and_a_further_attack_runs_alone(audited: Store) -> None:
    assert run(Plan(inversion=SECTION), audited).ran == 0
    more = {**SECTION, "attacks": [*SECTION["attacks"], "average_face"], "protections": ["none"]}
    assert run(Plan(inversion=more), audited).ran == 1


def test_a_job_rebuilt_elsewhere_finds_the_same(audited: Store, tmp_path: Path) -> None:
    (job,) = (
        one
        for one in jobs(audited)
        if one.spec["attack"]["attack"] == "search" and one.spec["key"] == "none"
    )
    again = Job(**json.loads(json.dumps(job.as_json())))
    other = Store(str(tmp_path / "elsewhere"))
    record = InversionKind().execute(again, other, workspace(other))
    before = case(audited, "search")
    assert record.figures == before.figures
    assert InversionKind().pictures(again, other, workspace(other)) == dict(before.pictures)


def test_ids_hold_all_that_changes_a_figure_and_nothing_else(audited: Store) -> None:
    ids = {job.id for job in jobs(audited)}
    for changed in (
        {"trials": 3},
        {"fmrs": [0.2]},
        {"parties": {"attacked": 7}},
        {"embedders": SECTION["embedders"][::-1]},
        {"faces": {**FACES, "people": 41}},
        {"attacks": ["average_face", {"attack": "search", "queries": 25, "population": 8}]},
    ):
        assert not ids & {job.id for job in jobs(audited, **changed)}, changed
    assert {job.id for job in jobs(audited, pictures=0)} == ids
    some = {"protections": ["none", {"protection": "biohash", "bits": 32}]}
    assert len(ids & {job.id for job in jobs(audited, **some)}) == 2
    # Without a protection nothing hangs on keys or own photos that are stored.
    assert len(ids & {job.id for job in jobs(audited, keys="system")}) == 2
    # Who asks the system has no use for own photos that it stores.
    same = [job.spec for job in jobs(audited, enrolments=50) if job.id in ids]
    assert [(one["attack"]["attack"], one["key"]) for one in same] == [
        ("look_alike", "none"),
        ("search", "none"),
        ("search", "secret"),
    ]


def test_versions_of_parts_of_an_attack_are_in_its_id(
    audited: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = {job.id: job.spec["attack"]["attack"] for job in jobs(audited)}
    attack = InversionPlan(**SECTION).attacks[1]
    monkeypatch.setattr(type(attack.generator), "version", 99)  # type: ignore[attr-defined]
    after = {job.id for job in jobs(audited)}
    assert {name for id_, name in before.items() if id_ not in after} == {"search"}


def test_a_seed_deals_other_people(audited: Store) -> None:
    plan = InversionPlan(**SECTION)
    found = InversionKind().prepare(plan, (0, 1), audited, workspace(audited)).jobs
    assert len({job.id for job in found}) == 2 * len(jobs(audited))


def test_a_search_passes_with_the_stolen_photo_more_often_than_chance(audited: Store) -> None:
    record = case(audited, "search")
    own, chance = record.figure(at_fmr(TYPE_I, 0.1)), record.figure(at_fmr(OTHERS, 0.1))
    assert own is not None
    assert chance is not None
    assert own.low > chance.value


def test_real_people_are_named_nowhere_and_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path / "cache"))
    rng = np.random.default_rng(0)
    names = [f"Zebedee-{letter}" for letter in "ABCDEFGHIJKLMNOPQRST"]
    for name in names:
        (tmp_path / "photos" / name).mkdir(parents=True)
        base = rng.integers(0, 256, (6, 5, 3)).repeat(12, axis=0).repeat(12, axis=1)
        for number in range(2):
            noisy = np.clip(base + rng.normal(0, 20, base.shape), 0, 255).astype(np.uint8)
            Image.fromarray(noisy).save(tmp_path / "photos" / name / f"{number:04d}.png")
    section = {
        **SECTION,
        "faces": {"source": "folder", "path": str(tmp_path / "photos")},
        "parties": {"attacked": 5},
        "protections": ["none"],
    }
    store = Store(str(tmp_path / "audit"))
    assert run(Plan(inversion=section), store).failed == ()
    for record in store.cases():
        assert (record.pictures, record.withheld) == ({}, 6)
        assert record.evidence is not None
        assert all(id_.startswith("photo-") for id_ in record.evidence.ids)
    kept = [path for path in (tmp_path / "audit").rglob("*") if path.is_file()]
    assert kept
    for path in kept:
        assert b"Zebedee" not in path.read_bytes(), path
    run(Plan(inversion=section, show={"faces": True}), store)
    for record in store.cases():
        assert len(record.pictures) == 6


def test_an_attack_on_labels_without_any_threshold_is_refused_before() -> None:
    asked = {**SECTION, "attacks": [{"attack": "label_search", "queries": 20}, "look_alike"]}
    # 40 people, 8 of them attacked; half of the others have 2 photos each: 480 comparisons.
    for fmrs in ([0.1], [0.00001, 0.0021]):
        assert list(InversionKind().obstacles(InversionPlan(**asked | {"fmrs": fmrs}), (0,))) == []
    (error,) = InversionKind().obstacles(InversionPlan(**asked | {"fmrs": [0.002]}), (0,))
    assert "expected a rate that 480 comparisons of strangers can tell" in str(error)
    assert "try 0.0021 or more" in str(error)


def test_a_rate_that_few_strangers_cannot_tell_is_not_measured(tmp_path: Path) -> None:
    section = {
        **SECTION,
        "fmrs": [0.00001],
        "attacks": ["look_alike"],
        "protections": ["none"],
    }
    store = Store(str(tmp_path / "audit"))
    assert run(Plan(inversion=section), store).failed == ()
    record = case(store, "look_alike")
    figure = next(one for one in record.figures if one.metric == at_fmr(TYPE_II, 0.00001))
    assert figure.estimate is None
    assert figure.why_none
    page = render(store)
    assert "Not measured" in page
    assert "No success of an inversion was measured" in page


def test_the_stolen_photo_says_what_there_is_to_be_had(audited: Store) -> None:
    for record in audited.cases():
        assert record.figure(at_fmr(TYPE_II, 0.1, PHOTO)) is not None


def test_an_identifier_is_trained_attacked_and_judged_by_another_network(tmp_path: Path) -> None:
    identifier = {
        "faces": {"source": "synthetic", "people": 7, "photos": 12, "sessions": 2, "seed": 0},
        "split": {"train": 8, "validation": 2, "test": 2, "donors": 0},
        "system": {"network": {"network": "deepid", "width": 0.25}, "training": {"epochs": 1}},
        "attacks": [{"attack": "search", "queries": 16, "population": 8}],
        "attacked": 4,
    }
    section = {**SECTION, "attacks": [], "identifier": identifier, "trials": 1, "pictures": 2}
    plan = InversionPlan(**section)
    kind = InversionKind()
    assert list(kind.obstacles(plan, (0,))) == []
    cost = kind.cost(plan, (0, 1), look=True)
    assert (cost.cases, cost.trainings, cost.people) == (2, 2, 40 + 7)
    assert cost.training_photos is not None
    assert cost.training_photos >= 2 * 7 * 8  # and those of pretraining
    sizes = {(one.name, size) for one, size in kind.loads(plan)}
    assert sizes == {("synthetic", (55, 47))}
    store = Store(str(tmp_path / "audit"))
    assert run(Plan(inversion=section), store).failed == ()
    (record,) = store.cases()
    assert record.spec["part"] == "identifier"
    (job,) = kind.prepare(plan, (0,), store, workspace(store)).jobs
    assert kind.pictures(job, store, workspace(store)) == dict(record.pictures)
    assert {row.attack for row in kind.rows(record)} == {"search (queries 16, population 8)"}
    page = render(store)
    assert "Named by the identifier itself" in page
    assert "threat-inversion-identifier" in page
    assert "threat-inversion-template" not in page


def test_too_few_photos_for_the_identifiers_split_are_said_before() -> None:
    identifier = {
        "faces": {"source": "synthetic", "people": 7, "photos": 1, "sessions": 1, "seed": 0},
        "split": {"train": 8, "validation": 2, "test": 2, "donors": 0},
        "system": {"network": "deepid"},
        "attacks": ["search"],
    }
    plan = InversionPlan(**{**SECTION, "identifier": identifier})
    assert [error for error in InversionKind().obstacles(plan, (0,)) if "photos" in str(error)]


def test_a_count_of_queries_is_no_share(audited: Store) -> None:
    rows = list(InversionKind().rows(case(audited, "look_alike")))
    shares = {row.metric: row.is_share for row in rows}
    assert shares["solution_rate"]
    assert not shares["queries"]


def test_templates_of_a_network_with_another_length_can_be_stolen(tmp_path: Path) -> None:
    narrow = {**TRAINED, "network": {"network": "deepid", "width": 0.5}}
    section = {
        **SECTION,
        "embedders": [TRAINED, narrow],
        "attacks": [{"attack": "adapted", "photos": 40}],
        "protections": ["none"],
        "trials": 1,
    }
    store = Store(str(tmp_path / "audit"))
    assert run(Plan(inversion=section), store).failed == ()
    (record,) = store.cases()
    assert record.figure(at_fmr(TYPE_II, 0.1)) is not None
