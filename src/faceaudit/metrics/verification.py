"""Verification: how often two faces are rightly or wrongly taken for one person.

ISO/IEC 19795-1 says false match rate (FMR) and false non-match rate (FNMR) for what the field calls
false accept rate (FAR) and false reject rate (FRR) of the comparison; the true accept rate (TAR) is
1 - FNMR. A comparison is accepted when its score is at least the threshold.

Intervals take comparisons as independent and the threshold as given. Where one photo is in many
comparisons they are not, and the intervals are too narrow.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.metrics.curves import auc_of, eer_of
from faceaudit.metrics.intervals import wilson
from faceaudit.metrics.roc import Roc, roc_of_sorted
from faceaudit.metrics.scores import (
    ScoreArray,
    allowed,
    checked_both,
    count_at_least,
    thresholds_letting,
)
from faceaudit.types import Estimate


@dataclass(frozen=True)
class ErrorRates:
    """Both errors at one threshold: `fmr` is also called FAR, `fnmr` FRR; lower is better."""

    threshold: float
    fmr: Estimate
    fnmr: Estimate


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


@dataclass(frozen=True)
class EqualErrors:
    """The point of a curve where both error rates meet.

    Attributes:
        rate: the equal error rate; lower is better; n counts the smaller set of comparisons.
        at: the errors at the threshold that brings them nearest to one another.
    """

    rate: Estimate
    at: ErrorRates


def error_rates(
    genuine: npt.ArrayLike, impostor: npt.ArrayLike, threshold: float, *, level: float = 0.95
) -> ErrorRates:
    """Estimate FMR (FAR) and FNMR (FRR) at a threshold, with Wilson intervals.

    FMR = impostor comparisons with score >= threshold / all of them; FNMR = genuine ones with
    score < threshold / all of them.

    Raises:
        InputError: no genuine or no impostor score, or some that are not finite.

    >>> rates = error_rates([0.7, 0.4, 0.9], [0.1, 0.5], 0.5)
    >>> rates.fmr.value, rates.fnmr.value
    (0.5, 0.3333333333333333)
    """
    first, second = checked_both(genuine, impostor)
    if np.isnan(threshold):
        raise InputError("expected a threshold, got nan")
    return ErrorRates(
        float(threshold),
        wilson(count_at_least(second, threshold), len(second), level),
        wilson(len(first) - count_at_least(first, threshold), len(first), level),
    )


def tar_at_far(
    genuine: npt.ArrayLike,
    impostor: npt.ArrayLike,
    fars: Sequence[float],
    *,
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

    Args:
        genuine: (N,) scores of two photos of one person.
        impostor: (M,) scores of two people.
        fars: false accept rates asked for, in (0, 1].
        least: how many false accepts the impostor comparisons must allow for; 30 follows the rule
            of 30 (Doddington, Przybocki, Martin, Reynolds 2000, "The NIST speaker recognition
            evaluation", Speech Communication 31:225).
        strict: raise instead of returning a refusal.
        level: coverage of the Wilson intervals.

    Raises:
        InputError: no scores or some not finite, a rate out of range, or with `strict` a rate that
            cannot be resolved.

    >>> genuine, impostor = np.array([0.6, 0.7, 0.2]), np.linspace(0, 0.5, 11)
    >>> half, tiny = tar_at_far(genuine, impostor, [0.1, 0.001])
    >>> round(half.tar.value, 3), half.realised.value <= 0.1
    (0.667, True)
    >>> tiny.tar, tiny.why
    (None, 'expected at least 1,000 impostor comparisons for a rate of 0.001, got 11')
    """
    first, second = checked_both(genuine, impostor)
    counts = [exact_rate(far, len(second), least) for far in fars]
    refusals = [
        "" if count >= least else too_few_message(far, len(second), least, "impostor comparisons")
        for far, count in zip(fars, counts, strict=True)
    ]
    if strict and any(refusals):
        raise InputError(next(filter(None, refusals)))
    thresholds = iter(thresholds_letting(second, [count for count in counts if count >= least]))
    found = []
    for far, why in zip(fars, refusals, strict=True):
        if why:
            found.append(TarAtFar(far, why=why))
            continue
        threshold = next(thresholds)
        tar = wilson(count_at_least(first, threshold), len(first), level)
        realised = wilson(count_at_least(second, threshold), len(second), level)
        found.append(TarAtFar(far, threshold, tar, realised))
    return found


