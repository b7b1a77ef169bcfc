"""A comparison in the words of its page and of the command line."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from faceaudit.report.comparison.rows import ARROW, ComparedRow, Comparison
from faceaudit.report.numbers import (
    SPACE,
    count,
    counted,
    decimal,
    listed,
    percent,
    signed_decimal,
    signed_points,
)
from faceaudit.types import Estimate

AREAS = ("auc",)
"""Measures that are no shares, and so not in per cent."""
NAMES = {"auc": "AUC", "tpr": "TPR", "own_fmr": "own FMR", "own_fnmr": "own FNMR"}
"""Measures that are not called by their names."""
SIGNS = "+\N{MINUS SIGN}"
COUNTS = ("suspicious_keys",)
"""Measures that are counts."""
UNITS = {"by photo": "photo", "by pair": "pair", "by target": "target", "by training": "training"}


def level_in_words(level: float) -> str:
    """Write a level: `95 %`."""
    return f"{level * 100:g}{SPACE}%"


def value_in_words(row: ComparedRow, estimate: Estimate | None) -> str:
    """Write a figure: a share in per cent, an AUC with three decimals, a count as it is."""
    if estimate is None:
        return "not measured"
    if row.name in COUNTS:
        return count(round(estimate.value))
    return decimal(estimate.value) if row.name in AREAS else percent(estimate.value)


def difference_in_words(row: ComparedRow) -> str:
    """Write a difference: `+1.2 points`, of an AUC `+0.012`."""
    if row.difference is None:
        return ""
    if row.name in AREAS:
        return signed_decimal(row.difference.value)
    return f"{signed_points(row.difference.value)}{SPACE}points"


def interval_in_words(row: ComparedRow) -> str:
    """Write the interval of a difference: `-0.4 to +2.8`."""
    if row.difference is None:
        return ""
    write = signed_decimal if row.name in AREAS else signed_points
    return f"{write(row.difference.low)} to {write(row.difference.high)}"


def smallest_in_words(row: ComparedRow) -> str:
    """Write the smallest difference that would have been shown four times of five."""
    if row.p is None:
        return ""
    if row.smallest is None:
        return "none"
    if row.name in AREAS:
        return f"{row.smallest:.3f}"
    return f"{100 * row.smallest:.1f}{SPACE}points"


def how_compared(row: ComparedRow) -> str:
    """Say how a row was compared, and by how many: `by photo, 3 trainings`."""
    if row.difference is None or row.n is None:
        return ""
    unit = UNITS.get(row.paired, "")
    if "trainings" in row.difference.method:
        unit = "training"
    return f"{row.paired}, {counted(row.n, unit)}" if unit else row.paired


def constant_labels(rows: Iterable[ComparedRow]) -> set[tuple[str, str]]:
    """Return the kind and name of labels that are the same in all rows: they tell none apart."""
    values: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        for key, value in row.labels.items():
            values.setdefault((row.kind, key), set()).add(str(value))
    return {label for label, found in values.items() if len(found) == 1 and ARROW not in min(found)}


def label_words(row: ComparedRow, constant: Collection[tuple[str, str]] = ()) -> str:
    """Write the labels of a row that tell it apart: `attack blended, samples 115`."""
    labels = row.labels.items()
    return ", ".join(f"{key} {value}" for key, value in labels if (row.kind, key) not in constant)


def _name(row: ComparedRow) -> str:
    return NAMES.get(row.name, row.name.replace("_", " "))


def headline(comparison: Comparison) -> tuple[str, str]:
    """Return the first words, and a sentence of what they rest on."""
    changes, alike, same = comparison.changes, comparison.alike, comparison.same
    refused = comparison.of("cannot be compared")
    if changes:
        found = listed(list(dict.fromkeys(f"{_name(row)} {row.verdict}" for row in changes)))
        if len(changes) == 1:
            found = f"{found} by {difference_in_words(changes[0]).lstrip(SIGNS)}"
        title = f"{found[:1].upper()}{found[1:]}"
    elif alike or same:
        title = "No difference shown"
    else:
        title = "Nothing could be compared"
    parts = [
        f"{counted(len(changes), 'figure differs', 'figures differ')}",
        f"{count(len(alike))} without a difference that shows",
        f"{count(len(refused))} without a verdict",
        *([f"{count(len(same))} of the very same cases"] if same else []),
    ]
    level = level_in_words(comparison.level)
    wrong = f"{100 - comparison.level * 100:g}{SPACE}%"
    return title, (
        f"{', '.join(parts)}. Verdicts hold over all rows together: two audits that differ by "
        f"chance alone would show a difference anywhere in at most {wrong} of comparisons. "
        f"Intervals are single ones, at {level}."
    )
