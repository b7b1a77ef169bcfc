"""Sections of extraction: what is refused, which cases there are, what is told before the work."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audit.extraction.sections import IDENTIFIER, SECTION, VERIFIER
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.extraction.kind import ExtractionKind
from faceaudit.audit.extraction.parts import parts_of
from faceaudit.audit.extraction.plan import ExtractionPlan
from faceaudit.errors import OptionError, SplitError
from faceaudit.store import Store

KIND = ExtractionKind()


def plan(**changes: Any) -> ExtractionPlan:
    return ExtractionPlan(**{**SECTION, **changes})


def told(section: ExtractionPlan, seeds: tuple[int, ...] = (0,)) -> list[str]:
    return [str(error) for error in KIND.obstacles(section, seeds)]


def test_each_victim_attack_and_budget_is_a_case() -> None:
    parts = list(parts_of(plan()))
    assert len(parts) == 2 * 2 * 2 + 2 * 2 + 2 * 2
    roles = [part.role for part in parts]
    assert [roles.count(role) for role in ("identifier", "verifier", "embedder")] == [8, 4, 4]
    assert {part.transfer for part in parts if part.budget == 20} == {False}
    assert {part.transfer for part in parts if part.budget == 40} == {True}


def test_rounding_is_a_further_case_of_attacks_that_see_scores_alone() -> None:
    rounded = [part for part in parts_of(plan(decimals=[1])) if part.decimals == 1]
    assert {part.attack.name for part in rounded} == {"knockoff", "student_of_scores"}
    assert len(list(parts_of(plan(decimals=[1])))) == 16 + len(rounded)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"identifier": None, "verifier": None}, "expected a victim, got none"),
        ({"verifier": None, "attacks": ["student"]}, "try knockoff"),
        ({"budgets": [20, 20]}, "every one of budgets once"),
        ({"attacks": ["knockoff", "knockoff"]}, "every one of attacks once"),
        (
            {"identifier": {**IDENTIFIER, "asked": ["others", "others"]}},
            "every one of identifier.asked once",
        ),
        ({"budgets": [1]}, "greater than or equal to 2"),
        ({"network": {"network": "onnx", "path": "/a.onnx"}}, "can learn for the copy"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        plan(**changes)


def test_a_plan_spells_itself() -> None:
    section = plan()
    assert ExtractionPlan(**section.model_dump(mode="json")) == section


def test_a_section_that_can_end_has_no_obstacle() -> None:
    assert told(plan()) == []


def test_a_budget_beyond_the_photos_is_told_before_the_work_for_each_kind_of_question() -> None:
    found = told(plan(budgets=[60, 61]))
    assert found == [
        "expected 61 photos of others to ask the identifier about, got 60; try more photos, or a "
        "smaller budget (extraction.budgets)",
        "expected 61 photos of enrolled to ask the identifier about, got 48; try more photos, or "
        "a smaller budget (extraction.budgets)",
    ]
    many = told(plan(budgets=[100_000], identifier=None))
    assert [error.split(" to ask")[0] for error in many] == [
        "expected 100,000 pairs of others",
        "expected 100,000 photos of others",
    ]


def test_what_obstacles_say_of_pairs_is_what_a_run_finds(tmp_path: Path) -> None:
    """The largest budget without an obstacle can be prepared, and one more cannot."""
    error = next(one for one in told(plan(budgets=[100_000], identifier=None)) if "pairs" in one)
    have = int(error.split("got ")[1].split(";")[0].replace(",", ""))
    store = Store(tmp_path)
    only = {"identifier": None, "attacks": ["knockoff"]}
    kept = KIND.prepare(plan(budgets=[have], **only), [0], store, workspace(store))
    assert len(kept.jobs) == 1
    assert told(plan(budgets=[have], **only)) == []
    assert len(told(plan(budgets=[have + 1], **only))) == 1
    with pytest.raises(SplitError, match=f"got {have}"):
        KIND.prepare(plan(budgets=[have + 1], **only), [0], store, workspace(store))


def test_the_attackers_people_are_not_those_that_it_knows() -> None:
    same = {**IDENTIFIER, "others": {**IDENTIFIER["others"], "seed": 0}}
    (error,) = told(plan(identifier=same))
    assert "other people than the audit's" in error
    assert error.endswith("try another seed in extraction.identifier.others")


def test_a_rate_that_strangers_cannot_tell_is_told_before_the_work() -> None:
    error = told(plan(verifier={**VERIFIER, "fmr": 1e-5}))[0]
    count = int(error.split("a rate that ")[1].split(" ")[0].replace(",", ""))
    assert "extraction.verifier.fmr" in error
    assert told(plan(verifier={**VERIFIER, "fmr": 1 / count})) == []
    assert len(told(plan(verifier={**VERIFIER, "fmr": 0.999 / count}))) == 1
    # Predictors accept from a probability of one half on, and need no threshold.
    alone = plan(verifier={**VERIFIER, "fmr": 1e-5}, attacks=["knockoff"], identifier=None)
    assert told(alone) == []


def test_too_few_people_for_three_parties_are_told() -> None:
    few = {**VERIFIER, "faces": {**VERIFIER["faces"], "people": 4}}
    assert any("two people or more" in error for error in told(plan(verifier=few)))


def test_a_copy_of_another_size_is_remarked_on() -> None:
    other = plan(network={"network": "iresnet18", "width": 0.1})
    assert any("tried on the victim" in one for one in KIND.remarks(other))
    assert not list(KIND.remarks(plan()))


def test_cost_grows_with_copies_and_is_unknown_without_a_look() -> None:
    one, more = (KIND.cost(plan(budgets=b), [0], look=True) for b in ([20], [20, 40]))
    assert more.cases == 2 * one.cases == 16
    # Copies of the identifier: 2 attacks x 2 budgets x (1 + 2 with true labels); of the embedder
    # 2 x 2 x 2; and the identifier itself.
    assert more.trainings == 2 * 2 * 3 + 2 * 2 * 2 + 1
    assert KIND.cost(plan(), [0, 1], look=True).cases == 32
    assert KIND.cost(plan(), [0], look=False).petaflop is None
    assert {source.name for source, _ in KIND.loads(plan())} == {"synthetic"}
    assert sum(work.kind == "train" for work in KIND.workload(plan(), [0])) == 3
