"""FaceBone on real photos: its figure the way it came about, and measured soundly."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.audit.plan_file import load_plan
from faceaudit.audit.run import run
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Estimate

EXAMPLES = Path(__file__).parents[3] / "examples"

pytestmark = [pytest.mark.realdata, pytest.mark.slow]


@pytest.fixture(scope="module", autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Both tests embed the same photos: once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FACEAUDIT_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield  # type: ignore[misc]


def found(example: str, folder: Path, *overrides: str) -> dict[str, CaseRecord]:
    store = Store(str(folder))
    outcome = run(load_plan(EXAMPLES / f"{example}.yaml", overrides), store)
    assert outcome.failed == ()
    return {record.facts["mitigation"]: record for record in store.cases()}


def figure(record: CaseRecord, metric: str) -> Estimate:
    estimate = record.figure(metric)
    assert estimate is not None, metric
    return estimate


def test_the_gate_names_every_flaw_of_the_published_evaluation(
    real_data: Path, tmp_path: Path
) -> None:
    records = found(
        "facebone-as-published", tmp_path, "membership.verifiers=2", "membership.targets=2"
    )
    for record in records.values():
        failed = {
            one["name"]: one["message"] for one in record.facts["gate"] if one["passed"] is False
        }
        assert "646 photos are in both lists" in failed["shared photos"]
        assert "450 people are in both lists" in failed["shared people"]
        assert "right for 0.8 of them" in failed["equal sizes"]
        assert "fitted on" in failed["scored apart"]
        assert figure(record, "always_member").value == pytest.approx(0.8, abs=1e-9)
        published = figure(record, "attack_accuracy:pair:black_box in-sample:served")
        assert 0.79 < published.value < 0.85  # the look at FaceBone's claim found 0.80 to 0.83
        sound = figure(record, "auc:pair:black_box:served")
        assert sound.value < 0.6


def test_facebone_helps_until_the_attacker_knows_of_it(real_data: Path, tmp_path: Path) -> None:
    records = found(
        "facebone-rigorous",
        tmp_path,
        "membership.mitigations=[none, facebone, distance_threshold]",
        "membership.attacks=[loss, {attack: black_box, folds: 2}]",
        "membership.levels=[pair]",
        "membership.verifiers=5",
    )
    none, facebone = records["none"], records["facebone"]
    assert (none.facts["members"], none.facts["nonmembers"], none.facts["targets"]) == (
        3000,
        3000,
        5,
    )
    assert not [one for one in none.facts["gate"] if one["passed"] is False]
    plain = figure(none, "auc:pair:loss:served")
    served, known = (
        figure(facebone, f"auc:pair:loss:{strategy}") for strategy in ("served", "assignment")
    )
    # A first look had 0.55 and 0.60; the whole example (16 verifiers) holds both in its intervals.
    assert served.value == pytest.approx(0.55, abs=0.03)
    assert known.value == pytest.approx(0.60, abs=0.03)
    assert served.value < min(plain.low, known.low)  # five targets: intervals are wide
    distance = records["distance_threshold"]
    assert figure(distance, "strongest_auc:pair").value <= 0.53
    lost = figure(none, "accuracy").value - figure(distance, "accuracy").value
    assert lost <= 0.01
