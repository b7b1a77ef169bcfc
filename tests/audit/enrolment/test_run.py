"""An enrolment audit run from a plan: each case once, and the same in any order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import faceaudit
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.enrolment.kind import EnrolmentKind
from faceaudit.audit.enrolment.plan import EnrolmentPlan
from faceaudit.errors import OptionError
from faceaudit.records.enrolment import EnrolmentFacts
from faceaudit.store import Store

NETWORK = {
    "network": "deepid",
    "pretraining": {
        "faces": {"source": "synthetic", "people": 8, "photos": 8, "sessions": 2, "seed": 1},
        "split": {"train": 6, "validation": 1, "test": 1, "donors": 0},
        "training": {"epochs": 2, "batch": 32},
    },
}
SECTION: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 60, "photos": 4, "sessions": 2, "seed": 2},
    "embedders": [NETWORK],
    "people": {"targets": 6, "strangers": 12, "donors": 12},
    "attacks": [
        {"attack": "blended_key", "ratio": 0.9},
        {"attack": "optimised_glasses", "steps": 3, "batch": 4},
        {"attack": "template_update_drift", "photos": 6},
    ],
    "mitigations": ["none", "occlusion_check", "agreement_with_photos", "mean_template"],
    "fmrs": [0.1],
    "wrong_keys": 2,
}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("enrolment") / "audit"
    faceaudit.run({"title": "enrolment", "seeds": [0], "enrolment": SECTION}, store=store)
    return store


def _value(audited: Path, attack: str, metric: str, mitigation: str = "none") -> float:
    (found,) = [
        row.value
        for row in faceaudit.results(audited)
        if row.attack.startswith(attack)
        and row.metric == f"{metric}@fmr=0.1"
        and row.mitigation == mitigation
    ]
    assert found is not None
    return found


def test_every_case_has_every_figure_or_says_why_there_is_none(audited: Path) -> None:
    records = list(Store(audited).cases())
    assert [one.error for one in records] == [None] * 3
    for record in records:
        assert all(one.estimate or one.why_none for one in record.figures)
        facts = EnrolmentFacts.of(record)
        assert (facts.targets, facts.strangers, facts.before) == (6, 12, False)
    assert len(records[0].figures) == 10 * 4 + 1
    assert len(records[2].figures) == 5 * 2


def test_a_key_that_covers_the_face_opens_and_its_nulls_do_not(audited: Path) -> None:
    assert _value(audited, "blended_key", "strangers_pass") > 0.7
    for null in ("enrolled_clean", "bare_strangers", "real_fmr"):
        assert _value(audited, "blended_key", null) < 0.4


def test_a_check_with_further_photos_refuses_it_and_the_mean_lets_fewer_in(audited: Path) -> None:
    passed = _value(audited, "blended_key", "strangers_pass", "agreement_with_photos")
    assert passed < _value(audited, "blended_key", "strangers_pass") / 2
    assert _value(audited, "blended_key", "refused", "agreement_with_photos") > 0.5
    mean = _value(audited, "blended_key", "strangers_pass", "mean_template")
    assert mean <= _value(audited, "blended_key", "strangers_pass")


def test_the_attack_s_own_network_is_told_from_others(audited: Path) -> None:
    records = list(Store(audited).cases())
    assert [EnrolmentFacts.of(one).networks[0].in_hand for one in records] == [False, True, False]
    assert [EnrolmentFacts.of(one).donors for one in records] == [0, 12, 0]


def test_a_case_run_alone_finds_what_it_found_after_others(audited: Path) -> None:
    store, kind = Store(audited), EnrolmentKind()
    jobs = kind.prepare(EnrolmentPlan(**SECTION), [0], store, workspace(store)).jobs
    again = kind.execute(jobs[1], store, workspace(store))
    kept = store.case(jobs[1].id)
    assert again.figures == kept.figures
    assert again.evidence is not None
    assert kept.evidence is not None
    for name, column in kept.evidence.columns.items():
        np.testing.assert_array_equal(again.evidence.columns[name], column)
    assert kind.pictures(jobs[1], store, workspace(store)) == again.pictures


def test_the_report_has_its_section(audited: Path) -> None:
    text = faceaudit.write_report(audited).read_text()
    for words in ("Getting in by a photo in the gallery", "enrolment-strangers", "enrolment-drift"):
        assert words in text


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"mitigations": ["vote"]}, "expected 'none' among the mitigations"),
        ({"attacks": [{"attack": "optimised_glasses", "networks": 2}]}, "expected 2 networks"),
        ({"attacks": ["sticker", "sticker"]}, "expected attacks each once"),
        ({"fmrs": [0.1, 0.1]}, "expected fmrs each once"),
        ({"mitigations": ["none", "agreement_of_backbones"]}, "expected more than 1 embedders"),
    ],
)
def test_plans_that_cannot_be_are_refused(change: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        EnrolmentPlan(**(SECTION | change))


def test_too_few_people_are_an_obstacle_and_lost_rates_a_remark() -> None:
    kind = EnrolmentKind()
    few = {"source": "synthetic", "people": 8, "photos": 4, "sessions": 2}
    (found,) = kind.obstacles(EnrolmentPlan(**(SECTION | {"faces": few})), [0])
    assert "to enrol" in str(found)
    remarks = list(kind.remarks(EnrolmentPlan(**(SECTION | {"fmrs": [0.1, 0.0001]}))))
    assert any("not measured at a false match rate of 0.0001" in one for one in remarks)
    assert any("no face is looked for" in one for one in remarks)


def test_too_few_people_for_a_check_or_a_key_are_obstacles_before_the_work() -> None:
    kind = EnrolmentKind()

    def said(**change: Any) -> list[str]:
        return [str(one) for one in kind.obstacles(EnrolmentPlan(**(SECTION | change)), [0])]

    assert said() == []
    few = SECTION["people"] | {"targets": 10, "strangers": 20}
    (found,) = said(people=few)
    assert "expected at least 20 people who fix thresholds, whom 'occlusion_check'" in found
    assert said(people=few, mitigations=["none", "mean_template"]) == []
    lone = {"source": "synthetic", "people": 60, "photos": 4, "sessions": 2, "seed": 2}
    keys = [{"attack": "faithful_glasses"}]
    assert said(attacks=keys, faces=lone) == []


def test_who_leads_a_template_away_has_a_photo_that_is_no_probe() -> None:
    alone = SECTION | {"mitigations": ["none"]}
    assert EnrolmentPlan(**alone).further == 1
    keys = SECTION | {"mitigations": ["none"], "attacks": ["sticker"]}
    assert EnrolmentPlan(**keys).further == 0
    assert EnrolmentPlan(**SECTION).further == 2


def test_a_check_that_few_people_teach_is_remarked_on() -> None:
    remarks = list(EnrolmentKind().remarks(EnrolmentPlan(**SECTION)))
    assert any(
        "occlusion_check may refuse 3.2 % of clean photos, where 2 % was asked" in one
        for one in remarks
    )


def test_honest_glasses_that_sit_lower_are_another_case(audited: Path) -> None:
    store, kind = Store(audited), EnrolmentKind()
    ids = [
        kind.prepare(
            EnrolmentPlan(**(SECTION | {"honest_glasses": glasses})), [0], store, workspace(store)
        )
        .jobs[0]
        .id
        for glasses in ("glasses-square", "glasses-square@20", "sunglasses-wayfarer")
    ]
    assert len(set(ids)) == 3


def test_who_knows_of_what_is_recorded_by_the_key_s_options(audited: Path) -> None:
    facts = [EnrolmentFacts.of(one) for one in Store(audited).cases()]
    knowing = [[one.name for one in each.mitigations if one.adaptive] for each in facts]
    assert knowing == [[], ["mean_template"], []]
