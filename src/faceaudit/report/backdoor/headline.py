"""Headline of a backdoor audit: the strongest attack, or that none was shown to work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from faceaudit.audit.declared import Declared
from faceaudit.records.backdoor import CLEAN, NULL, PRISTINE, SUCCESS, TARGET_CLEAN
from faceaudit.report.backdoor.accuracy_findings import falls, stays, target_cost
from faceaudit.report.backdoor.attack_series import SampleCount, Series
from faceaudit.report.backdoor.size_findings import GOAL
from faceaudit.report.backdoor.trainings import (
    FEWEST,
    caution,
    caution_of,
    remedy,
    success_rate,
    trainings_in_words,
    tries,
)
from faceaudit.report.backdoor.verdicts import CROSSING, Held, hold, reaches
from faceaudit.report.elements import Headline
from faceaudit.report.least_accuracy import is_too_low
from faceaudit.report.numbers import (
    SPACE,
    count,
    counted,
    listed,
    percent,
    percent_in_text,
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
    held: Held


def headline(
    series: Sequence[Series],
    *,
    pristine: Sequence[CaseRecord],
    least: float = Declared().least_accuracy,
) -> Headline:
    """Choose the strongest attack and say what it does.

    What was run in at least three trainings comes first. Of the attacks whose whole interval over
    trainings lies above that of the null and at 90 % or above, the one with the fewest poison
    samples is named; otherwise the highest that is above its null over trainings; otherwise the
    highest that is in single trainings, and the title says so.

    Args:
        series: the attacks of the store.
        pristine: its cases without attack.
        least: share of clean photos below which no system is in use that could be attacked.
    """
    found = _headline(series, pristine)
    return replace(found, warning=f"{found.warning} {_recognises_few(pristine, least)}".strip())


def _recognises_few(pristine: Sequence[CaseRecord], least: float) -> str:
    """Warn of systems that recognise too few clean photos for a verdict; often nothing."""
    rates = [rate for record in pristine if (rate := record.figure(CLEAN)) is not None]
    low = [rate for rate in rates if is_too_low(rate, least)]
    if not low:
        return ""
    worst = min(low, key=lambda rate: rate.value)
    verb = "recognises" if len(low) == 1 else "recognise"
    return (
        f"Without poison {counted(len(low), 'system')} of {count(len(rates))} {verb} fewer than "
        f"{least * 100:g}{SPACE}% of clean photos ({percent_with_interval(worst)} at "
        "worst): how attacks fare on them says little of a system that works."
    )


def _headline(series: Sequence[Series], pristine: Sequence[CaseRecord]) -> Headline:
    attempts = list(_list_attempts(series))
    networks = {each.network for each in series}
    works = [attempt for attempt in attempts if attempt.held.over]
    enough = [attempt for attempt in works if reaches(attempt.level)]
    once = [attempt for attempt in attempts if attempt.held.above]
    if enough:
        return _enough(enough, attempts, networks)
    if works:
        return _works(works, attempts, networks)
    if once:
        return _worked_in_single_trainings(once, attempts, networks)
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
                yield _Attempt(each, level, rate, hold(level))


def _enough(
    enough: Sequence[_Attempt], attempts: Sequence[_Attempt], networks: set[str]
) -> Headline:
    best = min(enough, key=lambda attempt: (attempt.level.samples, -attempt.rate.low))
    verb = "is" if best.level.samples == 1 else "are"
    chosen = _choice(f"The fewest that reach {GOAL}", _judged(attempts), _IN_THREE)
    fewer = [
        attempt
        for attempt in _single(attempts)
        if attempt.level.samples < best.level.samples and attempt.rate.value >= CROSSING
    ]
    return Headline(
        f"{_poisoned_photos(best.level)} {verb} enough",
        f"{_detail(best, networks)}{chosen}{_without_verdict(fewer, 'Fewer')}",
    )


def _works(works: Sequence[_Attempt], attempts: Sequence[_Attempt], networks: set[str]) -> Headline:
    best = max(works, key=lambda attempt: (attempt.rate.value, attempt.rate.low))
    chosen = _choice("The highest", _judged(attempts), _IN_THREE)
    higher = [attempt for attempt in _single(attempts) if attempt.rate.value > best.rate.value]
    title, photos = _title_of_works(best), _poisoned_photos(best.level)
    named = "" if title.startswith(photos) else f"{photos}. "
    return Headline(
        title,
        f"{named}{_detail(best, networks)}{chosen}{_without_verdict(higher, 'Higher')}",
    )


def _title_of_works(best: _Attempt) -> str:
    """Say what was measured, and how little the interval allows; 90 % itself was not shown."""
    where = trainings_in_words(best.held.trainings)
    rate = percent_in_text(best.rate.value)
    verb = "opens" if best.level.samples == 1 else "open"
    if all(single.value >= CROSSING for single in best.level.single(SUCCESS)):
        return (
            f"{_poisoned_photos(best.level)} {verb} the door in every one of {where}: {rate} "
            f"success, by the interval {percent(best.rate.low)} or more"
        )
    return (
        f"Back doors open: the strongest attack has {rate} success over {where}, by the interval "
        f"{percent(best.rate.low)} or more; {GOAL} was not shown"
    )


def _worked_in_single_trainings(
    once: Sequence[_Attempt], attempts: Sequence[_Attempt], networks: set[str]
) -> Headline:
    best = max(once, key=lambda attempt: (attempt.rate.value, -attempt.level.samples))
    held = best.held
    where = (
        trainings_in_words(1)
        if held.trainings == 1
        else f"{held.above} of {trainings_in_words(held.trainings)}"
    )
    mean = " on average" if held.trainings > 1 else ""
    chosen = _choice("The highest", attempts, "")
    return Headline(
        f"{_poisoned_photos(best.level)} worked in {where}: {percent_in_text(best.rate.value)} "
        f"success{mean}",
        f"{_detail(best, networks)}{chosen}{caution_of(best.series, best.level)}",
    )


def _none_works(attempts: Sequence[_Attempt]) -> Headline:
    best = max(attempts, key=lambda attempt: (attempt.rate.value, attempt.level.trainings))
    unknown = sum(attempt.level.get(NULL) is None for attempt in attempts)
    without_null = f" For {unknown} of {len(attempts)} there is no null to compare with." * bool(
        unknown
    )
    return Headline(
        "No attack was shown to work",
        "None was shown to be taken for the target more often than without poison. The highest "
        f"rate was {success_rate(best.level, SUCCESS, best.rate)}, {best.series.title} with "
        f"{counted(best.level.samples, 'poison sample')}.{without_null}"
        f"{_choice('It is the highest', attempts, '')}{caution_of(best.series, best.level)}",
    )


_IN_THREE = f" in {FEWEST} trainings or more"


def _judged(attempts: Sequence[_Attempt]) -> list[_Attempt]:
    return [attempt for attempt in attempts if attempt.level.trainings >= FEWEST]


def _single(attempts: Sequence[_Attempt]) -> list[_Attempt]:
    """Return what worked in each of its trainings, of which there are too few for a verdict."""
    return [
        attempt for attempt in attempts if attempt.held.shown and attempt.level.trainings < FEWEST
    ]


def _choice(what: str, among: Sequence[_Attempt], where: str) -> str:
    """Say of how many the named one was chosen: the best of many is better than it would repeat."""
    if len(among) < 2:
        return ""
    numbers = f"{len(among)} numbers of samples tried{where}"
    attacks = len({id(attempt.series) for attempt in among})
    of = f", over {counted(attacks, 'attack')}" if attacks > 1 else ""
    return f" {what} of {numbers}{of}."


def _without_verdict(attempts: Sequence[_Attempt], what: str) -> str:
    """Name the highest of what was run too seldom and would otherwise stand in the title."""
    if not attempts:
        return ""
    best = max(attempts, key=lambda attempt: (attempt.rate.value, -attempt.level.samples))
    why = caution(best.level.trainings, remedy(best.series))
    chosen = f", the highest of {len(attempts)} such" if len(attempts) > 1 else ""
    return (
        f" {what}, without a verdict: {best.series.title} with "
        f"{counted(best.level.samples, 'poison sample')} measured "
        f"{success_rate(best.level, SUCCESS, best.rate)}{chosen} ({why})."
    )


def _poisoned_photos(level: SampleCount) -> str:
    """Say how many photos were poisoned, of how many the system was trained on."""
    total = level.facts.training_photos + level.samples
    photos = f"{count(level.samples)} poisoned photo{'' if level.samples == 1 else 's'}"
    return f"{photos} of {count(total)} ({percent(level.samples / total)})"


def _detail(best: _Attempt, networks: set[str]) -> str:
    level = best.level
    null = level.get(NULL)
    without = "not measured" if null is None else percent_in_text(null.value)
    where = f" on {best.series.network_title}" if len(networks) > 1 else ""
    return (
        f"{best.series.title}{where}: the attacker is taken for the target in "
        f"{success_rate(level, SUCCESS, best.rate)} of {tries(level)}, without poison in "
        f"{without}{_describe_accuracy(level)}."
    )


def _describe_accuracy(level: SampleCount) -> str:
    clean, pristine = level.get(CLEAN), level.get(PRISTINE)
    if clean is None:
        return "; clean accuracy was not measured"
    verb = "is"
    compared = ""
    if pristine is not None and level.cost is not None:
        if stays(level.cost):
            verb = "stays within 2 points, at"
        elif falls(level.cost):
            verb = "falls to"
        compared = f", against {percent_in_text(pristine.value)} for the pristine system"
    text = f", while clean accuracy {verb} {percent_in_text(clean.value)}{compared}"
    own, cost = level.get(TARGET_CLEAN), target_cost(level)
    if own is None or cost is None or not falls(cost):
        return text
    return f"{text}; the target's own falls to {percent_in_text(own.value)}"
