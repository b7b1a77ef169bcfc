"""Verification at a fixed rate of false accepts: the true accept rate at a false accept rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.metrics.clusters import effective_parts, effective_trials
from faceaudit.metrics.comparison_share import People, checked_people
from faceaudit.metrics.fixed_rates import (
    Around,
    add_threshold,
    exact_rate,
    limits_around,
    share_at_own_threshold,
    too_few_message,
)
from faceaudit.metrics.intervals import wilson_ends
from faceaudit.metrics.roc import Roc
from faceaudit.metrics.scores import ScoreArray, checked_both, count_at_least, thresholds_letting
from faceaudit.metrics.wilson_bands import z_of
from faceaudit.types import BoolArray, Estimate

PEOPLE = "wilson, people as clusters"


@dataclass(frozen=True)
class TarAtFar:
    """The true accept rate at a false accept rate that was asked for; or why there is none.

    Attributes:
        far: the false accept rate (FMR) asked for.
        threshold: the smallest threshold whose false accept rate is at most that.
        tar: the true accept rate (1 - FNMR) there; higher is better; n counts genuine comparisons.
        realised: the false accept rate there; n counts impostor comparisons.
        why: why the three are None; empty when they are not.
    """

    far: float
    threshold: float | None = None
    tar: Estimate | None = None
    realised: Estimate | None = None
    why: str = ""


def tar_at_far(
    genuine: npt.ArrayLike,
    impostor: npt.ArrayLike,
    fars: Sequence[float],
    *,
    people: People | None = None,
    least: int = 1,
    strict: bool = False,
    level: float = 0.95,
) -> list[TarAtFar]:
    """Estimate the true accept rate at each false accept rate, where it can be resolved.

    The threshold is the smallest, in the scores' own floating type, at which the share of impostor
    scores that reach it is at most `far`. Equal scores fall on one side together, so `realised`
    can be below `far`. A `far` at which fewer than `least` of the impostor comparisons may be
    accepted is refused. Only the order statistics asked for are put in place: memory is one copy
    of the impostor scores.

    The interval is Wilson's, with the spread of the threshold added: that is read off as few
    impostors as `far` lets pass; see `limits_around`. With `people` the comparisons of either side
    count for as many as would let the rate at that threshold vary as little; see `effective_parts`.
    What the rate varies by is its own share less the slope of the ROC curve times the share of
    impostors. Where those that count let fewer than one pass, the method says so.

    Args:
        genuine: (N,) scores of two photos of one person.
        impostor: (M,) scores of two people.
        fars: false accept rates asked for, in (0, 1].
        people: who is compared, (N, 2) and (M, 2); None takes comparisons as independent.
        least: how many false accepts the impostor comparisons must allow for; 30 follows the rule
            of 30 (Doddington, Przybocki, Martin, Reynolds 2000, "The NIST speaker recognition
            evaluation", Speech Communication 31:225).
        strict: raise instead of returning a refusal.
        level: coverage of the intervals.

    Raises:
        InputError: no scores or some not finite, a rate out of range, people that do not fit, or
            with `strict` a rate that cannot be resolved.

    >>> genuine, impostor = np.array([0.6, 0.7, 0.2]), np.linspace(0, 0.5, 11)
    >>> half, tiny = tar_at_far(genuine, impostor, [0.1, 0.001])
    >>> round(half.tar.value, 3), half.realised.value <= 0.1
    (0.667, True)
    >>> tiny.tar, tiny.why
    (None, 'expected at least 1,000 impostor comparisons for a rate of 0.001, got 11')
    """
    first, second = checked_both(genuine, impostor)
    if people is not None:
        for numbers, scores in zip(people, (first, second), strict=True):
            checked_people(numbers, len(scores))
    refusals = []
    for far in fars:
        count = exact_rate(far, len(second), least)
        why = too_few_message(far, len(second), least, "impostor comparisons")
        refusals.append("" if count >= least else why)
    if strict and any(refusals):
        raise InputError(next(filter(None, refusals)))
    return [
        TarAtFar(far, why=why) if why else _judge(first, second, far, people, level)
        for far, why in zip(fars, refusals, strict=True)
    ]


def _judge(
    genuine: ScoreArray, impostor: ScoreArray, far: float, people: People | None, level: float
) -> TarAtFar:
    """Return the rates at a false accept rate that is resolved."""
    trials, letting = len(impostor), partial(thresholds_letting, impostor)
    threshold = letting([exact_rate(far, trials, 1)])[0]
    accepted = count_at_least(genuine, threshold), len(genuine)
    passed = count_at_least(impostor, threshold), trials
    around = limits_around(letting, far, trials, level=level)
    shares = _shares(genuine, around)
    if people is None:
        tar = _rate_of(accepted, shares, around, level=level)
        return TarAtFar(far, threshold, tar, share_at_own_threshold(*passed, level=level))
    slope = (shares[1] - shares[0]) * trials / max(1, around.most - around.fewest)
    parts = _parts_of(genuine >= threshold, impostor >= threshold, slope, people, level)
    around = limits_around(letting, far, trials, effective=parts.threshold * trials, level=level)
    tar = _rate_of(accepted, _shares(genuine, around), around, part=parts.genuine, level=level)
    realised = share_at_own_threshold(*passed, effective=parts.realised * trials, level=level)
    return TarAtFar(far, threshold, tar, realised)


def _shares(genuine: ScoreArray, around: Around) -> tuple[float, float]:
    highest, lowest = (count_at_least(genuine, at) for at in (around.highest, around.lowest))
    return highest / len(genuine), lowest / len(genuine)


@dataclass(frozen=True)
class _Parts:
    """The parts of comparisons that would vary as much if they were independent.

    Of genuine ones, of impostors for the threshold, and of these for their rate at a threshold.
    """

    genuine: float
    threshold: float
    realised: float


def _parts_of(
    accepted: BoolArray, passed: BoolArray, slope: float, people: People, level: float
) -> _Parts:
    true = (accepted - np.mean(accepted)) / len(accepted)
    false = (passed - np.mean(passed)) / len(passed)
    parts = effective_parts((true, false), (1.0, -slope), people, level)
    return _Parts(*parts, effective_trials(false, people[1], level) / len(false))


def _rate_of(
    accepted: tuple[int, int],
    shares: tuple[float, float],
    around: Around,
    *,
    part: float | None = None,
    level: float,
) -> Estimate:
    """Return the rate of so many of all, with the shares accepted around its threshold."""
    (count, trials), what = accepted, "wilson" if part is None else PEOPLE
    ends = wilson_ends(count / trials, trials * (part or 1.0), z_of(level))
    tar = Estimate(count / trials, *ends, trials, f"{what} {level * 100:g} %")
    return add_threshold(tar, *shares, resolved=around.resolved)


def tar_at_far_of(
    curve: Roc, fars: Sequence[float], *, least: int = 1, level: float = 0.95
) -> list[TarAtFar]:
    """Read off a curve what `tar_at_far` gives for scores; see there.

    The threshold is the lowest of those listed whose false accept rate is at most `far`; lower ones
    may accept more impostors and as many genuine comparisons. Counts at it are exact. Of binned
    scores it can be too high by one bin, and so the true accept rate too low, never too high.
    Comparisons are taken as independent: a curve does not know whose they are. Nor does it know how
    many genuine comparisons lie how far above all impostors, where those are fewer: none, then.

    >>> from faceaudit.metrics.roc import roc
    >>> tar_at_far_of(roc([0.6, 0.7, 0.2], np.linspace(0, 0.5, 11)), [0.1])[0].threshold
    0.6
    """

    def letting(counts: Sequence[int]) -> Sequence[float]:
        at = np.searchsorted(curve.false_accepts, np.asarray(counts), side="right") - 1
        return [float(one) for one in curve.thresholds[at]]

    found = []
    for far in fars:
        count = exact_rate(far, curve.impostors, least)
        if count < least:
            why = too_few_message(far, curve.impostors, least, "impostor comparisons")
            found.append(TarAtFar(far, why=why))
            continue
        around = limits_around(letting, far, curve.impostors, level=level)
        limits = letting([count])[0], around.highest, around.lowest
        at, highest, lowest = (_index_of(curve, limit) for limit in limits)
        accepted = int(curve.true_accepts[at]), curve.genuines
        passed = int(curve.false_accepts[at]), curve.impostors
        shares = float(curve.tar[highest]), float(curve.tar[lowest])
        tar = _rate_of(accepted, shares, around, level=level)
        realised = share_at_own_threshold(*passed, level=level)
        found.append(TarAtFar(far, float(curve.thresholds[at]), tar, realised))
    return found


def _index_of(curve: Roc, limit: float) -> int:
    """Return which of the falling thresholds is the lowest that is not below a limit."""
    return len(curve) - 1 - int(np.searchsorted(curve.thresholds[::-1], limit, side="left"))
