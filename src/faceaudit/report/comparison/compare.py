"""Two audits held against one another: figure by figure, with a level over all of them."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, cast

from faceaudit.audit import kinds
from faceaudit.errors import InputError, OptionError
from faceaudit.metrics.uncertain import Uncertain, average, holm, uncertain
from faceaudit.report.comparison.audits import Audit
from faceaudit.report.comparison.matching import Matched, chosen, match, read_mapped
from faceaudit.report.comparison.remarks import facts_of, plan_differences, remarks_on
from faceaudit.report.comparison.rows import ComparedRow, Comparison, Verdict
from faceaudit.report.elements import NO_REASON
from faceaudit.report.numbers import listed
from faceaudit.report.sides import Change, Side
from faceaudit.types import Estimate

SAME: Final = "same cases"
SAME_CASES = "both audits have the very same cases"
SAME_ANSWERS = "not one of them differs"
NO_ERROR = "its figures have no interval"
ORDER: Mapping[Verdict, int] = {
    "rises": 0,
    "falls": 0,
    "no difference shown": 1,
    "cannot be compared": 2,
}
LARGEST = 1.0
"""The largest difference that figures between 0 and 1 can have."""


def compare_audits(
    before: Audit,
    after: Audit,
    *,
    matches: Sequence[str] = (),
    only: Sequence[str] = (),
    level: float = 0.95,
) -> Comparison:
    """Return what changed between two audits.

    Args:
        before: the one audit.
        after: the other.
        matches: labels whose value before stands for another one after, as in
            `mitigation=none:facebone`; other values of that label are left aside.
        only: the measures to compare, as in `membership.auc(level=person)`; all if empty.
        level: of the intervals, and of all verdicts together.

    Raises:
        InputError: the audits have no figure in common.
        OptionError: a match or a selection speaks of nothing, or the level is none.
    """
    if not 0.5 <= level < 1:
        raise OptionError(f"expected a level from 0.5 to below 1, got {level}; try 0.95")
    common = [kind for kind in before.kinds if kind in after.kinds]
    if not common:
        raise InputError(
            "expected two audits of one kind with figures, got "
            f"{listed(list(before.kinds)) or 'none'} in {before.where!r} and "
            f"{listed(list(after.kinds)) or 'none'} in {after.where!r}; try two stores of one plan"
        )
    ours, theirs = (chosen(side.measures, only) for side in (before, after))
    mapped = [read_mapped(text, ours, theirs) for text in matches]
    matched, only_before, only_after = match(ours, theirs, mapped)
    if not matched:
        raise InputError(
            "expected a figure that both audits have, got none: "
            f"{only_before[0].title if only_before else 'nothing'} before and "
            f"{only_after[0].title if only_after else 'nothing'} after; "
            "try --match LABEL=BEFORE:AFTER"
        )
    changes = [_change(each, before, after) for each in matched]
    rows = _judge(matched, changes, level)
    return Comparison(
        before=facts_of(before),
        after=facts_of(after),
        rows=tuple(sorted(rows, key=lambda row: ORDER[row.verdict])),
        only_before=tuple(one.title for one in only_before),
        only_after=tuple(one.title for one in only_after),
        differs=tuple(plan_differences(before.run.get("plan"), after.run.get("plan"))),
        remarks=tuple(remarks_on(matched, before, after)),
        level=level,
        tested=sum(row.p is not None for row in rows),
    )


def _change(matched: Matched, before: Audit, after: Audit) -> Change:
    """Return what lies between the two sides of one figure."""
    if matched.refused:
        return Change(None, why_none=matched.refused)
    one = Side(matched.before, before.figures, before.find)
    other = Side(matched.after, after.figures, after.find)
    for side, when in ((one, "before"), (other, "after")):
        lacking = next((each for each in side.measures if each.estimate is None), None)
        if lacking is not None:
            return Change(None, why_none=f"not measured {when}: {lacking.why_none or NO_REASON}")
    if one.ids and set(one.ids) == set(other.ids):
        return Change(None, SAME)
    comparing = _comparing(matched.before[0].kind)
    for side, when in ((one, "before"), (other, "after")):
        flaw = next((each.caution for each in side.measures if each.caution), "")
        if flaw and not getattr(comparing, "WEIGHS_CAUTIONS", False):
            return Change(None, why_none=f"{when}: {flaw}")
    found: Change | None = None if comparing is None else comparing.compare_sides(one, other)
    return Change(_unrelated(one, other)) if found is None else found


def _comparing(kind: str) -> Any:
    """Return the module that pairs a kind's figures; None where they are left unrelated."""
    module = f"{kinds.kind_of(kind).report.rpartition('.')[0]}.comparing"
    found = importlib.util.find_spec(module) is not None
    return importlib.import_module(module) if found else None


