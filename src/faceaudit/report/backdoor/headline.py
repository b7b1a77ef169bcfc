"""Headline of a backdoor audit: the strongest attack, or that none was shown to work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from faceaudit.records.backdoor import CLEAN, NULL, PRISTINE, SUCCESS
from faceaudit.report.backdoor.attack_series import SampleCount, Series, beats
from faceaudit.report.backdoor.findings import CROSSING, GOAL, MARGIN, pooled
from faceaudit.report.elements import Headline
from faceaudit.report.numbers import (
    count,
    counted,
    interval_name,
    listed,
    percent,
    percent_in_text,
    percent_interval,
    percent_with_interval,
)
from faceaudit.store import CaseRecord
from faceaudit.types import Estimate


@dataclass(frozen=True, eq=False)
class _Attempt:
    """One attack at one number of poison samples, and its success."""

    series: Series
    level: SampleCount
    rate: Estimate
    null: Estimate | None


def headline(series: Sequence[Series], *, pristine: Sequence[CaseRecord]) -> Headline:
    """Choose the strongest attack and say what it does.

    An attack counts when its interval lies above that of its null. Of those that reach 90 % the one
    with the fewest poison samples is named, otherwise the one with the highest lower bound.

    Args:
        series: the attacks of the store.
        pristine: its cases without attack.
    """
    attempts = list(_list_attempts(series))
    works = [attempt for attempt in attempts if beats(attempt.rate, attempt.null)]
    enough = [attempt for attempt in works if attempt.rate.value >= CROSSING]
    networks = {each.network for each in series}
    if enough:
        best = min(enough, key=lambda attempt: (attempt.level.samples, -attempt.rate.low))
        verb = "is" if best.level.samples == 1 else "are"
        return Headline(f"{_poisoned_photos(best.level)} {verb} enough", _detail(best, networks))
    if works:
        best = max(works, key=lambda attempt: attempt.rate.low)
        reached = percent_in_text(best.rate.value)
        title = f"No attack reached {GOAL}; the strongest reached {reached}"
        return Headline(title, f"{_poisoned_photos(best.level)}. {_detail(best, networks)}")
    if attempts:
        return _none_works(attempts)
    if series:
        return Headline("No attack was measured", "Every attack failed or is missing.")
    rates = [rate for record in pristine if (rate := record.figure(CLEAN)) is not None]
    accuracy = (
        f" Clean accuracy: {listed([percent_with_interval(rate) for rate in rates])}." * bool(rates)
    )
    return Headline("No attack was run", f"The store holds pristine systems only.{accuracy}")


def _list_attempts(series: Sequence[Series]) -> Iterator[_Attempt]:
    for each in series:
        for level in each.levels:
            rate = level.get(SUCCESS)
            if rate is not None:
                yield _Attempt(each, level, rate, level.get(NULL))


def _none_works(attempts: list[_Attempt]) -> Headline:
    best = max(attempts, key=lambda attempt: attempt.rate.value)
    unknown = sum(attempt.null is None for attempt in attempts)
    without_null = f" For {unknown} of {len(attempts)} there is no null to compare with." * bool(
        unknown
    )
    return Headline(
        "No attack was shown to work",
        "None was taken for the target more often than without poison. The highest rate was "
        f"{percent_with_interval(best.rate)}, {best.series.title} with "
        f"{counted(best.level.samples, 'poison sample')}.{without_null}",
    )


def _poisoned_photos(level: SampleCount) -> str:
    """Say how many photos were poisoned, of how many the system was trained on."""
    total = level.facts.training_photos + level.samples
    photos = f"{count(level.samples)} poisoned photo{'' if level.samples == 1 else 's'}"
    return f"{photos} of {count(total)} ({percent(level.samples / total)})"


def _detail(best: _Attempt, networks: set[str]) -> str:
    null = "not measured" if best.null is None else percent_in_text(best.null.value)
    where = f" on {best.series.network_title}" if len(networks) > 1 else ""
    copies = ""
    if best.level.one_photo and best.rate.n > 1:
        each = " a seed," if len(best.level.seeds) > 1 else ""
        copies = f", all copies of one photo{each}"
    return (
        f"{best.series.title}{where}: the attacker is taken for the target in "
        f"{percent_in_text(best.rate.value)} of {count(best.rate.n)} tries{copies}"
        f"{pooled(best.level)} ({interval_name(best.rate)} {percent_interval(best.rate)}; "
        f"without poison {null}){_describe_accuracy(best.level)}."
    )


def _describe_accuracy(level: SampleCount) -> str:
    clean, pristine = level.get(CLEAN), level.get(PRISTINE)
    if clean is None:
        return "; clean accuracy was not measured"
    text = f", while clean accuracy is {percent_in_text(clean.value)}"
    if pristine is None or level.cost is None:
        return text
    if level.cost.low >= -MARGIN:
        text = f", while clean accuracy stays at {percent_in_text(clean.value)}"
    elif level.cost.high < -MARGIN:
        text = f", while clean accuracy falls to {percent_in_text(clean.value)}"
    return f"{text}, against {percent_in_text(pristine.value)} for the pristine system"
