"""Extraction run whole on small synthetic people, and its nulls."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from audit.extraction.sections import IDENTIFIER, SECTION
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.extraction.cases import ExtractionCase, case_of
from faceaudit.audit.extraction.embedder import EmbedderToCopy
from faceaudit.audit.extraction.kind import ExtractionKind
from faceaudit.audit.extraction.parts import parts_of
from faceaudit.audit.extraction.plan import ExtractionPlan
from faceaudit.audit.extraction.transfer import _named
from faceaudit.audit.garbage import clear
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.progress import silent
from faceaudit.records.extraction import (
    AGREEMENT,
    IMPERSONATION,
    IMPERSONATION_UNCHANGED,
    INVERSION,
    NULL,
    PRIOR,
    TRUTH,
    ExtractionFacts,
)
from faceaudit.store import CaseRecord, Store
from faceaudit.systems.under_test.base import Access

PLAN = Plan(seeds=[0], extraction=SECTION)
KIND = ExtractionKind()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("extraction") / "store"


@pytest.fixture(scope="module")
def records(folder: Path) -> list[CaseRecord]:
    store = Store(folder)
    run(PLAN, store)
    return [store.case(case) for case in store.case_ids()]


def of(records: list[CaseRecord], **wanted: Any) -> list[CaseRecord]:
    return [
        one
        for one in records
        if all(getattr(ExtractionFacts.of(one), key) == value for key, value in wanted.items())
    ]


def test_every_case_ends_with_its_figures(records: list[CaseRecord]) -> None:
    assert len(records) == 16
    assert [one.error for one in records] == [None] * 16
    for record in records:
        facts = ExtractionFacts.of(record)
        assert facts.queries == facts.budget
        for metric in (AGREEMENT, PRIOR, NULL):
            found = record.figure(metric)
            assert found is not None
            assert found.n == facts.held_out
        assert record.evidence is not None
        agree = record.evidence.columns["copy"] == record.evidence.columns["victim"]
        agreement = record.figure(AGREEMENT)
        assert agreement is not None
        assert agreement.value == pytest.approx(agree.mean())


def test_true_labels_are_there_where_people_are_known(records: list[CaseRecord]) -> None:
    for record in records:
        facts = ExtractionFacts.of(record)
        strangers = facts.victim == "identifier" and facts.asked == "others"
        assert (record.figure(TRUTH) is None) == strangers


def test_every_trained_system_is_one_that_a_case_names(
    records: list[CaseRecord], folder: Path
) -> None:
    for record in records:
        assert bool(ExtractionFacts.of(record).truth_id) == (record.figure(TRUTH) is not None)
    assert clear(Store(folder)).garbage == ()


def test_copies_are_used_against_the_victim_with_the_largest_budget(
    records: list[CaseRecord],
) -> None:
    for record in records:
        facts = ExtractionFacts.of(record)
        names = {one.metric for one in record.figures}
        used = facts.budget == 40 and facts.victim != "verifier"
        assert (IMPERSONATION in names) == used
        assert (INVERSION in names) == (used and facts.victim == "identifier")
        if facts.victim == "identifier" and used:
            tried = record.figure(INVERSION)
            assert tried is not None
            assert tried.n == facts.targets == 4


def test_copies_of_an_identifier_agree_beyond_their_null(records: list[CaseRecord]) -> None:
    above = []
    for one in of(records, victim="identifier", asked="enrolled"):
        agreement, null = one.figure(AGREEMENT), one.figure(NULL)
        assert agreement is not None
        assert null is not None
        above.append(agreement.value - null.value)
    assert len(above) == 4
    assert np.mean(above) > 0.15


def test_photos_that_were_asked_about_are_not_those_that_copies_are_judged_on(
    folder: Path, records: list[CaseRecord]
) -> None:
    del records
    for case in cases(folder):
        victim, unit = case.victim, case.part.unit
        if case.part.asked == "enrolled":
            split = victim.training.split  # type: ignore[attr-defined]
            assert not set(split.donors) & {*split.test, *split.train, *split.validation}
        elif case.part.role != "identifier":
            setting = victim.setting  # type: ignore[attr-defined]
            asked = set(victim.photos(unit).person.tolist())
            judged = set(np.unique(victim.held_out.people).tolist())
            owners = set(setting.faces.identity[setting.parties.thresholds].tolist())
            assert not asked & judged
            assert not owners & (asked | judged)


def cases(folder: Path, **changes: Any) -> list[ExtractionCase]:
    plan = ExtractionPlan(**{**SECTION, **changes})
    store = Store(folder)
    work = workspace(store)
    return [case_of(plan, part, 0, store, work) for part in parts_of(plan)]


def test_a_second_run_trains_nothing(folder: Path, records: list[CaseRecord]) -> None:
    store = Store(folder)
    systems = {path.name: path.stat().st_mtime_ns for path in (folder / "systems").iterdir()}
    # The first case again: its copy, victim and baseline come from the store.
    work = workspace(store)
    job = KIND.prepare(ExtractionPlan(**SECTION), [0], store, work).jobs[4]
    again = KIND.execute(job, store, work)
    (before,) = [one for one in records if one.id == job.id]
    assert again.figures == before.figures
    assert again.evidence is not None
    assert before.evidence is not None
    for name, column in before.evidence.columns.items():
        np.testing.assert_array_equal(column, again.evidence.columns[name])
    after = {path.name: path.stat().st_mtime_ns for path in (folder / "systems").iterdir()}
    assert systems == after


def test_the_victim_is_the_pristine_system_of_a_backdoor_audit(tmp_path: Path) -> None:
    """So that a plan with both trains it once."""
    backdoor = {
        "faces": IDENTIFIER["faces"],
        "split": IDENTIFIER["split"],
        "systems": [IDENTIFIER["system"]],
        "attacks": [],
    }
    store = Store(tmp_path / "store")
    run(Plan(seeds=[0], backdoor=backdoor), store)
    trained = {path.name for path in (tmp_path / "store" / "systems").iterdir()}
    victim = cases(tmp_path / "store")[0].victim
    assert trained == {victim.system_id}


@pytest.mark.parametrize(
    "changes",
    [
        {"training": {**SECTION["training"], "steps": 81}},
        {"network": {"network": "deepid", "width": 0.3}},
        {"identifier": {**IDENTIFIER, "split": {**IDENTIFIER["split"], "test": 7}}},
        {"identifier": {**IDENTIFIER, "others": {**IDENTIFIER["others"], "seed": 5}}},
    ],
    ids=str,
)
def test_what_changes_a_figure_is_in_the_id(folder: Path, changes: dict[str, Any]) -> None:
    before, after = ([one.id for one in cases(folder, **made)] for made in ({}, changes))
    assert before[0] != after[0]


def test_a_use_of_the_copy_is_in_the_ids_of_cases_that_have_it_alone(folder: Path) -> None:
    changed = {"inversion": None, "impersonation": {"photos": 11, "steps": 3}}
    before, after = (cases(folder, **made) for made in ({}, changed))
    for one, other in zip(before, after, strict=True):
        uses = one.part.transfer and one.part.role != "verifier"
        assert (one.id != other.id) == uses
        assert one.copy_spec == other.copy_spec


def test_a_raised_version_of_an_attack_is_another_case(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = cases(folder)[0]
    before = case.id
    monkeypatch.setattr(type(case.part.attack), "version", 2)
    assert replace(case).id != before


def test_rounded_scores_teach_what_rounded_scores_say(folder: Path) -> None:
    case = cases(folder)[0]
    answers = np.array([[0.449, 0.551]], dtype=np.float32)
    np.testing.assert_allclose(case.victim.limited(answers, 1), [[0.4, 0.6]], atol=1e-6)
    np.testing.assert_array_equal(case.victim.limited(answers, None), answers)
    verifier = next(one for one in cases(folder) if one.part.role == "verifier")
    told = verifier.victim.limited(np.array([[0.47], [0.5]], dtype=np.float32), 1)
    np.testing.assert_allclose(told, [[0.4], [0.5]], atol=1e-6)  # its decision stays


def test_an_embedder_decides_and_is_impersonated_at_the_threshold_of_the_owners_people(
    folder: Path, records: list[CaseRecord]
) -> None:
    case = next(one for one in cases(folder) if one.part.role == "embedder" and one.part.transfer)
    victim = case.victim
    assert isinstance(victim, EmbedderToCopy)
    setting = victim.setting
    parties, faces, templates = setting.parties, setting.faces, victim.templates
    owners, who = templates[parties.thresholds], faces.identity[parties.thresholds]
    strangers = (owners @ owners.T)[np.not_equal.outer(who, who)]
    assert np.mean(strangers >= victim.own_threshold) == pytest.approx(victim.fmr, abs=0.02)
    rows = setting.judged.rows
    alike = np.sum(templates[rows[:, 0]] * templates[rows[:, 1]], axis=1)
    np.testing.assert_array_equal(victim.decisions, alike >= victim.own_threshold)
    # Photos as they are, each held against an unused photo of another person.
    rng = np.random.default_rng([0, 34])
    count = len(parties.stolen)
    one = rng.permutation(count)[:12]
    other = (one + rng.integers(1, count, len(one))) % count
    assert not (one == other).any()
    unused = np.sum(templates[parties.stolen[one]] * templates[parties.other[other]], axis=1)
    (record,) = [record for record in records if record.id == case.id]
    found = record.figure(IMPERSONATION_UNCHANGED)
    assert found is not None
    assert found.value == pytest.approx(np.mean(unused >= victim.own_threshold))


def test_a_rebuilt_face_counts_where_it_was_rebuilt_and_the_victim_names_the_person() -> None:
    named = np.array([0, 1, 0, 3])
    logits = np.eye(4, dtype=np.float32)[named]
    inverted = SimpleNamespace(images="faces", solved=np.array([True, False, True, True]))
    inversion = SimpleNamespace(access=Access.SCORES, invert=lambda *_, **__: inverted)
    victim = SimpleNamespace(
        names=tuple("abcd"),
        training=SimpleNamespace(seed=0),
        strangers=None,
        system=SimpleNamespace(logits=lambda images: logits),
    )
    found = _named(None, inversion, victim, silent)  # type: ignore[arg-type]
    assert found.tolist() == [True, False, False, True]


def test_the_copy_of_a_predictor_accepts_from_one_half_on(records: list[CaseRecord]) -> None:
    near = 0
    for record in of(records, victim="verifier"):
        assert record.evidence is not None
        columns = record.evidence.columns
        score = columns["score"].astype(np.float64)
        accepts = np.where(columns["victim"] == 1, score, 1 - score)
        np.testing.assert_array_equal(columns["copy"], accepts >= 0.5)
        near += np.count_nonzero(np.abs(accepts - 0.5) < 0.1)
    assert near