def tar_at_far_of(
    curve: Roc, fars: Sequence[float], *, least: int = 1, level: float = 0.95
) -> list[TarAtFar]:
    """Read off a curve what `tar_at_far` gives for scores; see there.

    The threshold is the lowest of those listed whose false accept rate is at most `far`; lower ones
    may accept more impostors and as many genuine comparisons. Counts at it are exact. Of binned
    scores it can be too high by one bin, and so the true accept rate too low, never too high.

    >>> from faceaudit.metrics.roc import roc
    >>> tar_at_far_of(roc([0.6, 0.7, 0.2], np.linspace(0, 0.5, 11)), [0.1])[0].threshold
    0.6
    """
    found = []
    for far in fars:
        count = exact_rate(far, curve.impostors, least)
        if count < least:
            why = too_few_message(far, curve.impostors, least, "impostor comparisons")
            found.append(TarAtFar(far, why=why))
            continue
        at = int(np.searchsorted(curve.false_accepts, count, side="right")) - 1
        rates = _rates_at(curve, at, level)
        tar = wilson(int(curve.true_accepts[at]), curve.genuines, level)
        found.append(TarAtFar(far, rates.threshold, tar, rates.fmr))
    return found


def eer(genuine: npt.ArrayLike, impostor: npt.ArrayLike, *, level: float = 0.95) -> EqualErrors:
    """Estimate the equal error rate: where FMR (FAR) and FNMR (FRR) meet.

    Both change in steps, so they rarely meet at a threshold. The rate is where the line between
    the two operating points on either side crosses FMR = FNMR. `at` holds the errors at a
    threshold that was seen and brings them nearest.

    The interval replaces first one error, then the other, at every threshold by the end of its
    Wilson interval, takes how far each moves the crossing, and adds the two in squares (Zou, Donner
    2008, "Construction of confidence limits about effect measures", Statistics in Medicine
    27:1693). It so weighs both errors by how steep they are and needs no resampling.

    Raises:
        InputError: no genuine or no impostor score, or some that are not finite.

    >>> eer([0.9, 0.8, 0.4], [0.1, 0.2, 0.5]).rate.value
    0.3333333333333333
    """
    first, second = checked_both(genuine, impostor)
    first, second = np.sort(first), np.sort(second)
    curve = roc_of_sorted(first, second)
    rate, at = eer_of(curve, level=level)
    # Between two corners only one of the errors moves: look at its steps on either side, too.
    candidates = [
        float(curve.thresholds[at]),
        *_steps_around(second, rate.value),
        *_steps_around(first, 1 - rate.value),
    ]
    nearest = min(
        (error_rates(first, second, one, level=level) for one in candidates),
        key=lambda rates: abs(rates.fmr.value - rates.fnmr.value),
    )
    return EqualErrors(rate, nearest)


def equal_errors_of(curve: Roc, *, level: float = 0.95) -> EqualErrors:
    """Read the equal error rate off a curve; see `eer`."""
    rate, at = eer_of(curve, level=level)
    return EqualErrors(rate, _rates_at(curve, at, level))


def auc(genuine: npt.ArrayLike, impostor: npt.ArrayLike, *, level: float = 0.95) -> Estimate:
    """Estimate the area under the ROC curve: how often a genuine score beats an impostor one.

    P(genuine > impostor) + P(equal) / 2 (Mann, Whitney 1947); 0.5 is chance, higher is better. The
    interval is that of DeLong, DeLong, Clarke-Pearson 1988 (Biometrics 44:837) on the scale of the
    log odds, its variance read off the sorted scores in one pass. Where that variance is nothing or
    undefined (sets that do not overlap, a single score) it is method 5 of Newcombe 2006 (Statistics
    in Medicine 25:559), which has a width even then. `n` counts the smaller set.

    Raises:
        InputError: no genuine or no impostor score, or some that are not finite.

    >>> auc([0.9, 0.8, 0.4], [0.1, 0.4]).value
    0.9166666666666666
    """
    first, second = checked_both(genuine, impostor)
    return auc_of(roc_of_sorted(np.sort(first), np.sort(second)), level=level)


def exact_rate(share: float, trials: int, least: int) -> int:
    """Return how many of the trials may be false accepts at a rate that was asked for."""
    if not 0 < share <= 1:
        raise InputError(f"expected a rate above 0 and up to 1, got {share}")
    if least < 1:
        raise InputError(f"expected at least one false accept to allow for, got least={least}")
    return allowed(share, trials) if trials else 0


def too_few_message(share: float, trials: int, least: int, what: str) -> str:
    """Say why so few trials cannot resolve a rate."""
    needed = math.ceil(least / share)
    return f"expected at least {needed:,} {what} for a rate of {share:g}, got {trials:,}"


def _steps_around(scores: ScoreArray, share: float) -> list[float]:
    """Return the scores, of rising ones, that just a share of them reaches or does not reach."""
    count = min(max(1, math.ceil(share * len(scores))), len(scores))
    step = scores[len(scores) - count]
    above = int(np.searchsorted(scores, step, side="right"))
    return [float(one) for one in (step, *scores[above : above + 1])]


def _rates_at(curve: Roc, at: int, level: float) -> ErrorRates:
    return ErrorRates(
        float(curve.thresholds[at]),
        wilson(int(curve.false_accepts[at]), curve.impostors, level),
        wilson(curve.genuines - int(curve.true_accepts[at]), curve.genuines, level),
    )
