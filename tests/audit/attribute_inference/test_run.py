"""An audit of attribute inference run from a plan, and its section of the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import faceaudit
from faceaudit.audit.attribute_inference.kind import AttributeInferenceKind
from faceaudit.audit.attribute_inference.plan import AttributeInferencePlan
from faceaudit.audit.common.workspace import workspace
from faceaudit.errors import InputError, UnknownName
from faceaudit.metrics.classes import macro_auc
from faceaudit.records.attribute_inference import AttributeInferenceFacts
from faceaudit.store import CaseRecord, Store

NETWORK = {
    "network": "deepid",
    "pretraining": {
        "faces": {"source": "synthetic", "people": 8, "photos": 8, "sessions": 2, "seed": 1},
        "split": {"train": 6, "validation": 1, "test": 1, "donors": 0},
        "training": {"epochs": 2, "batch": 32},
    },
}
BOOSTED = {"attack": "boosted_probe", "rounds": 5}
SECTION: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 90, "photos": 2, "sessions": 2, "seed": 2},
    "embedders": [NETWORK],
    "parties": {"attacked": 30, "learn": 0.8},
    "attributes": ["sex", "skin_tone"],
    "labelled": [10, 24, 1000],
    "attacks": ["linear_probe", BOOSTED, "pair_scores"],
    "mitigations": ["none", "leace"],
    "fmrs": [0.1],
}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("attributes") / "audit"
    plan = {"title": "attributes", "seeds": [0], "attribute_inference": SECTION}
    faceaudit.run(plan, store=store)
    return store


@pytest.fixture(scope="module")
def records(audited: Path) -> tuple[CaseRecord, ...]:
    found = tuple(Store(audited).cases())
    assert [one.error for one in found] == [None, None]
    return tuple(sorted(found, key=lambda one: one.spec["titles"]["mitigation"] != "none"))


def test_every_attempt_has_its_figures_or_says_why_there_are_none(
    records: tuple[CaseRecord, ...],
) -> None:
    plain, erased = records
    for record in records:
        facts = AttributeInferenceFacts.of(record)
        metrics = {one.metric: one for one in record.figures}
        for attempt in facts.attempts:
            for name in ("auc", "balanced_accuracy", "excess"):
                figure = metrics[f"{name}:{attempt.key}"]
                assert (figure.estimate is None) == (attempt.people == 1000)
                assert bool(figure.why_none) == (attempt.people == 1000)
        assert metrics["tmr@fmr=0.1"].estimate is not None
        assert facts.attacked_people == 30
        assert facts.labelled_people == facts.owner_people == 24
    asked = {one.asked for one in AttributeInferenceFacts.of(plain).attempts}
    assert asked == {"stored", "shuffled", "pixels", "untrained"}
    nulls = [one for one in AttributeInferenceFacts.of(plain).attempts if one.asked != "stored"]
    assert {one.people for one in nulls} == {24}, "all whom the attacker has, and no more"
    assert {one.asked for one in AttributeInferenceFacts.of(erased).attempts} == {"stored"}
    change = {one.metric: one.estimate for one in plain.figures}["tmr_change@fmr=0.1"]
    assert change is not None
    assert change.value == 0


def test_figures_follow_from_the_evidence(records: tuple[CaseRecord, ...]) -> None:
    record = records[0]
    assert record.evidence is not None
    people = np.array([id_.partition("/")[0] for id_ in record.evidence.ids])
    number = np.unique(people, return_inverse=True)[1]
    truth = np.asarray(record.evidence.columns["value:sex"])
    for key in (one for one in record.evidence.columns if one.startswith("sex:")):
        scores = np.asarray(record.evidence.columns[key]).astype(np.float64)
        figure = next(one for one in record.figures if one.metric == f"auc:{key}")
        assert figure.estimate is not None
        assert macro_auc(scores, truth, number) == figure.estimate, key


def test_only_scores_cost_queries(records: tuple[CaseRecord, ...]) -> None:
    for one in AttributeInferenceFacts.of(records[0]).attempts:
        if one.people == 24:
            assert (one.queries > 0) == (one.attack == "pair_scores")
        if one.attack == "pair_scores" and one.people == 24 and one.attribute == "sex":
            assert one.queries == 48 * (48 + 60)  # photos of the labelled and of the attacked


def test_a_case_run_alone_finds_what_it_found_after_others(
    audited: Path, records: tuple[CaseRecord, ...]
) -> None:
    store, kind = Store(audited), AttributeInferenceKind()
    jobs = kind.prepare(AttributeInferencePlan(**SECTION), [0], store, workspace(store)).jobs
    again = kind.execute(jobs[1], store, workspace(store))
    assert again.id == records[1].id
    assert again.figures == records[1].figures


def test_what_changes_a_figure_changes_the_id(audited: Path) -> None:
    store = Store(audited)
    work = workspace(store)
    kind = AttributeInferenceKind()

    def ids(**options: Any) -> set[str]:
        plan = AttributeInferencePlan(**{**SECTION, **options})
        return {one.id for one in kind.prepare(plan, [0], store, work).jobs}

    first = ids()
    for options in (
        {"owner": 0.4},
        {"labelled": [10, 24]},
        {"attributes": ["sex"]},
        {"fmrs": [0.2]},
        {"attacks": ["linear_probe", {**BOOSTED, "rounds": 6}, "pair_scores"]},
        {"parties": {"attacked": 29, "learn": 0.8}},
    ):
        assert not first & ids(**options), options
    assert len(first & ids(mitigations=["none"])) == 1
    assert len(first & ids(baselines=False)) == 1  # they are measured without mitigation alone


def test_results_and_measures_say_which_attack_and_mitigation(audited: Path) -> None:
    rows = faceaudit.results(audited)
    assert {row.mitigation for row in rows} == {"none", "leace"}
    assert {row.attack for row in rows} == {
        "linear_probe",
        "boosted_probe (rounds 5)",
        "pair_scores",
        "none",
    }
    assert not any(row.is_share for row in rows if row.metric.startswith(("auc", "excess")))


def test_the_report_says_what_is_told_and_what_attackers_have(audited: Path) -> None:
    path = audited / "report.html"
    faceaudit.write_report(audited, path)
    page = path.read_text()
    for text in (
        "Attributes in templates",
        "Sex-typed shape, Linear probe",
        "Labels dealt anew",
        "Untrained network",
        "Leace",
        "scores of a photo of theirs with the attacker",
        "nobody is in two",
        "it lists no such attack",
    ):
        assert text.lower() in page.lower(), text


def test_attributes_that_cannot_be_inferred_are_refused_before_anything_is_trained(
    tmp_path: Path,
) -> None:
    kind, store = AttributeInferenceKind(), Store(tmp_path / "audit")
    few = {**SECTION, "parties": {"attacked": 6, "learn": 0.8}}

    def prepared(**options: Any) -> int:
        plan = AttributeInferencePlan(**{**few, **options})
        return len(kind.prepare(plan, [0], store, workspace(store)).jobs)

    with pytest.raises(InputError, match="expected two values of skin_tone that 5 attacked people"):
        prepared(attributes=["skin_tone"])
    both = {"attributes": ["sex", "skin_tone"], "parties": {"attacked": 16, "learn": 0.8}}
    assert prepared(**both) == 2
    erasing = [{"mitigation": "leace", "erase": ["skin_tone"]}]
    with pytest.raises(InputError, match=r"skin_tone that .*, or do not erase it \(leace\)"):
        prepared(**both, mitigations=erasing)
    with pytest.raises(UnknownName, match="'hat'"):
        prepared(
            attributes=None,
            parties={"attacked": 30, "learn": 0.8},
            mitigations=[{"mitigation": "leace", "erase": ["hat"]}],
        )


def test_labels_dealt_anew_have_a_mean_within_what_a_figure_can_be(
    records: tuple[CaseRecord, ...],
) -> None:
    figures = {one.metric: one.estimate for one in records[0].figures}
    found = {key: one for key, one in figures.items() if key.endswith(":shuffled")}
    assert len(found) == 2 * 3 * 3
    for key, one in found.items():
        assert one is not None
        if key.startswith("excess:"):
            share = figures[key.replace("excess:", "balanced_accuracy:")]
            assert share is not None
            assert share.value - one.value == pytest.approx(share.low - one.low)
            assert one.low >= share.value - one.value - 1
        else:
            assert 0 <= one.low <= one.value <= one.high <= 1
