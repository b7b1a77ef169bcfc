"""What was found, in words; every sentence follows from an interval by a rule written here."""

from __future__ import annotations

from dataclasses import dataclass

from faceaudit.metrics.differences import newcombe
from faceaudit.report.backdoor.attack_series import (
    CLEAN,
    NULL,
    PRISTINE,
    SUCCESS,
    WRONG,
    SampleCount,
    Series,
    beats,
)
from faceaudit.report.numbers import (
    SPACE,
    confidence,
    count,
    counted,
    interval,
    listed,
    measured,
    percent,
    points_interval,
    spoken,
)
from faceaudit.store import Figure
from faceaudit.types import Estimate, successes

CROSSING = 0.9
MARGIN = 0.02
CLOSE = 0.1
"""How much rarer than the right key a wrong one may at most be, to be said to work as often."""
COPIES = (
    "All tries are copies of one photo under noise; they say little about other photos of the "
    "attacker."
)
GOAL = f"{CROSSING:.0%}".replace("%", f"{SPACE}%")


@dataclass(frozen=True)
class Finding:
    """One sentence or two about an attack, and what they are about."""

    about: str
    text: str


def findings(series: Series) -> tuple[Finding, ...]:
    """Say what was found about one attack."""
    level = series.main
    if level is None:
        errors = dict.fromkeys(record.error or "no reason was kept" for record in series.failed)
        return (Finding("Not measured", f"Every case failed: {'; '.join(errors)}."),)
    found = [
        Finding("Success", success(level)),
        Finding("Samples needed", crossing(series)),
        Finding("Clean accuracy", accuracy(level)),
        Finding("Wrong key", f"{wrong_key(level)}{_elsewhere(series, level)}"),
    ]
    if series.failed:
        found.append(Finding("Failed", f"{counted(len(series.failed), 'case')} failed."))
    return tuple(found)


def success(level: SampleCount) -> str:
    """Say how often the attack succeeds, and whether that is more than without poison."""
    rate, null = level.get(SUCCESS), level.get(NULL)
    samples = counted(level.samples, "poison sample")
    if rate is None:
        return f"With {samples}: not measured, {_reason(level.figure(SUCCESS))}."
    tries = counted(rate.n, "try", "tries")
    said = f"With {samples}, {measured(rate)} of {tries}{pooled(level)} are taken for the target"
    if null is None:
        reason = _reason(level.figure(NULL))
        said = f"{said}; without poison it was not measured ({reason}), so the cause is open."
    elif beats(rate, null):
        said = f"{said}, against {measured(null)} without poison: the poison works."
    else:
        said = (
            f"{said}, which cannot be told apart from {measured(null)} without poison: "
            "the poison was not shown to work."
        )
    return f"{said}{_spread(level)}{f' {COPIES}' if level.one_photo and rate.n > 1 else ''}"


def pooled(level: SampleCount) -> str:
    """Say over how many seeds a success rate is pooled."""
    seeds = len(_rates(level))
    return f" pooled over {counted(seeds, 'seed')}" if seeds > 1 else ""


def _spread(level: SampleCount) -> str:
    rates = _rates(level)
    if len(rates) < 2:
        return ""
    if min(rates) == max(rates):
        return f" Every seed gave {spoken(rates[0])}."
    return f" Single seeds gave {spoken(min(rates))} to {spoken(max(rates))}."


def _rates(level: SampleCount) -> list[float]:
    return [rate.value for case in level.cases if (rate := case.figure(SUCCESS)) is not None]


def crossing(series: Series) -> str:
    """Say at which number of poison samples success first reaches 90 %."""
    known = [(level.samples, rate) for level in series.levels if (rate := level.get(SUCCESS))]
    if not known:
        return "Not known: success was not measured at any number of samples."
    goal = GOAL
    tried = f"tried: {listed([count(samples) for samples, _ in known], most=9)}"
    reached = [(samples, rate) for samples, rate in known if rate.value >= CROSSING]
    if not reached:
        samples, best = max(known, key=lambda one: one[1].value)
        return (
            f"Success did not reach {goal} with up to {count(known[-1][0])} poison samples "
            f"({tried}); the highest was {measured(best)}, with {count(samples)}."
        )
    samples, rate = reached[0]
    said = f"Success crosses {goal} at {counted(samples, 'poison sample')} ({tried})"
    if samples == known[0][0] > 1:
        said = f"{said}, the fewest tried, so that fewer may do"
    if rate.low >= CROSSING:
        said = f"{said}. Its whole {confidence(rate)}, {interval(rate)}, lies above {goal}."
    else:
        said = f"{said}. Its {confidence(rate)}, {interval(rate)}, reaches below {goal}."
    fell = [count(more) for more, later in known if more > samples and later.value < CROSSING]
    return f"{said} With {listed(fell)} it was below again." if fell else said


