"""Attacks of a backdoor audit as its first screen lists them: what was tried, and how it went."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from faceaudit.records.backdoor import SUCCESS
from faceaudit.report.backdoor.attack_series import SampleCount, Series
from faceaudit.report.elements import NO_REASON, reason_of
from faceaudit.report.judging import Judgement, verdict
from faceaudit.report.numbers import counted, interval_name, percent_in_text, percent_interval
from faceaudit.report.threats import Outcome, Tried, worst, worst_first
from faceaudit.types import Estimate

PLAIN = {
    "input_instance": "One face as the key",
    "blended": "A picture blended in",
    "accessory": "An accessory on the face",
    "blended_accessory": "An accessory, trained faint",
    "clean_label": "An accessory on the target's own photos",
    "makeup": "Makeup",
    "tint": "A colour of the skin or of the light",
    "worn": "An object worn on the head",
}
WORDS: dict[Outcome, str] = {
    "broken": "opened",
    "kept": "held",
    "inconclusive": "not decided",
    "none": "no verdict",
}


@dataclass(frozen=True, eq=False)
class Attempt:
    """One attack at one number of poison samples, and what the limits say of it."""

    series: Series
    level: SampleCount
    rate: Estimate
    outcome: Outcome


def judge_attempt(deciding: Iterable[Judgement], series: Series, level: SampleCount) -> Outcome:
    """Hold the limits against the figures of one attack at one number of poison samples."""
    cases = {case.id for case in level.cases}
    return worst(
        verdict(judgement.limit, one)
        for judgement in deciding
        for one in judgement.measures
        if one.anchor == series.anchor and cases.issuperset(one.cases)
    )


def choose_attempt(attempts: Sequence[Attempt], outcome: Outcome) -> Attempt | None:
    """Return the attempt that is shown: of those that opened, the one with the fewest samples."""
    broken = [one for one in attempts if one.outcome == "broken"]
    if outcome == "broken" and broken:
        return min(broken, key=lambda one: (one.level.samples, -one.rate.low))
    undecided = [one for one in attempts if one.outcome == "inconclusive"]
    among = undecided if outcome == "inconclusive" and undecided else attempts
    return max(among, key=lambda one: (one.rate.value, -one.level.samples), default=None)


def interval_of(attempt: Attempt) -> str:
    """Write an interval; one training with copies of one photo has none."""
    if attempt.level.one_photo and attempt.level.trainings == 1:
        return "no interval: copies of one photo"
    return f"{interval_name(attempt.rate)} {percent_interval(attempt.rate)}"


def list_tried(
    series: Sequence[Series], attempts: Sequence[Attempt], *, verdicts: bool
) -> tuple[Tried, ...]:
    """Return what was tried, the worst first; attacks without a figure last, with the reason."""
    several = len({one.network for one in series}) > 1
    tried: list[Tried] = []
    unmeasured: dict[str, list[Series]] = {}
    for each in series:
        own = [one for one in attempts if one.series is each]
        name = _plain_name(each, several_networks=several)
        if not own:
            reasons = (reason_of(level.figure(SUCCESS)) for level in each.levels)
            unmeasured.setdefault(each.errors or next(reasons, NO_REASON), []).append(each)
            continue
        outcome = worst(one.outcome for one in own) if verdicts else "none"
        best = choose_attempt(own, outcome)
        assert best is not None
        figure = (
            f"{percent_in_text(best.rate.value)} with {counted(best.level.samples, 'photo')}, "
            f"{interval_of(best).removeprefix(f'{interval_name(best.rate)} ')}"
        )
        tried.append(Tried(name, figure, outcome, WORDS[outcome], each.anchor))
    for why, each_of in unmeasured.items():
        name = _plain_name(each_of[0], several_networks=several)
        more = f" and {len(each_of) - 1} more" if len(each_of) > 1 else ""
        tried.append(Tried(f"{name}{more}", why, "none", "not measured", each_of[0].anchor))
    return worst_first(tried)


def _plain_name(series: Series, *, several_networks: bool) -> str:
    options = series.distinguishing_options
    network = f"on {series.network_title}" if several_networks else ""
    more = ", ".join(filter(None, (options, network)))
    name = PLAIN.get(series.attack, series.name)
    return f"{name} ({more})" if more else name
