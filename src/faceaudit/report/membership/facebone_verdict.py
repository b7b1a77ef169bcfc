"""Verdict on FaceBone: against those who ask as users do, and against one who knows of it."""

from __future__ import annotations

from faceaudit.records.membership import Granularity
from faceaudit.report.membership.backbone_findings import (
    backbone_groups,
    shown_lower,
    users_change,
)
from faceaudit.report.membership.cases import Case
from faceaudit.report.membership.differences import direction, helps, leak_change
from faceaudit.report.membership.words import LEVEL_WORDS
from faceaudit.report.numbers import decimal, interval_name, signed_decimal
from faceaudit.types import Estimate


def judge_facebone(case: Case, base: Case, level: Granularity) -> str:
    """Say whether FaceBone helps, whether that holds against one who knows of it, and for whom."""
    users, knowing = users_change(case, base, level), leak_change(case, base, level)
    if users is None or knowing is None:
        return f"{case.title}: not measured both as users ask and by an attacker who knows of it."
    ways = direction(users, case), direction(knowing, case)
    verdict = _NO_LESS[ways[0]] if ways[0] > ways[1] else _VERDICTS[ways]
    verdict = verdict.format(
        first=f"asks as users do{_in_brackets(users)}",
        second=f"one who knows of it{_in_brackets(knowing)}",
    )
    text = f"{case.title}, {LEVEL_WORDS[level]}: {verdict}."
    return f"{text}{_halves(case)}"


def _halves(case: Case) -> str:
    """Say whom it hides, where the backbone that a pair was learned with makes a difference."""
    groups = backbone_groups(case)
    if groups is None or groups.change.low <= 0:
        return ""
    return (
        f" As users ask, it hides pairs learned with another backbone (AUC "
        f"{decimal(groups.unmatched.value)}) more than those learned with the one asked (AUC "
        f"{decimal(groups.matched.value)})."
    )


_VERDICTS = {
    # what it does to an attacker who asks as users do, and to one who knows of it
    (-1, -1): "it helps against an attacker who {first}, and that holds against {second}",
    (-1, 0): "it helps against an attacker who {first}, but that was not shown to hold against "
    "{second}",
    (-1, 1): "it helps against an attacker who {first}, but makes things worse against {second}",
    (0, 0): "it was not shown to help against an attacker who {first}, nor against {second}",
    (0, 1): "it was not shown to help against an attacker who {first}, and makes things worse "
    "against {second}",
    (1, 1): "it makes things worse against an attacker who {first}, and against {second}",
}
_NO_LESS = {
    # what it does to an attacker who asks as users do, where the one who knows of it found less
    0: "it was not shown to help against an attacker who {first}; so can ask {second}, too",
    1: "it makes things worse against an attacker who {first}; so can ask {second}, too",
}


def _in_brackets(change: Estimate) -> str:
    ends = f"{signed_decimal(change.low)} to {signed_decimal(change.high)}"
    return f" (AUC {signed_decimal(change.value)}, {interval_name(change)} {ends})"


def helps_only_users(case: Case, base: Case, level: Granularity) -> bool:
    """Return whether FaceBone was shown to help only where the attacker does not know of it."""
    return helps(users_change(case, base, level)) and not shown_lower(case, base, level)
