"""Elements that the sections of every kind are made of: findings, headlines and table cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faceaudit.report.numbers import count, counted, listed, percent, percent_interval
from faceaudit.types import Estimate, Figure


@dataclass(frozen=True)
class Headline:
    """The first words of a section, for readers who read no more.

    Attributes:
        title: the finding.
        detail: the figures it follows from.
        warning: why not to rely on it, or nothing.
        anchor: the id of the page's element that explains the warning.
    """

    title: str
    detail: str
    warning: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Finding:
    """One sentence or two, and the subject they are about."""

    about: str
    text: str


@dataclass(frozen=True)
class Cell:
    """One figure of a table.

    Attributes:
        value: the figure; empty when there is none.
        interval: its interval.
        trials: how many trials it rests on.
        note: what else to know; of an empty cell, why it is empty.
        flaw: why the figure is not to be relied on; usually nothing.
        estimate: the figure with all its digits, for programs that read the page; None for words.
    """

    value: str = ""
    interval: str = ""
    trials: str = ""
    note: str = ""
    flaw: str = ""
    estimate: Estimate | None = None


def cell(figure: Figure) -> Cell:
    """Return a share as a cell; one that was not measured keeps its reason."""
    estimate = figure.estimate
    if estimate is None:
        return Cell(note=f"not measured: {figure.why_none or NO_REASON}")
    return Cell(
        percent(estimate.value),
        percent_interval(estimate),
        f"n = {count(estimate.n)}",
        figure.why_none,
        estimate=estimate,
    )


NO_REASON = "no reason was kept"


def reason_of(figure: Figure) -> str:
    """Return why a figure has no estimate, as a part of a sentence."""
    return (figure.why_none or NO_REASON).rstrip(".")


def incomplete(planned: int, failed: int, missing: int, damaged: int = 0) -> str:
    """Say which cases of a plan have no figures; nothing when all have.

    Args:
        planned: number of cases in the plan.
        failed: how many of them failed.
        missing: how many of them are not in the store.
        damaged: how many of them are there, but not as they were written.
    """
    numbers = ((failed, "failed"), (missing, "not in the store"), (damaged, "damaged"))
    parts = [f"{number} {word}" for number, word in numbers if number]
    if not parts:
        return ""
    return f"Incomplete: of {counted(planned, 'case')}, {listed(parts)}."


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested values as one mapping; names are joined by dots.

    >>> flat({"seed": 0, "split": {"train": 60}})
    {'seed': 0, 'split.train': 60}
    """
    joined: dict[str, Any] = {}
    for key, value in values.items():
        if isinstance(value, Mapping):
            joined |= flat(value, f"{prefix}{key}.")
        else:
            joined[f"{prefix}{key}"] = value
    return joined
