"""The table of people whom no system saw."""

from __future__ import annotations

from dataclasses import replace

from faceaudit.metrics import wilson
from faceaudit.records.backdoor import of_unseen
from faceaudit.report.backdoor.attack_series import arrange
from faceaudit.report.backdoor.unseen_table import unseen
from faceaudit.report.numbers import SPACE
from faceaudit.store import CaseRecord
from faceaudit.types import Figure
from report.backdoor.samples import case, pristine_case


def with_unseen(record: CaseRecord, right: int) -> CaseRecord:
    figures = (
        Figure(of_unseen("auc"), wilson(right, 100)),
        Figure(of_unseen("eer"), None, "too few pairs"),
    )
    return replace(record, figures=(*record.figures, *figures))


def test_the_pristine_system_stands_before_the_poisoned_ones() -> None:
    pristine = [with_unseen(pristine_case(), 90)]
    rows = unseen(arrange([with_unseen(case(), 80)]), pristine)
    assert [row.system for row in rows] == ["Pristine", "Blended injection"]
    assert rows[0].auc.value.startswith("90.0")
    assert rows[1].auc.value.startswith("80.0")
    assert rows[1].on == f"DeepID, 115{SPACE}poison samples"
    assert "too few pairs" in rows[0].eer.note


def test_seeds_are_taken_together() -> None:
    pristine = [with_unseen(pristine_case(seed=seed), 90 + 2 * seed) for seed in (0, 1)]
    (row,) = unseen([], pristine)
    assert row.auc.value.startswith("91.0")


def test_nothing_is_said_where_nobody_was_kept_out() -> None:
    assert unseen(arrange([case()]), [pristine_case()]) == ()
