"""Recommendation of a mitigation; each sentence follows from intervals by a rule here."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.records.membership import ACCURACY, AUC, of_attack
from faceaudit.report.membership.cases import (
    CHANCE,
    FACEBONE,
    NONE,
    STRONGEST_AUC,
    Case,
    ComparableCases,
)
from faceaudit.report.membership.differences import difference
from faceaudit.report.membership.findings import LOSS, POINT, accuracy_change, flaws, harms, helps
from faceaudit.report.numbers import (
    decimal,
    decimal_with_interval,
    difference_with_interval,
    interval_name,
    listed,
    points_with_interval,
    signed_decimal,
)
from faceaudit.types import Estimate


def recommendation(group: ComparableCases) -> tuple[str, ...]:
    """Say which mitigation to take, or why none can be named; one paragraph each."""
    why_none = _find_obstacle(group)
    if why_none:
        return (f"No recommendation: {why_none}",)
    left_out = [case.title for case in group.cases if case.failed]
    paragraphs = [
        *_recommend_choice(group),
        *(_judge_facebone(case, group) for case in facebones(group)),
    ]
    if left_out:
        paragraphs.append(f"Left out, because a check failed: {listed(left_out, most=9)}.")
    return tuple(paragraphs)


def _find_obstacle(group: ComparableCases) -> str:
    """Say why no mitigation can be recommended, or nothing."""
    base = group.baseline
    if not group.sound:
        return f"no evaluation is valid. {first_flaw(group)}"
    if base is None:
        return "no verifier without mitigation was measured to compare with."
    if base.failed:
        return f"the evaluation without mitigation is not valid. {flaws(base)}"
    if base.get(ACCURACY) is None or base.get(STRONGEST_AUC) is None:
        return "accuracy or leak was not measured without mitigation."
    return _nothing_tried(group)


def _nothing_tried(group: ComparableCases) -> str:
    if len(group.cases) < 2:
        return "no mitigation was tried."
    if not tried(group):
        return f"no evaluation of a mitigation is valid. {first_flaw(group)}"
    if not any(case.get(STRONGEST_AUC) and case.get(ACCURACY) for case in tried(group)):
        return "no mitigation has both accuracy and leak measured."
    return ""


def first_flaw(group: ComparableCases) -> str:
    """Name the first case whose checks failed, and say which did."""
    failed = next(case for case in group.cases if case.failed)
    return f"{failed.title}: {flaws(failed)}"


def tried(group: ComparableCases) -> list[Case]:
    """Return the cases with a mitigation in which no check failed."""
    return [case for case in group.sound if case.mitigation != NONE]


def affordable(group: ComparableCases) -> list[Case]:
    """Return the mitigations that cost at most one point of accuracy, the least leak first."""
    ranked = [
        (leak.value, number, case)
        for number, case in enumerate(tried(group))
        if (leak := case.get(STRONGEST_AUC))
        and (change := accuracy_change(case, group))
        and change.value >= -LOSS
    ]
    return [case for *_, case in sorted(ranked, key=lambda rank: rank[:2])]


def _recommend_choice(group: ComparableCases) -> list[str]:
    base = group.baseline
    assert base is not None
    unprotected = base.get(STRONGEST_AUC)
    assert unprotected is not None
    cheap = affordable(group)
    if not cheap:
        return [f"None can be recommended: every mitigation costs more than {POINT} of accuracy."]
    best = cheap[0]
    leak, change = best.get(STRONGEST_AUC), difference(best, STRONGEST_AUC, base, STRONGEST_AUC)
    assert leak is not None
    assert change is not None
    compared = (
        f"AUC {decimal_with_interval(leak)} against {decimal(unprotected.value)} without "
        f"mitigation, {difference_with_interval(change)}"
    )
    lowest = f"Of the mitigations that cost at most {POINT} of accuracy, the lowest leak is that of"
    cost = _describe_cost(best, group)
    if unprotected.low <= CHANCE:
        return [
            "Nothing to recommend: even without mitigation the strongest attack cannot be told "
            f"apart from chance, AUC {decimal_with_interval(unprotected)}.",
            f"{lowest} {best.title}: {compared}. {cost}",
        ]
    if helps(change):
        return [
            f"Take {best.title}.",
            f"{lowest} {best.title} to an attacker who knows of it: {compared}. "
            f"{_describe_rest(leak)} {cost}{_not_told_apart(cheap)}",
        ]
    helpful = [
        case.title for case in cheap if helps(difference(case, STRONGEST_AUC, base, STRONGEST_AUC))
    ]
    if helpful:
        first = f"None stands out; shown to help: {listed(helpful, most=9)}."
    else:
        first = (
            f"None can be recommended: no mitigation that costs at most {POINT} was shown to help "
            "against an attacker who knows of it."
        )
    verdict = "leaks more than" if harms(change) else "was not shown to leak less than"
    return [first, f"{lowest} {best.title}, which {verdict} no mitigation: {compared}. {cost}"]


def _describe_cost(case: Case, group: ComparableCases) -> str:
    change = accuracy_change(case, group)
    assert change is not None
    text = f"Its accuracy differs by {points_with_interval(change)}"
    if change.low >= -LOSS:
        return f"{text}: it costs no more than {POINT}."
    return f"{text}, so that it may cost more than {POINT}."


def _describe_rest(leak: Estimate) -> str:
    if leak.low > CHANCE:
        return "What is left is above chance: members can still be told from non-members."
    return "What is left cannot be told apart from chance."


def _not_told_apart(cheap: Sequence[Case]) -> str:
    """Name those whose leak is not told apart from the lowest."""
    best, *others = cheap
    near = [
        other.title
        for other in others
        if (change := difference(other, STRONGEST_AUC, best, STRONGEST_AUC)) and change.low <= 0
    ]
    return f" Not told apart from it: {listed(near, most=9)}." if near else ""


def facebones(group: ComparableCases) -> list[Case]:
    """Return the cases of FaceBone in which no check failed."""
    return [case for case in tried(group) if case.mitigation == FACEBONE]


def changes(case: Case, base: Case) -> tuple[Estimate | None, Estimate | None]:
    """Return how much more a case leaks than one without mitigation: non-adaptively, adaptively."""
    run, base_run = case.strongest_non_adaptive, base.strongest_non_adaptive
    non_adaptive = None
    if run is not None and base_run is not None:
        metric, base_metric = of_attack(AUC, run.key), of_attack(AUC, base_run.key)
        non_adaptive = difference(case, metric, base, base_metric)
    return non_adaptive, difference(case, STRONGEST_AUC, base, STRONGEST_AUC)


def _judge_facebone(case: Case, group: ComparableCases) -> str:
    """Say whether FaceBone helps, and whether that holds against one who knows of it."""
    base = group.baseline
    assert base is not None
    non_adaptive, adaptive = changes(case, base)
    if non_adaptive is None or adaptive is None:
        return f"{case.title}: not measured both as users ask and by an attacker who knows of it."
    first = f"asks as users do{_in_brackets(non_adaptive)}"
    second = f"one who knows of it{_in_brackets(adaptive)}"
    verdict = _VERDICTS[_direction(non_adaptive), _direction(adaptive)]
    return f"{case.title}: {verdict.format(first=first, second=second)}."


_VERDICTS = {
    # what it does to an attacker who asks as users do, and to one who knows of it
    (-1, -1): "it helps against an attacker who {first}, and that holds against {second}",
    (-1, 0): "it helps against an attacker who {first}, but that was not shown to hold against "
    "{second}",
    (-1, 1): "it helps against an attacker who {first}, but makes things worse against {second}",
    (0, -1): "it was not shown to help against an attacker who {first}, yet helps against {second}",
    (0, 0): "it was not shown to help against an attacker who {first}, nor against {second}",
    (0, 1): "it was not shown to help against an attacker who {first}, and makes things worse "
    "against {second}",
    (1, -1): "it makes things worse against an attacker who {first}, yet helps against {second}",
    (1, 0): "it makes things worse against an attacker who {first}; against {second} no difference "
    "was shown",
    (1, 1): "it makes things worse against an attacker who {first}, and against {second}",
}


def _direction(change: Estimate) -> int:
    """Return -1 for less leak by the whole interval, 1 for more, 0 for neither."""
    return -1 if helps(change) else 1 if harms(change) else 0


def _in_brackets(change: Estimate) -> str:
    ends = f"{signed_decimal(change.low)} to {signed_decimal(change.high)}"
    return f" (AUC {signed_decimal(change.value)}, {interval_name(change)} {ends})"
