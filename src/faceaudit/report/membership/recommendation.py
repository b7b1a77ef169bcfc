"""Which mitigation to take; every sentence follows from intervals by a rule written here."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.report.membership.cases import (
    ACCURACY,
    ADAPTIVE,
    AUC,
    CHANCE,
    FACEBONE,
    NONE,
    Case,
    ComparableCases,
)
from faceaudit.report.membership.differences import contrast
from faceaudit.report.membership.findings import LOSS, POINT, flaws, harms, helps, loss_of
from faceaudit.report.numbers import (
    confidence,
    decimal,
    decimal_difference,
    decimal_measured,
    listed,
    points_interval,
    signed,
)
from faceaudit.types import Estimate


def recommendation(setting: ComparableCases) -> tuple[str, ...]:
    """Say which mitigation to take, or why none can be named; one paragraph each."""
    why_none = _obstacle(setting)
    if why_none:
        return (f"No recommendation: {why_none}",)
    left_out = [case.title for case in setting.cases if case.failed]
    said = [*_choice(setting), *(_facebone(case, setting) for case in facebones(setting))]
    if left_out:
        said.append(f"Left out, because a check failed: {listed(left_out, most=9)}.")
    return tuple(said)


def _obstacle(setting: ComparableCases) -> str:
    """Say why no mitigation can be recommended, or nothing."""
    base = setting.baseline
    if not setting.sound:
        return f"no evaluation is valid. {first_flaw(setting)}"
    if base is None:
        return "no verifier without mitigation was measured to compare with."
    if base.failed:
        return f"the evaluation without mitigation is not valid. {flaws(base)}"
    if base.get(ACCURACY) is None or base.get(ADAPTIVE) is None:
        return "accuracy or leak was not measured without mitigation."
    return _nothing_tried(setting)


def _nothing_tried(setting: ComparableCases) -> str:
    if len(setting.cases) < 2:
        return "no mitigation was tried."
    if not tried(setting):
        return f"no evaluation of a mitigation is valid. {first_flaw(setting)}"
    if not any(case.get(ADAPTIVE) and case.get(ACCURACY) for case in tried(setting)):
        return "no mitigation has both accuracy and leak measured."
    return ""


def first_flaw(setting: ComparableCases) -> str:
    """Name the first case whose checks failed, and say which did."""
    failed = next(case for case in setting.cases if case.failed)
    return f"{failed.title}: {flaws(failed)}"


def tried(setting: ComparableCases) -> list[Case]:
    """Return the cases with a mitigation in which no check failed."""
    return [case for case in setting.sound if case.mitigation != NONE]


def affordable(setting: ComparableCases) -> list[Case]:
    """Return the mitigations that cost at most one point of accuracy, the least leak first."""
    known = [
        (leak.value, number, case)
        for number, case in enumerate(tried(setting))
        if (leak := case.get(ADAPTIVE))
        and (change := loss_of(case, setting))
        and change.value >= -LOSS
    ]
    return [case for *_, case in sorted(known, key=lambda one: one[:2])]


def _choice(setting: ComparableCases) -> list[str]:
    base = setting.baseline
    assert base is not None
    unprotected = base.get(ADAPTIVE)
    assert unprotected is not None
    cheap = affordable(setting)
    if not cheap:
        return [f"None can be recommended: every mitigation costs more than {POINT} of accuracy."]
    best = cheap[0]
    leak, change = best.get(ADAPTIVE), contrast(best, ADAPTIVE, base, ADAPTIVE)
    assert leak is not None
    assert change is not None
    compared = (
        f"AUC {decimal_measured(leak)} against {decimal(unprotected.value)} without mitigation, "
        f"{decimal_difference(change)}"
    )
    lowest = f"Of the mitigations that cost at most {POINT} of accuracy, the lowest leak is that of"
    cost = _cost(best, setting)
    if unprotected.low <= CHANCE:
        return [
            "Nothing to recommend: even without mitigation the strongest attack cannot be told "
            f"apart from chance, AUC {decimal_measured(unprotected)}.",
            f"{lowest} {best.title}: {compared}. {cost}",
        ]
    if helps(change):
        return [
            f"Take {best.title}.",
            f"{lowest} {best.title} to an attacker who knows of it: {compared}. {_left(leak)} "
            f"{cost}{_rivals(cheap)}",
        ]
    others = [one.title for one in cheap if helps(contrast(one, ADAPTIVE, base, ADAPTIVE))]
    if others:
        first = f"None stands out; shown to help: {listed(others, most=9)}."
    else:
        first = (
            f"None can be recommended: no mitigation that costs at most {POINT} was shown to help "
            "against an attacker who knows of it."
        )
    verdict = "leaks more than" if harms(change) else "was not shown to leak less than"
    return [first, f"{lowest} {best.title}, which {verdict} no mitigation: {compared}. {cost}"]


def _cost(case: Case, setting: ComparableCases) -> str:
    change = loss_of(case, setting)
    assert change is not None
    said = f"Its accuracy differs by {points_interval(change)}"
    if change.low >= -LOSS:
        return f"{said}: it costs no more than {POINT}."
    return f"{said}, so that it may cost more than {POINT}."


def _left(leak: Estimate) -> str:
    if leak.low > CHANCE:
        return "What is left is above chance: members can still be told from others."
    return "What is left cannot be told apart from chance."


def _rivals(cheap: Sequence[Case]) -> str:
    """Name those whose leak is not told apart from the lowest."""
    best, *others = cheap
    near = [
        other.title
        for other in others
        if (change := contrast(other, ADAPTIVE, best, ADAPTIVE)) and change.low <= 0
    ]
    return f" Not told apart from it: {listed(near, most=9)}." if near else ""


def facebones(setting: ComparableCases) -> list[Case]:
    """Return the cases of FaceBone in which no check failed."""
    return [case for case in tried(setting) if case.mitigation == FACEBONE]


def changes(case: Case, base: Case) -> tuple[Estimate | None, Estimate | None]:
    """Return how a leak differs from that without mitigation: asked as users do, and knowing."""
    ask, other = case.strongest_non_adaptive, base.strongest_non_adaptive
    served = ask and other and contrast(case, f"{AUC}:{ask.key}", base, f"{AUC}:{other.key}")
    return served or None, contrast(case, ADAPTIVE, base, ADAPTIVE)


def _facebone(case: Case, setting: ComparableCases) -> str:
    """Say whether FaceBone helps, and whether that holds against one who knows of it."""
    base = setting.baseline
    assert base is not None
    served, knowing = changes(case, base)
    if served is None or knowing is None:
        return f"{case.title}: not measured both as users ask and by an attacker who knows of it."
    first, second = f"asks as users do{_by(served)}", f"one who knows of it{_by(knowing)}"
    verdict = _VERDICTS[_direction(served), _direction(knowing)]
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


def _by(change: Estimate) -> str:
    ends = f"{signed(change.low)} to {signed(change.high)}"
    return f" (AUC {signed(change.value)}, {confidence(change)} {ends})"
