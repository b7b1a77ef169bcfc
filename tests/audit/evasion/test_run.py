"""An evasion audit run from a plan: each case once, beside its nulls, the same in any order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import faceaudit
from audit.master_face.sections import EVASION
from faceaudit.audit.common.matching_scenario import build_matching_scenario
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.evasion.cases import attempts, cases_of
from faceaudit.audit.evasion.changing import Changed
from faceaudit.audit.evasion.kind import EvasionKind
from faceaudit.audit.evasion.plan import EvasionPlan
from faceaudit.errors import OptionError, SplitError
from faceaudit.records.evasion import KIND, EvasionFacts
from faceaudit.store import Store
from helpers.faces import blocks


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("evasion") / "audit"
    faceaudit.run({"title": "evasion", "seeds": [0], KIND: EVASION}, store=store)
    return store


def test_every_figure_stands_beside_its_nulls_and_is_in_the_evidence(audited: Path) -> None:
    records = list(Store(audited).cases())
    assert len(records) == 6
    for record in records:
        assert record.error is None
        facts, evidence = EvasionFacts.of(record), record.evidence
        assert evidence is not None
        figures = {one.metric: one.estimate for one in record.figures}
        for on in facts.systems:
            metrics = ("evaded", "evaded_by_noise", "evaded_unchanged", "tmr")
            each = [figures[f"{metric}@fmr=0.1,on={on}"] for metric in metrics]
            assert all(each)
            assert each[0] is not None
            assert each[0].n == facts.photos == len(evidence.ids)
        assert 0 < facts.moved <= 8
        sign = -1 if record.spec["goal"] == "dodge" else 1
        changed, noise, bare = (
            evidence.columns[f"{name}_0"] for name in ("changed", "noise", "bare")
        )
        risen = sign * (changed - bare)
        if record.spec["mitigation"]["mitigation"] == "none":
            assert risen.mean() > np.abs(noise - bare).mean(), "more than noise does"


def test_who_dodges_is_compared_with_their_own_and_others_with_the_next(audited: Path) -> None:
    plan, store = EvasionPlan(**EVASION), Store(audited)
    scenario = build_matching_scenario(KIND, plan, 0, store, workspace(store))
    for case in cases_of(scenario, plan):
        changed = Changed(case)
        who, claimed = changed.people().T
        assert (who == claimed).all() == (case.goal == "dodge")
        assert sorted(claimed.tolist()) == list(range(len(changed.rows)))
        person = scenario.person[changed.rows]
        assert (person == person[:, :1]).all()
        assert np.unique(changed.rows).size == changed.rows.size, "shown photos are not enrolled"
        fixing = set(scenario.person[scenario.thresholds].tolist())
        assert not fixing & set(person.ravel().tolist())


def test_whoever_has_the_enrolled_photo_comes_nearer_to_it(audited: Path) -> None:
    store = Store(audited)
    raised = {}
    for photo in ("another", "enrolled"):
        plan = EvasionPlan(**{**EVASION, "target_photo": photo, "goals": ["impersonate"]})
        scenario = build_matching_scenario(KIND, plan, 0, store, workspace(store))
        changed = Changed(cases_of(scenario, plan)[0])
        raised[photo] = changed.scores(changed.judges[0], changed.changed).mean()
    assert raised["enrolled"] > raised["another"]


def test_a_case_run_alone_finds_what_it_found_after_others(audited: Path) -> None:
    store, kind = Store(audited), EvasionKind()
    jobs = kind.prepare(EvasionPlan(**EVASION), [0], store, workspace(store)).jobs
    again, kept = kind.execute(jobs[-1], store, workspace(store)), store.case(jobs[-1].id)
    assert again.figures == kept.figures


def test_results_and_report_tell_cases_apart(audited: Path) -> None:
    heads = {(row.system, row.attack, row.mitigation) for row in faceaudit.results(audited)}
    assert len(heads) == 6
    text = faceaudit.write_report(audited).read_text()
    assert 'id="evasion-evaded"' in text
    assert 'id="evasion-evaded-dodge"' in text
    assert "Photos changed too little to see" in text


def test_a_network_that_is_a_file_cannot_be_the_first(tmp_path: Path) -> None:
    file: dict[str, Any] = {"network": {"network": "onnx", "path": str(tmp_path / "a.onnx")}}
    with pytest.raises(OptionError, match="gives no gradients; put a network"):
        attempts(EvasionPlan(**{**EVASION, "embedders": [file, EVASION["embedders"][0]]}))


def test_people_need_a_photo_more_than_are_enrolled() -> None:
    plan = EvasionPlan(**{**EVASION, "mitigations": [{"mitigation": "several_photos", "count": 2}]})
    kind = EvasionKind()
    kind.check_faces(plan, blocks(people=40, photos=3), 0)
    with pytest.raises(SplitError, match="with 3 photos for 'several_photos'"):
        kind.check_faces(plan, blocks(people=40, photos=2), 0)


def test_a_goal_or_an_attack_is_given_once() -> None:
    for options in ({"goals": ["dodge", "dodge"]}, {"attacks": ["pgd", "pgd"]}):
        with pytest.raises(OptionError, match="each once"):
            EvasionPlan(**{**EVASION, **options})
