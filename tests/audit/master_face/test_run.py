"""A master-face audit run from a plan: each case once, people held out, the same in any order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import faceaudit
from audit.master_face.sections import MASTER_FACE
from faceaudit.audit.common.matching_scenario import build_matching_scenario
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.master_face.cases import cases_of, left_out, searches
from faceaudit.audit.master_face.kind import MasterFaceKind
from faceaudit.audit.master_face.plan import MasterFacePlan
from faceaudit.audit.master_face.searching import Search
from faceaudit.errors import OptionError
from faceaudit.records.master_face import KIND, MasterFaceFacts
from faceaudit.store import Store


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("master") / "audit"
    faceaudit.run({"title": "master", "seeds": [0], KIND: MASTER_FACE}, store=store)
    return store


def test_every_case_has_every_figure_or_says_why_there_is_none(audited: Path) -> None:
    records = list(Store(audited).cases())
    assert len(records) == 10
    for record in records:
        assert record.error is None
        facts = MasterFaceFacts.of(record)
        expected = {
            f"{metric}@fmr=0.1,faces={faces},on={on}"
            for metric in ("covered", "covered_known", "covered_by_chance")
            for faces in (1, 3)
            for on in facts.systems
        }
        assert {one.metric for one in record.figures} >= expected
        assert all(one.estimate or one.why_none for one in record.figures)
        agreeing = record.spec["mitigation"]["mitigation"] == "agreement"
        assert len(facts.systems) == (1 if agreeing else 2)
        assert record.spec["made_on"] == (2 if agreeing and record.spec["aware"] else 1)
        assert record.evidence is not None
        first = record.evidence.columns["score_0"]
        assert first.shape == (facts.attacked, 3)
        figures = {one.metric: one.estimate for one in record.figures}
        taken = record.evidence.columns["faces_0"]
        for faces in (1, 3):
            one = figures[f"covered@fmr=0.1,faces={faces},on={facts.systems[0]}"]
            assert one is not None
            assert one.value == pytest.approx(((taken > 0) & (taken <= faces)).mean())


def test_nobody_is_enrolled_and_used_or_fixes_thresholds(audited: Path) -> None:
    plan, store = MasterFacePlan(**MASTER_FACE), Store(audited)
    scenario = build_matching_scenario(KIND, plan, 0, store, workspace(store))
    for case in cases_of(scenario, plan):
        search = Search(case)
        parties = [
            set(scenario.person[rows].ravel().tolist())
            for rows in (search.attacked, search.known, scenario.thresholds)
        ]
        assert not parties[0] & parties[1]
        assert not parties[0] & parties[2]
        assert not parties[1] & parties[2]
        assert search.attacked.shape[1] == case.tried.mitigation.enrolled
        assert np.unique(search.attacked).size == search.attacked.size


def test_what_the_attacker_does_not_know_changes_no_face(audited: Path) -> None:
    plan, store = MasterFacePlan(**MASTER_FACE), Store(audited)
    scenario = build_matching_scenario(KIND, plan, 0, store, workspace(store))
    made: dict[tuple[str, bool, str], np.ndarray] = {}
    for case in cases_of(scenario, plan):
        tried = case.tried
        made[tried.attack.name, tried.aware, tried.mitigation.name] = Search(case).faces
    plain, unaware = made["pixels", False, "none"], made["pixels", False, "agreement"]
    np.testing.assert_array_equal(plain, unaware)
    assert not np.array_equal(plain, made["pixels", True, "agreement"])


def test_a_case_run_alone_finds_what_it_found_after_others(audited: Path) -> None:
    store, kind = Store(audited), MasterFaceKind()
    jobs = kind.prepare(MasterFacePlan(**MASTER_FACE), [0], store, workspace(store)).jobs
    again, kept = kind.execute(jobs[-1], store, workspace(store)), store.case(jobs[-1].id)
    assert again.figures == kept.figures


def test_results_tell_cases_apart(audited: Path) -> None:
    heads = {(row.system, row.attack, row.mitigation) for row in faceaudit.results(audited)}
    assert len(heads) == 10
    pair = "deepid 1, deepid 2"
    assert (pair, "greedy_photos", "agreement, known to the attacker") in heads


def test_the_report_has_its_section(audited: Path) -> None:
    text = faceaudit.write_report(audited).read_text()
    assert 'id="master-face-covered"' in text
    assert "The people are synthetic, and thresholds were fixed on other synthetic people" in text
    assert "A few faces that pass as many people" in text


def test_networks_that_are_files_leave_out_what_needs_gradients(tmp_path: Path) -> None:
    file: dict[str, Any] = {"network": {"network": "onnx", "path": str(tmp_path / "a.onnx")}}
    plan = MasterFacePlan(**{**MASTER_FACE, "embedders": [file, MASTER_FACE["embedders"][0]]})
    assert {one.attack.name for one in searches(plan)} == {"greedy_photos"}
    assert all("gives no gradients" in why for why in left_out(plan).values())
    with pytest.raises(OptionError, match="got none"):
        searches(plan.model_copy(update={"attacks": plan.attacks[1:]}))


def test_thresholds_of_synthetic_people_are_said_to_be_theirs() -> None:
    plan = MasterFacePlan(**MASTER_FACE)
    assert any("people are synthetic" in one for one in MasterFaceKind().remarks(plan))


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"aim": 0.2}, "aim to be one of fmrs"),
        ({"counts": [1, 1]}, "counts each once"),
        ({"attacks": ["pixels", "pixels"]}, "attacks each once"),
        ({"made_on": [3]}, "as many embedders"),
        ({"mitigations": [{"mitigation": "agreement", "count": 3}]}, "as many embedders"),
        ({"mitigations": ["none", "none"]}, "mitigations each once"),
    ],
)
def test_a_section_that_makes_no_sense_is_refused(options: dict[str, Any], words: str) -> None:
    with pytest.raises(OptionError, match=words):
        MasterFacePlan(**{**MASTER_FACE, **options})