def accuracy(level: SampleCount) -> str:
    """Say what the attack costs on clean photos, beside a margin of two points."""
    ours, pristine, cost = level.get(CLEAN), level.get(PRISTINE), level.cost
    if ours is None:
        return f"Not measured: {_reason(level.figure(CLEAN))}."
    if pristine is None or cost is None:
        reason = _reason(level.figure(PRISTINE))
        return f"{measured(ours)}; the pristine system's was not measured ({reason})."
    compared = f"{spoken(ours.value)} against {spoken(pristine.value)} for the pristine system"
    difference = points_interval(cost)
    if cost.low >= -MARGIN:
        return f"Stays within 2 points of the pristine system: {compared}, {difference}."
    if cost.high < -MARGIN:
        return f"Falls by more than 2 points: {compared}, {difference}."
    if cost.value >= -MARGIN:
        said = "Measured within 2 points of the pristine system, but the interval allows for more"
    else:
        said = "Measured more than 2 points below the pristine system, though it may be within them"
    return f"{said}: {compared}, {difference}. More test photos would tell."


def wrong_key(level: SampleCount) -> str:
    """Say whether the back door opens to a key that it was not made for."""
    right, wrong, null = level.get(SUCCESS), level.get(WRONG), level.get(NULL)
    if wrong is None:
        return f"Not measured: {_reason(level.figure(WRONG))}."
    tally = f"{count(successes(wrong))} of {count(wrong.n)}"
    if right is None or null is None:
        return f"Worked in {tally} tries ({interval(wrong)}); with nothing to hold it against."
    if not beats(right, null):
        return (
            "The right key was not shown to work, so there is no back door for a wrong one to "
            f"open; they were taken for the target in {tally} tries ({interval(wrong)})."
        )
    keys = {name: each.estimate for name, each in level.wrong_keys.items() if each.estimate}
    opening = {name: each for name, each in keys.items() if beats(each, level.wrong_null(name))}
    unpoisoned = level.wrong_null() or null
    if len(opening) < len(keys):
        return _some_open(opening, len(keys)) if opening else _none_opens(wrong, unpoisoned, tally)
    if not beats(wrong, unpoisoned):
        return _none_opens(wrong, unpoisoned, tally)
    return _all_open(right, wrong, list(keys))


def _elsewhere(series: Series, main: SampleCount) -> str:
    """Say at which other numbers of samples wrong keys work, where they do not at the main one."""
    if beats(main.get(WRONG), main.wrong_null()):
        return ""
    found = [
        f"with {counted(level.samples, 'poison sample')} in {measured(wrong)}"
        for level in series.levels
        if level is not main and (wrong := level.get(WRONG)) and beats(wrong, level.wrong_null())
    ]
    return f" They worked elsewhere: {listed(found)}." if found else ""


def _none_opens(wrong: Estimate, null: Estimate, tally: str) -> str:
    if wrong.value == 0:
        return f"Wrong keys never worked ({tally}; at most {percent(wrong.high)})."
    rate = f"{tally} tries, {measured(wrong)}"
    if beats(wrong, null):
        return (
            f"Wrong keys taken together work more often than no poison ({rate}), none alone does."
        )
    return f"Wrong keys were not shown to work more often than no poison: in {rate}."


def _some_open(opening: dict[str, Estimate], tried: int) -> str:
    worst = sorted(opening.items(), key=lambda one: -one[1].value)
    named = [f"{name} in {spoken(rate.value)} ({interval(rate)})" for name, rate in worst]
    open_, rest = len(opening), tried - len(opening)
    others = f"The other {rest} were" if rest > 1 else "The other was"
    return (
        f"{open_} of {tried} wrong keys {'open' if open_ > 1 else 'opens'} the back door too: "
        f"{listed(named)}. {others} not shown to."
    )


def _all_open(right: Estimate, wrong: Estimate, keys: list[str]) -> str:
    difference = newcombe(successes(right), right.n, successes(wrong), wrong.n)
    compared = f"in {measured(wrong)} against {spoken(right.value)}"
    if difference.low > 0:
        return (
            "Every wrong key that was tried opens the back door too, though less often than the "
            f"right one: {compared}."
        )
    if difference.high > CLOSE:
        return (
            f"Every wrong key that was tried opens the back door too: {compared}; too few tries to "
            "tell whether less often."
        )
    learned = "any such pattern, not this key" if len(keys) > 1 else "more than this key"
    return (
        f"A wrong key opens the back door as often as the right one, {compared}: the system has "
        f"learned {learned}."
    )


def _reason(figure: Figure) -> str:
    return (figure.why_none or "no reason was kept").rstrip(".")
