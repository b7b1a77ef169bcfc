"""Limits held against measures by the ends of their intervals: broken, kept, or neither shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from faceaudit.audit.limits import Limit, check_limit, unknown
from faceaudit.errors import OptionError
from faceaudit.report.measures import Measure

Outcome = Literal["broken", "kept", "inconclusive"]


@dataclass(frozen=True, eq=False)
class Judgement:
    """One limit and what the measures that it speaks of say of it.

    Attributes:
        limit: what must not be.
        outcome: "broken" where a whole interval lies beyond the bound; "kept" where every whole
            interval lies on the right side of it; "inconclusive" otherwise.
        deciding: the measures that it was decided by: those beyond the bound, those that could not
            tell, or all where the limit is kept; the one that reaches furthest first.
        measures: every measure that the limit speaks of, in the order of the plan.
        why_none: why it speaks of none, as where the cases failed that would have given one; it is
            inconclusive then.
    """

    limit: Limit
    outcome: Outcome
    deciding: tuple[Measure, ...] = ()
    measures: tuple[Measure, ...] = ()
    why_none: str = ""


def judge(limit: Limit, measures: Sequence[Measure]) -> Judgement:
    """Hold a limit against the measures that it speaks of.

    A measure that was not measured, or that no verdict may rest on, neither breaks nor keeps a
    limit. One whose end lies exactly on the bound keeps it.

    Raises:
        OptionError: the limit speaks of no measure, because of its name or its labels.
    """
    spoken_of = _select(limit, measures)
    broken = [one for one in spoken_of if verdict(limit, one) == "broken"]
    open_ = [one for one in spoken_of if verdict(limit, one) == "inconclusive"]
    outcome: Outcome = "broken" if broken else "inconclusive" if open_ else "kept"
    deciding = sorted(broken or open_ or spoken_of, key=lambda one: _reach(limit, one))
    return Judgement(limit, outcome, tuple(deciding), tuple(spoken_of))


def verdict(limit: Limit, measure: Measure) -> Outcome:
    """Hold a limit against one measure that it speaks of."""
    if measure.estimate is None or measure.caution:
        return "inconclusive"
    near, far, bound = _ends(limit, measure)
    return "broken" if near > bound else "kept" if far <= bound else "inconclusive"


def _ends(limit: Limit, measure: Measure) -> tuple[float, float, float]:
    """Return the interval's end on the right side, the other one, and the bound; more is worse."""
    assert measure.estimate is not None
    if limit.sign == "<":
        return -measure.estimate.high, -measure.estimate.low, -limit.bound
    return measure.estimate.low, measure.estimate.high, limit.bound


def _reach(limit: Limit, measure: Measure) -> tuple[bool, float, float]:
    """Return what sorts measures, the one that reaches furthest to the wrong side first."""
    if measure.estimate is None:
        return True, 0.0, 0.0
    near, far, _ = _ends(limit, measure)
    return False, -near if verdict(limit, measure) == "broken" else -far, -near


def _select(limit: Limit, measures: Sequence[Measure]) -> list[Measure]:
    known: dict[str, dict[str, set[str]]] = {}
    for one in measures:
        known.setdefault(one.kind, {}).setdefault(one.name, set()).update(one.labels)
    check_limit(limit, known)
    named = [one for one in measures if f"{one.kind}.{one.name}" == limit.measure]
    found = named
    for key, value in limit.labels.items():
        values = {str(one.labels[key]) for one in named if key in one.labels}
        if value not in values:
            raise unknown(f"a value of {key!r} of {limit.measure}", value, limit, values)
        found = [one for one in found if str(one.labels.get(key)) == value]
    if not found:
        raise OptionError(
            f"expected a limit on some measure of this audit, got {limit.text!r}, whose labels no "
            "measure has together; leave one out"
        )
    return found
