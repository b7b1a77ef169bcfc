"""Cases that rebuild faces from an identifier: who judges them, and what they are held against."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.inversion.identifier_case import identifier_cases, run_identifier_case
from faceaudit.audit.inversion.identifier_figures import identifier_figures
from faceaudit.audit.inversion.identifier_judging import IdentifierTrial, Said, judge
from faceaudit.audit.inversion.identifier_obstacles import identifier_obstacles
from faceaudit.audit.inversion.identifier_scenario import build_identifier_scenario
from faceaudit.audit.inversion.plan import InversionPlan
from faceaudit.metrics import OperatingPoint
from faceaudit.protocols.matching import Matcher
from faceaudit.records.identifier_inversion import (
    HELD_AGAINST,
    JUDGE,
    IdentifierInversionFacts,
    found_at,
)
from faceaudit.records.inversion import MATCH, OTHERS, SOLVED, TRANSFER, at_fmr, at_rank
from faceaudit.registry import digest
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Estimate, Figure

TRAINING = {"epochs": 2, "batch": 16, "learning_rate": 0.002, "threads": 1}
NETWORK = {"network": "deepid", "width": 0.25}
SPLIT = {"train": 6, "validation": 2, "test": 4}
KNOWN = {"source": "synthetic", "people": 6, "photos": 12, "sessions": 3, "seed": 5}


def people(seed: int, count: int = 16) -> dict[str, Any]:
    return {"source": "synthetic", "people": count, "photos": 4, "sessions": 2, "seed": seed}


def plan_of(identifier: dict[str, Any] | None = None, **changed: Any) -> InversionPlan:
    values = {
        "faces": people(6),
        "embedders": [
            {
                "network": NETWORK,
                "pretraining": {
                    "faces": {**people(7, 8), "photos": 6},
                    "split": {"train": 4, "validation": 1, "test": 1, "donors": 0},
                    "training": TRAINING,
                },
            }
        ],
        "parties": {"attacked": 2},
        "fmrs": [0.1],
        "trials": 2,
        "pictures": 3,
        "identifier": {
            "faces": KNOWN,
            "split": SPLIT,
            "system": {"network": NETWORK, "training": TRAINING},
            "attacks": [{"attack": "gradient", "steps": 3}, {"attack": "search", "queries": 30}],
            "attacked": 5,
            "held_out": 3,
            **(identifier or {}),
        },
    }
    return InversionPlan(**{**values, **changed})


@pytest.fixture(scope="module")
def where(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Workspace]:
    root = tmp_path_factory.mktemp("identifier")
    return Store(str(root / "store")), Workspace(root / "cache")


@pytest.fixture(scope="module")
def record(where: tuple[Store, Workspace]) -> CaseRecord:
    return run_identifier_case(plan_of(), 0, 0, *where)


def value(record: CaseRecord, metric: str) -> Estimate:
    found = record.figure(metric)
    assert found is not None, metric
    return found


def ids(where: tuple[Store, Workspace], plan: InversionPlan, seed: int = 0) -> list[str]:
    return [case.id for case in identifier_cases(plan, seed, *where)]


def test_figures_are_the_shares_of_the_raw_scores(record: CaseRecord) -> None:
    facts, evidence = IdentifierInversionFacts.of(record), record.evidence
    assert evidence is not None
    (threshold,) = (one.threshold for one in facts.thresholds)
    assert threshold is not None
    assert len(evidence) == 5 * 2
    for name in ("", *HELD_AGAINST):
        suffix, of = (f":{name}", (name,)) if name else ("", ())
        judged = evidence.columns[f"judged{suffix}"]
        assert judged.shape == (10, 3)
        passed = value(record, at_fmr(TRANSFER, 0.1, JUDGE, *of))
        assert passed.n == 30
        assert passed.value == pytest.approx(float((judged >= threshold).mean()))
        for rank in (1, 5):
            places = evidence.columns[f"judged_rank{suffix}"]
            assert value(record, found_at(rank, *of)).value == pytest.approx(
                float((places <= rank).mean())
            )
            places = evidence.columns[f"rank{suffix}"]
            assert value(record, at_rank(rank, *of)).value == pytest.approx(
                float((places <= rank).mean())
            )


def test_evidence_has_a_row_for_each_person_and_trial_by_name(record: CaseRecord) -> None:
    evidence = record.evidence
    assert evidence is not None
    assert set(evidence.ids) <= {f"synthetic-{number:04d}" for number in range(6)}
    rows = list(zip(evidence.ids, evidence.columns["trial"].tolist(), strict=True))
    assert len(set(rows)) == 10


def test_trials_draw_other_faces_to_hold_against(record: CaseRecord) -> None:
    assert record.evidence is not None
    scores = record.evidence.columns["judged:random_face"]
    assert not np.array_equal(scores[:5], scores[5:])


def test_pictures_are_pairs_of_a_photo_and_a_face(record: CaseRecord) -> None:
    names = {f"{what}-{place}" for what in ("original", "rebuilt") for place in range(3)}
    assert set(record.pictures) == names
    assert record.spec["faces"]["source"] == "synthetic"
    assert (record.spec["kind"], record.spec["part"]) == ("inversion", "identifier")


def test_the_same_plan_finds_the_same_in_another_place(record: CaseRecord, tmp_path: Path) -> None:
    elsewhere = Store(str(tmp_path / "store")), Workspace(tmp_path / "cache")
    again = run_identifier_case(plan_of(), 0, 0, *elsewhere)
    assert again.id == record.id
    assert again.figures == record.figures


def test_what_changes_a_figure_changes_the_id_and_nothing_else_does(
    where: tuple[Store, Workspace],
) -> None:
    first = ids(where, plan_of())
    assert len(set(first)) == 2
    assert ids(where, plan_of(pictures=0)) == first
    assert ids(where, plan_of(attacks=["random_face"])) == first
    for changed in (
        plan_of({"held_out": 2}),
        plan_of({"attacked": 4}),
        plan_of({"split": {**SPLIT, "train": 5}}),
        plan_of(fmrs=[0.2]),
        plan_of(trials=1),
        plan_of(faces=people(8)),
        plan_of(parties={"attacked": 2, "learn": 0.4}),
    ):
        assert not set(ids(where, changed)) & set(first)
    assert not set(ids(where, plan_of(), seed=1)) & set(first)
    other = plan_of({"attacks": [{"attack": "gradient", "steps": 4}]})
    assert ids(where, other)[0] not in first


def test_a_plan_without_identifier_has_no_such_case(where: tuple[Store, Workspace]) -> None:
    plan = plan_of().model_copy(update={"identifier": None})
    assert identifier_cases(plan, 0, *where) == ()


def test_an_identifier_that_a_backdoor_audit_trained_is_not_trained_again(
    where: tuple[Store, Workspace],
) -> None:
    scenario = build_identifier_scenario(plan_of(), 0, *where)
    section = BackdoorPlan(
        faces=KNOWN,
        split={**SPLIT, "donors": 0},
        systems=[{"network": NETWORK, "training": TRAINING}],
    )
    same = plan_of({"split": {**SPLIT, "donors": 0}})
    training = build_identifier_scenario(same, 0, *where).training
    pristine = BackdoorScenario(
        section, section.systems[0], 0, training.faces, training.split, target=0
    )
    assert digest(pristine.system_spec(None)) == training.id
    assert scenario.training.id != training.id


def test_nobody_is_two_parties_and_the_judge_is_not_the_attacked(
    where: tuple[Store, Workspace],
) -> None:
    def said(plan: InversionPlan) -> str:
        return " ".join(str(error) for error in identifier_obstacles(plan))

    assert said(plan_of()) == ""
    assert "know other people than the section's faces" in said(plan_of(faces=people(5)))
    assert "pretraining on other people" in said(plan_of({"faces": {**KNOWN, "seed": 7}}))
    judge = plan_of().embedders[0].model_dump(mode="json")
    same = plan_of({"system": {**judge, "training": TRAINING, "learn": "last layer"}})
    assert "another network to judge" in said(same)
    for plan in (plan_of(faces=people(5)), plan_of({"faces": {**KNOWN, "seed": 7}}), same):
        with pytest.raises(Exception, match="expected"):
            identifier_cases(plan, 0, *where)


def test_a_network_under_a_last_layer_can_be_descended(where: tuple[Store, Workspace]) -> None:
    judge = plan_of().embedders[0].model_dump(mode="json")
    judge["pretraining"]["seed"] = 3
    plan = plan_of({"system": {**judge, "training": TRAINING, "learn": "last layer"}}, trials=1)
    found = run_identifier_case(plan, 0, 0, *where)
    assert IdentifierInversionFacts.of(found).learn == "last layer"
    assert value(found, at_rank(1)).n == 5


def test_a_face_that_was_not_made_has_no_score_and_no_rank(
    where: tuple[Store, Workspace],
) -> None:
    scenario = build_identifier_scenario(plan_of(), 0, *where)
    photos = np.array([scenario.training.split.train[0]] * len(scenario.targets), dtype=np.int64)
    solved = np.array([True, False, True, True, False])
    images = scenario.training.faces.images[photos]
    said = judge(
        scenario, scenario.system(), Reconstructions(images, solved, np.zeros(5, dtype=np.int64))
    )
    for scores in (said.probability, said.judged[:, 0], said.everybody[:, 0, 0]):
        assert np.isnan(scores).tolist() == (~solved).tolist()
    for places in (said.rank, said.judged_rank):
        assert (places >= 1).tolist() == solved.tolist()
    assert said.photos.all()


def test_an_identifier_without_training_is_told_apart_from_a_trained_one(
    where: tuple[Store, Workspace],
) -> None:
    scenario = build_identifier_scenario(plan_of(), 0, *where)
    images = scenario.training.faces.images[:4]
    first, again = (scenario.untrained().logits(images) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    assert not np.allclose(first, scenario.system().logits(images))


# figures from scores that are told here: two people of three known, two photos of each at most


def said_of(judged: list[list[float]], solved: tuple[bool, bool] = (True, True)) -> Said:
    """Return what is said of two pictures: cosines with photos of persons 0, 1 and 2 in turn."""
    everybody = np.array(judged, dtype=np.float64).reshape(2, 3, 2)
    everybody[~np.array(solved)] = np.nan
    photos = np.array([[True, True], [True, False]])
    own = everybody[[0, 1], [0, 1]]
    rank = np.where(solved, 1, 0)
    return Said(np.array([0.9, 0.9]), rank, own, photos, rank, everybody)


def figures_of(said: Said, solved: tuple[bool, bool] = (True, True)) -> dict[str, Figure]:
    images = np.zeros((2, 4, 4, 3), dtype=np.uint8)
    found = Reconstructions(images, np.array(solved), np.array([3, 5]))
    nobody = said_of([[0.0] * 6] * 2)
    trial = IdentifierTrial(found, said, dict.fromkeys(HELD_AGAINST, nobody))
    matcher = Matcher((OperatingPoint(0.1, threshold=0.5),))
    found_figures = identifier_figures([trial], np.array([0, 1]), matcher, [0.1])
    return {one.metric: one for one in found_figures}


SCORES = [[0.6, 0.4, 0.7, 0.1, 0.2, 0.3], [0.1, 0.2, 0.8, np.nan, 0.5, 0.2]]
"""Person 1 has one photo. Own: 0.6 and 0.4 of 0; 0.8 of 1. Others: 4 with 0, then 2 and 2."""


def test_every_face_is_tried_with_every_photo_that_there_is() -> None:
    passed = figures_of(said_of(SCORES))[at_fmr(TRANSFER, 0.1, JUDGE)].estimate
    assert passed is not None
    assert (passed.n, passed.value) == (3, pytest.approx(2 / 3))


def test_faces_pass_as_others_as_often_as_with_shuffled_labels() -> None:
    another = figures_of(said_of(SCORES))[at_fmr(OTHERS, 0.1)].estimate
    assert another is not None
    # 0 with persons 1 and 2: 0.7, 0.1, 0.2, 0.3; 1 with persons 0 and 2: 0.1, 0.2, 0.5, 0.2
    assert (another.n, another.value) == (8, pytest.approx(2 / 8))


def test_who_was_not_rebuilt_counts_with_each_photo_as_not_accepted() -> None:
    solved = (True, False)
    found = figures_of(said_of(SCORES, solved), solved)
    passed, match = (
        found[metric].estimate for metric in (at_fmr(TRANSFER, 0.1, JUDGE), at_fmr(MATCH, 0.1))
    )
    assert passed is not None
    assert match is not None
    assert (passed.n, passed.value) == (3, pytest.approx(1 / 3))
    assert (match.n, match.value) == (2, 1 / 2)
    solution, named = found[SOLVED].estimate, found[at_rank(1)].estimate
    assert solution is not None
    assert named is not None
    assert solution.value == named.value == 1 / 2


def test_nothing_rebuilt_at_all_has_no_match_rate_and_says_why() -> None:
    solved = (False, False)
    found = figures_of(said_of(SCORES, solved), solved)
    assert found[at_fmr(MATCH, 0.1)].estimate is None
    assert "no face" in found[at_fmr(MATCH, 0.1)].why_none
    assert found[at_fmr(OTHERS, 0.1)].estimate is None
    passed = found[at_fmr(TRANSFER, 0.1, JUDGE)].estimate
    assert passed is not None
    assert passed.value == 0


def test_a_rank_that_everybody_is_within_is_no_figure() -> None:
    found = figures_of(said_of(SCORES))
    assert found[found_at(5)].estimate is None
    assert "more than 5 people" in found[found_at(5)].why_none
