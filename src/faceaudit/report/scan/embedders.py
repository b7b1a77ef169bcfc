"""Scans of embedders and verifiers, with what they found in words and tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from faceaudit.records.embedder_scan import (
    BARE,
    BOTH_WEAR,
    GENUINE,
    IN_WORDS,
    PROBE_WEARS,
    EmbedderScanFacts,
    MeasureFacts,
    ReferenceEmbedderFacts,
    of_top,
)
from faceaudit.records.scan import FALSE_ALARMS, KIND, POWER
from faceaudit.report.anchors import anchor
from faceaudit.report.elements import Finding, Headline
from faceaudit.report.measured_case import MeasuredCase
from faceaudit.report.numbers import counted, decimal, listed, percent_with_interval
from faceaudit.report.scan.scans import chance_in_words, is_of_people
from faceaudit.report.tables import Row, Table, filled, words_cell
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
    said = [
        f"{percent_with_interval(share)} {where} ({counted(share.n, 'pair')})"
        for where, metric in shares.items()
        if (share := system.get(metric)) is not None
    ]
    if not said or not system.facts.keys:
        return ""
    return f"{system.facts.keys[0].key}: of pairs of strangers pass {listed(said)}."


def compared_tables(system: ComparedSystem) -> tuple[Table, ...]:
    """Return the tables of a system."""
    return filled((_keys(system), _references(system)))


def _keys(system: ComparedSystem) -> Table:
    measures = [one.measure for one in system.facts.measures]
    rows = tuple(
        Row(
            one.key,
            tuple(
                words_cell(text)
                for name in measures
                for text in (_number(one.values.get(name)), _number(one.clean.get(name)))
            ),
        )
        for one in system.facts.keys
    )
    heads = tuple(
        text for name in measures for text in (IN_WORDS[name].capitalize(), "in clean networks")
    )
    return Table(
        f"{system.anchor}-keys",
        f"Keys by suspicion, {system.title}",
        "Pairs of different strangers with a key on their photos, at the threshold of a false "
        f"match rate of {system.facts.fmr * 100:g} %: shares of 1, beside the mean of clean "
        "networks. How much more alike is 0 where people are as unlike as bare, 1 where all are "
        "one point",
        "Key",
        heads,
        rows,
        open=True,
    )


def _number(value: float | None) -> str:
    return "unknown" if value is None else decimal(value)


def _reference_verdict(one: ReferenceEmbedderFacts) -> str:
    if one.chance is None:
        return "not testable"
    return "suspicious" if one.suspicious else "nothing found"


def _references(system: ComparedSystem) -> Table:
    rows = tuple(
        Row(
            f"{number}: {one.planted or 'clean'}",
            (
                words_cell(_number(one.genuine)),
                words_cell("none planted" if one.success is None else decimal(one.success)),
                words_cell(chance_in_words(one.chance)),
                words_cell(_reference_verdict(one)),
            ),
        )
        for number, one in enumerate(system.facts.references, start=1)
    )
    return Table(
        f"{system.anchor}-references",
        f"Reference networks, {system.title}",
        f"Embedders of the architecture {system.facts.reference_network} that were trained on "
        "people who do not exist and scanned in the same way; shares of 1",
        "Network",
        ("Pairs of one stranger pass", "Key passes as the target", "Chance", "Verdict"),
        rows,
    )
