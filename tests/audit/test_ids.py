"""Everything that determines a case is in its id, and where photos lie is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from audit.test_versions import BACKDOOR
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.membership.cases import membership_cases
from faceaudit.audit.plan import Plan
from faceaudit.store import Store
from helpers.membership_scenarios import scenario

OTHER_TRAINING = [{**BACKDOOR["systems"][0], "training": {"epochs": 2}}]
OTHER_NETWORK = [{**BACKDOOR["systems"][0], "network": "deepid"}]
OTHER_ATTACK = [{**BACKDOOR["attacks"][0], "instances": 4}]


def backdoor_ids(folder: Path, seed: int = 0, **changes: Any) -> set[str]:
    plan, store = Plan(seeds=[seed], backdoor={**BACKDOOR, **changes}), Store(str(folder))
    (kind, section), *_ = plan.parts()
    return {job.id for job in kind.prepare(section, plan.seeds, store, workspace(store)).jobs}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("store")


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"split": {**BACKDOOR["split"], "test": 5}},
        {"systems": OTHER_TRAINING},
        {"systems": OTHER_NETWORK},
        {"faces": {**BACKDOOR["faces"], "seed": 5}},
    ],
    ids=str,
)
def test_what_every_backdoor_case_rests_on(folder: Path, changes: dict[str, Any]) -> None:
    assert not backdoor_ids(folder) & backdoor_ids(folder, **changes)


def test_what_the_report_shows_is_no_part_of_a_case(folder: Path) -> None:
    assert backdoor_ids(folder) == backdoor_ids(folder, compare_published=True)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [({"wrong_keys": 1}, 1), ({"target": "synthetic-0001"}, 1), ({"attacks": OTHER_ATTACK}, 1)],
    ids=str,
)
def test_what_backdoor_cases_with_an_attack_rest_on(
    folder: Path, changes: dict[str, Any], kept: int
) -> None:
    """The pristine case alone has neither a key nor a target."""
    shared = backdoor_ids(folder) & backdoor_ids(folder, **changes)
    assert len(shared) <= kept


def membership_ids(**changes: Any) -> set[str]:
    return {case.id for case in membership_cases(scenario(**changes))}


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"pairs": 480},
        {"blocks": 20},
        {"subjects": {"count": 100, "queries": 2}},
        {"levels": ["pair"]},
        {"predictor": "cosine"},
        {"verifiers": 8},
        {"targets": 4},
        {"fprs": [0.1]},
        {"label_records": 50},
        {"strict": True},
        {"attacks": ["lira"]},
        {"attacks": [{"attack": "black_box", "folds": 3}]},
        {"mitigations": ["rounding"]},
        {"mitigations": [{"mitigation": "facebone", "query": "average"}]},
        {"photos": 3},
    ],
    ids=str,
)
def test_what_every_membership_case_rests_on(changes: dict[str, Any]) -> None:
    assert not membership_ids() & membership_ids(**changes)


def test_the_same_plan_has_the_same_ids_wherever_its_store_is(folder: Path, tmp_path: Path) -> None:
    assert backdoor_ids(folder) == backdoor_ids(tmp_path)
    assert membership_ids() == membership_ids()
    assert len(membership_ids(mitigations=["none", "rounding"])) == 2


def test_one_version_of_a_plan_shares_its_verifiers_with_another(folder: Path) -> None:
    """How attacks ask and are judged has no part in the training."""
    one = next(iter(membership_cases(scenario())))
    other = next(iter(membership_cases(scenario(attacks=["lira"], targets=2, fprs=[0.1]))))
    assert one.id != other.id
    assert one.system == other.system
    assert one.system != next(iter(membership_cases(scenario(verifiers=8)))).system