def _unrelated(before: Side, after: Side) -> Uncertain:
    """Return the difference of two figures that share nothing; of several seeds, of their means."""
    sides = [
        average([uncertain(each.estimate) for each in side.measures if each.estimate is not None])
        for side in (before, after)
    ]
    return sides[1].minus(sides[0])


def _judge(
    matched: Sequence[Matched], changes: Sequence[Change], level: float
) -> list[ComparedRow]:
    """Return a row for each figure, with verdicts that hold over all of them together."""
    alpha = 1 - level
    tested = [
        place
        for place, change in enumerate(changes)
        if change.difference is not None and not change.why_none and change.difference.error > 0
    ]
    chances = [cast("Uncertain", changes[place].difference).p for place in tested]
    adjusted = dict(zip(tested, holm(chances), strict=True))
    rows = []
    for place, (each, change) in enumerate(zip(matched, changes, strict=True)):
        row = _plain(each, change, level)
        if place in adjusted:
            found = cast("Uncertain", change.difference)
            smallest = found.smallest(alpha / len(tested))
            row = replace(
                row,
                verdict=_verdict(found, adjusted[place], alpha),
                p=found.p,
                adjusted=adjusted[place],
                smallest=smallest if smallest <= LARGEST else None,
            )
        rows.append(row)
    return rows


def _verdict(found: Uncertain, adjusted: float, alpha: float) -> Verdict:
    if adjusted > alpha:
        return "no difference shown"
    return "rises" if found.value > 0 else "falls"


def _plain(matched: Matched, change: Change, level: float) -> ComparedRow:
    """Return the row of a figure without a verdict, or with that of two times the same cases."""
    first = matched.before[0]
    figures = [_mean([each.estimate for each in side]) for side in (matched.before, matched.after)]
    found = change.difference
    same = change.paired == SAME
    exact = found is not None and found.error == 0 and not change.why_none
    alike = exact and found is not None and found.value == 0
    caution = SAME_CASES if same else SAME_ANSWERS if alike else change.caution
    return ComparedRow(
        kind=first.kind,
        name=first.name,
        labels=matched.labels,
        before=figures[0],
        after=figures[1],
        difference=None if found is None else found.interval(level),
        paired=change.paired,
        n=None if found is None else found.n,
        verdict="no difference shown" if same or alike else "cannot be compared",
        reason=NO_ERROR if exact and not alike else change.why_none,
        caution=caution,
        cases=(
            tuple(id_ for one in matched.before for id_ in one.cases),
            tuple(id_ for one in matched.after for id_ in one.cases),
        ),
    )


def _mean(estimates: Sequence[Estimate | None]) -> Estimate | None:
    """Return a figure; of several seeds, their mean."""
    known = [one for one in estimates if one is not None]
    if len(known) < len(estimates):
        return None
    if len(known) == 1:
        return known[0]
    mean = average([uncertain(one) for one in known])
    found = mean.interval()
    return Estimate(
        found.value,
        max(0.0, found.low),
        found.high,
        found.n,
        f"mean of {len(known)} seeds 95 %",
    )
