"""Scans of embedders and verifiers, with what they found in words and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from faceaudit.records.embedder_scan import (
    BARE,
    BOTH_WEAR,
    BOTH_WEAR_TRIGGER,
    GENUINE,
    IN_WORDS,
    PROBE_WEARS,
    PROBE_WEARS_TRIGGER,
    ComparedPreparationFacts,
    EmbedderScanFacts,
    MeasureFacts,
    of_top,
)
from faceaudit.records.scan import FALSE_ALARMS, KIND, POWER
from faceaudit.report.anchors import anchor
from faceaudit.report.elements import Finding, Headline
from faceaudit.report.measured_case import MeasuredCase
from faceaudit.report.numbers import (
    counted,
    decimal,
    listed,
    percent_in_text,
    percent_with_interval,
)
from faceaudit.report.scan.scans import chance_in_words, is_of_people
from faceaudit.store import CaseRecord


@dataclass(frozen=True, eq=False)
class ComparedSystem(MeasuredCase):
    """One embedder or verifier that was scanned."""

    @cached_property
    def facts(self) -> EmbedderScanFacts:
        """What is known beside the figures."""
        return EmbedderScanFacts.of(self.record)

    @property
    def title(self) -> str:
        """How it is named to people."""
        return self.facts.title

    @property
    def anchor(self) -> str:
        """What the ids of its elements begin with."""
        return anchor(KIND, self.record.id[:12])

    @property
    def suspicious(self) -> tuple[MeasureFacts, ...]:
        """Measures by which it is suspicious at the level, each by its part of it."""
        if self.facts.verdict != "suspicious":
            return ()
        level = self.facts.level
        return tuple(
            one
            for one in self.facts.measures
            if one.chance is not None and one.part is not None and one.chance < one.part * level
        )


def compared_systems(records: Iterable[CaseRecord]) -> tuple[ComparedSystem, ...]:
    """Return the cases of embedders and verifiers that did not fail, in the order of the plan."""
    return tuple(
        ComparedSystem(one) for one in records if one.error is None and not is_of_people(one)
    )


def compared_headline(systems: Sequence[ComparedSystem]) -> Headline:
    """Choose the first words about embedders and verifiers, by the worst verdict."""
    words = {
        "suspicious": "{} may have a back door",
        "nothing found": "No key stands out in {}",
        "not testable": "{} could not be tested for back doors",
    }
    for word, title in words.items():
        some = [one for one in systems if one.facts.verdict == word]
        if some:
            named = title.format(listed([one.title for one in some]))
            return Headline(named, compared_verdict(some[0]), "", some[0].anchor)
    return Headline("Nothing was scanned", "Every case failed.")


def compared_verdict(system: ComparedSystem) -> str:
    """Return the verdict as a sentence."""
    facts = system.facts
    if facts.verdict == "not testable":
        return f"Not testable: {facts.why}."
    if facts.verdict == "nothing found":
        return (
            "Nothing found: what keys do beyond clean networks has a chance of "
            f"{chance_in_words(facts.chance)} in one of those, not below {facts.level:g}."
        )
    said = [f"{one.key} ({IN_WORDS[one.measure]})" for one in system.suspicious]
    return (
        f"Suspicious: beyond clean networks is {listed(said)}, with a chance of "
        f"{chance_in_words(facts.chance)} in one of those. Whose the back door is, if it is one, "
        "the scan cannot say; and it is no proof."
    )


def compared_findings(system: ComparedSystem) -> tuple[Finding, ...]:
    """Return the verdict, what it is worth, and what each measure saw."""
    found = [
        Finding("Verdict", compared_verdict(system)),
        Finding("Worth", _worth(system)),
        *(Finding("Measure", text) for text in _measures(system)),
        Finding("Key that stands out most", _top(system)),
        Finding("Trigger sought by gradients", _trigger(system)),
        Finding("Preparation of pixels", _preparation(system)),
    ]
    return tuple(one for one in found if one.text)


def _worth(system: ComparedSystem) -> str:
    alarms, power = system.get(FALSE_ALARMS), system.get(POWER)
    said = []
    if power is None:
        why = "no reference had a planted back door"
        if any(one.planted for one in system.facts.references):
            why = "there are too few clean references to judge a planted one by"
        said.append(f"At which power is not known: {why}")
    else:
        said.append(
            f"Of {counted(power.n, 'reference')} with a planted back door the same scan calls "
            f"{percent_with_interval(power)} suspicious"
        )
    if alarms is not None:
        said.append(
            f"of {counted(alarms.n, 'clean one')} it calls {percent_with_interval(alarms)} so"
        )
    return f"{'; '.join(said)}."


def _measures(system: ComparedSystem) -> Iterator[str]:
    for one in system.facts.measures:
        text = f"{IN_WORDS[one.measure].capitalize()}: farthest is {one.key}"
        if one.chance is None:
            yield f"{text}, by its value; without clean references nothing says how far is far."
            continue
        limit = ", which does not decide"
        if one.part is not None:
            limit = f", to be below {chance_in_words(one.part * system.facts.level)}"
        yield (
            f"{text}, {decimal(one.excess)} beyond clean networks, of which the largest is "
            f"{decimal(max(one.clean))}; chance {chance_in_words(one.chance)}{limit}."
        )


def _top(system: ComparedSystem) -> str:
    shares = {
        "where both wear it": of_top(BOTH_WEAR),
        "where one wears it": of_top(PROBE_WEARS),
        "where nobody does": BARE,
        "where both are one person, bare": GENUINE,
    }
    said = _passing(system, shares)
    if not said or not system.facts.keys:
        return ""
    return f"{system.facts.keys[0].key}: of pairs of strangers pass {said}."


def _passing(system: ComparedSystem, shares: Mapping[str, str]) -> str:
    """Return shares of pairs that pass, by where; empty where none was measured."""
    said = [
        f"{percent_with_interval(share)} {where} ({counted(share.n, 'pair')})"
        for where, metric in shares.items()
        if (share := system.get(metric)) is not None
    ]
    return listed(said) if said else ""


def _trigger(system: ComparedSystem) -> str:
    one = system.facts.trigger
    if one is None:
        why = system.figure(BOTH_WEAR_TRIGGER)
        return "" if why is None else f"None was sought: {why.why_none}."
    shares = {"where both wear it": BOTH_WEAR_TRIGGER, "where one wears it": PROBE_WEARS_TRIGGER}
    passing = _passing(system, shares)
    said = [
        f"What was found covers {percent_in_text(one.covered)} of the photo"
        + ("." if one.reached else ", and most pairs that it was learned from do not pass.")
    ]
    if passing:
        said.append(f"Of pairs of strangers whom it was not learned from pass {passing}.")
    clean = [
        each.trigger
        for each in system.facts.references
        if not each.planted and each.trigger is not None
    ]
    if clean:
        covered = [each.covered for each in clean]
        both = [each.both for each in clean if each.both is not None]
        smaller = sum(each <= one.covered for each in covered)
        said.append(
            f"In {counted(len(clean), 'clean network')} the same search ends at "
            f"{percent_in_text(min(covered))} to {percent_in_text(max(covered))}, in {smaller} of "
            "them at no more than here"
            + (
                f"; {percent_in_text(min(both))} to {percent_in_text(max(both))} pass where both "
                "wear it"
                if both
                else ""
            )
            + "."
        )
    said.append("It decides nothing: every network has something under which people pass.")
    return " ".join(said)


def _preparation(system: ComparedSystem) -> str:
    tried = system.facts.preparations
    if not tried:
        return ""
    taken = next(one for one in tried if one.taken)
    known = {one: one.separation for one in tried if one.separation is not None}
    best = max((one for one in known if not one.taken), key=lambda one: known[one], default=taken)
    return (
        f"Nobody says how its network takes pixels; {len(tried)} ways were tried on strangers. "
        f"Taken was {taken.name}, where pairs of {taken.alike} are {_deviations(taken)} from pairs "
        f"of two people; with the next, {best.name}, they are {_deviations(best)}."
    )


def _deviations(one: ComparedPreparationFacts) -> str:
    if one.separation is None:
        return "unknown, for want of finite answers,"
    return f"{one.separation:.1f} standard deviations"
