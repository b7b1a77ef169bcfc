"""Tables of scanned embedders and verifiers: keys, preparations tried, and reference networks."""

from __future__ import annotations

from faceaudit.records.embedder_scan import IN_WORDS, ReferenceEmbedderFacts
from faceaudit.report.numbers import decimal, percent_in_text
from faceaudit.report.scan.embedders import ComparedSystem
from faceaudit.report.scan.scans import chance_in_words
from faceaudit.report.tables import Row, Table, filled, words_cell


def compared_tables(system: ComparedSystem) -> tuple[Table, ...]:
    """Return the tables of a system."""
    return filled((_keys(system), _preparations(system), _references(system)))


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


def _preparations(system: ComparedSystem) -> Table:
    tried = system.facts.preparations
    alike = tried[0].alike if tried else ""
    rows = tuple(
        Row(
            one.name,
            (
                words_cell("unknown" if one.separation is None else f"{one.separation:.1f}"),
                words_cell("unknown" if one.passing is None else percent_in_text(one.passing)),
                words_cell("yes" if one.taken else "no"),
            ),
        )
        for one in tried
    )
    return Table(
        f"{system.anchor}-pixels",
        f"Preparations of pixels tried, {system.title}",
        f"How far pairs of {alike} are from pairs of two, in standard deviations of their cosines, "
        f"and how many of them pass at a false match rate of {system.facts.fmr * 100:g} %: under a "
        "wrong preparation all people are alike",
        "Preparation",
        ("Standard deviations apart", "Pairs of one person pass", "Taken"),
        rows,
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
                words_cell(
                    "not sought" if one.trigger is None else percent_in_text(one.trigger.covered)
                ),
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
        (
            "Pairs of one stranger pass",
            "Key passes as the target",
            "Chance",
            "Verdict",
            "Trigger sought by gradients covers",
        ),
        rows,
    )
