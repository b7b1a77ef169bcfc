"""The report's headline: the strongest attack in words, or that there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from faceaudit.report.backdoor.attack_series import (
    CLEAN,
    NULL,
    PRISTINE,
    SUCCESS,
    SampleCount,
    Series,
    beats,
)
from faceaudit.report.backdoor.findings import CROSSING, GOAL, MARGIN, pooled
from faceaudit.report.numbers import (
    confidence,
    count,
    counted,
    interval,
    listed,
    measured,
    percent,
    spoken,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate


@dataclass(frozen=True)
class Headline:
    """What to know when nothing else is read.

    Attributes:
        warning: what is incomplete, or nothing.
        title: the finding.
        detail: the figures it follows from.
    """

    warning: str
    title: str
    detail: str


@dataclass(frozen=True, eq=False)
class _Try:
    series: Series
    level: SampleCount
    rate: Estimate
    null: Estimate | None


def headline(
    series: Sequence[Series],
    *,
    pristine: Sequence[CaseRecord],
    planned: int,
    failed: int,
    missing: int,
) -> Headline:
    """Choose the strongest attack and say what it does.

    An attack counts when its interval lies above that of its null. Of those that reach 90 % the one
    with the fewest poison samples is named, otherwise the one with the highest lower bound.

    Args:
        series: the attacks of the store.
        pristine: its cases without attack.
        planned: number of cases in the plan.
        failed: how many of them failed.
        missing: how many of them are not in the store.
    """
    warning = incomplete(planned, failed, missing)
    tries = list(_tries(series))
    works = [one for one in tries if beats(one.rate, one.null)]
    enough = [one for one in works if one.rate.value >= CROSSING]
    networks = {one.network for one in series}
    if enough:
        best = min(enough, key=lambda one: (one.level.samples, -one.rate.low))
        verb = "is" if best.level.samples == 1 else "are"
        return Headline(warning, f"{_photos(best.level)} {verb} enough", _detail(best, networks))
    if works:
        best = max(works, key=lambda one: one.rate.low)
        reached = spoken(best.rate.value)
        title = f"No attack reached {GOAL}; the strongest reached {reached}"
        return Headline(warning, title, f"{_photos(best.level)}. {_detail(best, networks)}")
    if tries:
        return _nothing_works(warning, tries)
    if series:
        return Headline(warning, "No attack was measured", "Every attack failed or is missing.")
    rates = [rate for one in pristine if (rate := one.figure(CLEAN)) is not None]
    accuracy = f" Clean accuracy: {listed([measured(rate) for rate in rates])}." * bool(rates)
    return Headline(
        warning, "No attack was run", f"The store holds pristine systems only.{accuracy}"
    )


def _tries(series: Sequence[Series]) -> Iterator[_Try]:
    for one in series:
        for level in one.levels:
            rate = level.get(SUCCESS)
            if rate is not None:
                yield _Try(one, level, rate, level.get(NULL))


def _nothing_works(warning: str, tries: list[_Try]) -> Headline:
    best = max(tries, key=lambda one: one.rate.value)
    unknown = sum(one.null is None for one in tries)
    open_cases = f" For {unknown} of {len(tries)} there is no null to compare with." * bool(unknown)
    return Headline(
        warning,
        "No attack was shown to work",
        "None was taken for the target more often than without poison. The highest rate was "
        f"{measured(best.rate)}, {best.series.title} with "
        f"{counted(best.level.samples, 'poison sample')}.{open_cases}",
    )


def _photos(level: SampleCount) -> str:
    """Say how many photos were poisoned, of how many the system was trained on."""
    training = level.facts.get("training_photos")
    photos = f"{count(level.samples)} poisoned photo{'' if level.samples == 1 else 's'}"
    if training is None:
        return photos
    total = int(training) + level.samples
    return f"{photos} of {count(total)} ({percent(level.samples / total)})"


def _detail(best: _Try, networks: set[str]) -> str:
    null = "not measured" if best.null is None else spoken(best.null.value)
    where = f" on {best.series.network_title}" if len(networks) > 1 else ""
    copies = ""
    if best.level.one_photo and best.rate.n > 1:
        each = " a seed," if len(best.level.seeds) > 1 else ""
        copies = f", all copies of one photo{each}"
    return (
        f"{best.series.title}{where}: the attacker is taken for the target in "
        f"{spoken(best.rate.value)} of {count(best.rate.n)} tries{copies}{pooled(best.level)} "
        f"({confidence(best.rate)} {interval(best.rate)}; without poison {null})"
        f"{_accuracy(best.level)}."
    )


def _accuracy(level: SampleCount) -> str:
    clean, pristine = level.get(CLEAN), level.get(PRISTINE)
    if clean is None:
        return "; clean accuracy was not measured"
    said = f", while clean accuracy is {spoken(clean.value)}"
    if pristine is None or level.cost is None:
        return said
    if level.cost.low >= -MARGIN:
        said = f", while clean accuracy stays at {spoken(clean.value)}"
    elif level.cost.high < -MARGIN:
        said = f", while clean accuracy falls to {spoken(clean.value)}"
    return f"{said}, against {spoken(pristine.value)} for the pristine system"


def incomplete(planned: int, failed: int, missing: int) -> str:
    """Say what of a plan has no figures, or nothing.

    Args:
        planned: number of cases in the plan.
        failed: how many of them failed.
        missing: how many of them are not in the store.
    """
    parts = [f"{failed} failed"] * bool(failed) + [f"{missing} not in the store"] * bool(missing)
    if not parts:
        return ""
    return f"Incomplete: of {counted(planned, 'case')}, {' and '.join(parts)}."
