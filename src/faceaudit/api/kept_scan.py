"""Scans that are kept as audits, and their figures as plain values."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from faceaudit.api.arguments import StoreLike
from faceaudit.api.audits import run
from faceaudit.audit.common.systems import plain_values
from faceaudit.errors import CaseError, OptionError
from faceaudit.mitigations.scan import ScanStage
from faceaudit.progress import Progress
from faceaudit.store import CaseRecord
from faceaudit.systems.under_test.base import SystemUnderTest, systems_under_test
from faceaudit.types import Estimate, Figure

STAND_IN: Mapping[str, Any] = {"system": "file", "path": "none"}
"""What a plan names where the door is handed over: one in memory has no spelling."""


def keep_scan(
    door: SystemUnderTest,
    values: Mapping[str, Any],
    seed: int,
    store: StoreLike,
    progress: Progress,
) -> tuple[CaseRecord, Path | str | None]:
    """Scan a system as an audit in a store; return its case, and where the report is.

    Raises:
        OptionError: the system is an object in memory, which no plan can name.
        CaseError: the scan failed.
    """
    if door.name not in systems_under_test.names():
        raise OptionError(
            "expected a system that a plan can name to keep its scan, got an object in memory; "
            "leave store out, or give python:FILE.py:NAME"
        )
    plan = {"seeds": [seed], "scan": {**values, "systems": [plain_values(door)]}}
    summary = run(plan, store, progress=progress)
    if summary.failed:
        raise CaseError(summary.failed[0][1])
    case = summary.store.run()["cases"][0]
    return summary.store.case(case), summary.report


def plain_figures(figures: Iterable[Figure]) -> dict[str, Any]:
    """Return figures as plain values by their metric; None where one was not measured."""
    return {
        one.metric: None if one.estimate is None else plain_estimate(one.estimate)
        for one in figures
    }


def plain_estimate(one: Estimate) -> dict[str, Any]:
    """Return an estimate as plain values."""
    return {"value": one.value, "low": one.low, "high": one.high, "n": one.n}


def plain_stage(stage: ScanStage | Mapping[str, Any] | str) -> Any:
    """Return a stage as a plan spells it."""
    return plain_values(stage) if isinstance(stage, ScanStage) else stage
