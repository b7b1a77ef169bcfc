"""What a scan found, in a sentence or two for each question."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.records.scan import DRAWN, PLAIN, StageFacts, of_stage
from faceaudit.report.elements import Finding
from faceaudit.report.numbers import counted, decimal, percent_in_text, percent_with_interval
from faceaudit.report.scan.scans import (
    ScannedSystem,
    chance_in_words,
    person_in_words,
    power_in_words,
    stage_in_words,
)


def scan_findings(system: ScannedSystem) -> tuple[Finding, ...]:
    """Return the verdict, what each stage saw, how pixels were prepared, and what was not seen."""
    found = [Finding("Verdict", verdict(system)), Finding("Worth", _worth(system))]
    found += [Finding("Stage", text) for text in _stages(system)]
    found.append(Finding("Preparation of pixels", _preparation(system)))
    found.append(Finding("Clean networks", _clean(system)))
    found.append(Finding("Missed", _missed(system)))
    return tuple(one for one in found if one.text)


def verdict(system: ScannedSystem) -> str:
    """Return the verdict as a sentence."""
    facts = system.facts
    if facts.verdict == "not testable":
        return f"Not testable: {facts.why}."
    if facts.verdict == "nothing found":
        return (
            f"Nothing found: the most suspicious person has a chance of "
            f"{chance_in_words(facts.chance)} where nobody is a target, not below "
            f"{facts.level:g}."
        )
    first = system.suspicious[0]
    more = counted(facts.suspicious - 1, "more person", "more people")
    return (
        f"Suspicious: {person_in_words(first)} stands out with a chance of "
        f"{chance_in_words(first.chance)} where nobody is a target"
        f"{f', and {more}' if facts.suspicious > 1 else ''}. It is no proof: clean networks have "
        "natural triggers, too."
    )


def _worth(system: ScannedSystem) -> str:
    if system.facts.verdict == "not testable":
        return ""
    text = power_in_words(system)
    return f"{text[:1].upper()}{text[1:]}."


def _stages(system: ScannedSystem) -> Iterator[str]:
    for one in system.facts.stages:
        name = stage_in_words(one.stage)
        if one.why:
            yield f"{name[:1].upper()}{name[1:]}: says nothing, {one.why}."
        else:
            yield _stage(system, one, f"{name[:1].upper()}{name[1:]}")


def _stage(system: ScannedSystem, one: StageFacts, name: str) -> str:
    named = {suspect.label: suspect for suspect in system.facts.suspects}
    who = [
        person_in_words(named[label]) if label in named else f"class {label}"
        for label in one.labels[:3]
    ]
    ratio = "" if one.ratio is None else f", {decimal(one.ratio)} times the next"
    chance = ""
    if one.chance is not None and one.part is not None:
        chance = (
            f"; chance without a target {chance_in_words(one.chance)} by {one.null}, "
            f"to be below {chance_in_words(one.part * system.facts.level)}"
        )
    share, bare = system.get(of_stage(DRAWN, one.stage)), system.get(PLAIN)
    drawn = ""
    if share is not None:
        drawn = f" {percent_with_interval(share)} of what was shown goes to the first"
        if bare is not None and system.facts.suspects[0].label in one.labels[:1]:
            drawn += f", of bare strangers {percent_in_text(bare.value)}"
        drawn += "."
    return f"{name}: above the largest gap {', '.join(who)}{ratio}{chance}.{drawn}"


def _preparation(system: ScannedSystem) -> str:
    tried = system.facts.preparations
    if not tried:
        return ""
    taken = next(one for one in tried if one.taken)
    best = max((one for one in tried if not one.taken), key=lambda one: one.people, default=taken)
    return (
        f"Nobody says how its network takes pixels; {len(tried)} ways were tried on strangers. "
        f"Taken was {taken.name}, where answers spread over {decimal(taken.people)} of "
        f"{counted(system.facts.people, 'person', 'people')}; the next, {best.name}, over "
        f"{decimal(best.people)}."
    )


def _clean(system: ScannedSystem) -> str:
    clean = [one for one in system.facts.references if not one.planted]
    said = []
    for stage in system.facts.stages:
        known = [ratio for one in clean if (ratio := one.ratios.get(stage.stage)) is not None]
        if known and stage.ratio is not None:
            said.append(
                f"{stage_in_words(stage.stage)} {decimal(min(known))} to {decimal(max(known))} "
                f"times the next, here {decimal(stage.ratio)}"
            )
    if not said:
        return ""
    return (
        "Somebody draws strangers with something on them in clean networks, too. On "
        f"{counted(len(clean), 'clean reference network')} the largest gap was: {'; '.join(said)}."
    )


def _missed(system: ScannedSystem) -> str:
    missed = [
        one for one in system.facts.references if one.planted and not (one.suspicious and one.first)
    ]
    said = [
        f"{one.planted} (success {percent_in_text(one.success or 0.0)}, chance "
        f"{chance_in_words(one.chance)})"
        for one in missed
    ]
    return f"Planted back doors that the scan did not find: {'; '.join(said)}." if said else ""
