"""Tables of a scan: people by suspicion, preparations tried, and reference networks."""

from __future__ import annotations

from faceaudit.report.numbers import decimal, percent_in_text
from faceaudit.report.scan.scans import (
    ScannedSystem,
    chance_in_words,
    person_in_words,
    stage_in_words,
)
from faceaudit.report.tables import Row, Table, filled, words_cell


def scan_tables(system: ScannedSystem) -> tuple[Table, ...]:
    """Return the tables of a system."""
    return filled((_people(system), _preparations(system), _references(system)))


def _people(system: ScannedSystem) -> Table:
    stages = [one for one in system.facts.stages if not one.why]
    rows = tuple(
        Row(
            person_in_words(one),
            (
                words_cell(chance_in_words(one.chance)),
                *(words_cell(_value(one.values.get(stage.stage))) for stage in stages),
                words_cell("; ".join(one.remarks)),
            ),
        )
        for one in system.facts.suspects
    )
    said = "; ".join(f"{stage_in_words(one.stage)}: {one.what}" for one in stages)
    return Table(
        f"{system.anchor}-people",
        f"People by suspicion, {system.title}",
        "The people that are most suspicious, with the chance of the stage that sees them best "
        f"where nobody is a target, corrected for how many stages decide. {said}",
        "Person",
        ("Chance", *(stage_in_words(one.stage) for one in stages), "What was seen"),
        rows,
        open=True,
    )


def _value(value: float | None) -> str:
    return "not looked at" if value is None else decimal(value)


def _preparations(system: ScannedSystem) -> Table:
    rows = tuple(
        Row(
            one.name,
            (
                words_cell(decimal(one.people)),
                words_cell(percent_in_text(one.top)),
                words_cell("yes" if one.taken else "no"),
            ),
        )
        for one in system.facts.preparations
    )
    return Table(
        f"{system.anchor}-pixels",
        f"Preparations of pixels tried, {system.title}",
        "Over how many people answers about strangers spread (exp of their entropy), and the "
        "largest share that is taken for one: under a wrong preparation most go to a few",
        "Preparation",
        ("People", "Taken for one", "Taken"),
        rows,
    )


def _references(system: ScannedSystem) -> Table:
    rows = tuple(
        Row(
            f"{number}: {one.planted or 'clean'}",
            (
                words_cell(percent_in_text(one.accuracy)),
                words_cell("none planted" if one.success is None else percent_in_text(one.success)),
                words_cell(chance_in_words(one.chance)),
                words_cell("suspicious" if one.suspicious else "nothing found"),
                words_cell({None: "none planted", True: "yes", False: "no"}[one.first]),
            ),
        )
        for number, one in enumerate(system.facts.references, start=1)
    )
    return Table(
        f"{system.anchor}-references",
        f"Reference networks, {system.title}",
        f"Networks of the architecture {system.facts.reference_network} that were trained on "
        "people who do not exist and scanned in the same way",
        "Network",
        ("Clean accuracy", "Success of the key", "Chance", "Verdict", "Target first"),
        rows,
    )
