"""Inversions of an identifier, with the sentences and the table about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from faceaudit.records.identifier_inversion import (
    HELD_AGAINST,
    JUDGE,
    UNTRAINED,
    IdentifierInversionFacts,
    found_at,
)
from faceaudit.records.inversion import (
    KIND,
    LOOK_ALIKE,
    OVER,
    PHOTO,
    QUERIES,
    TRANSFER,
    at_fmr,
    at_rank,
)
from faceaudit.report.anchors import anchor
from faceaudit.report.elements import Finding, reason_of
from faceaudit.report.inversion.case_run import CaseRun, records_of, strongest
from faceaudit.report.inversion.cells import points_cell, queries_cell
from faceaudit.report.inversion.words import REFERENCES, at, one_in
from faceaudit.report.numbers import (
    DASH,
    count,
    counted,
    listed,
    percent_in_text,
    percent_with_interval,
)
from faceaudit.report.tables import Row, Table, share_cell, words_cell
from faceaudit.store import CaseRecord

TABLE = anchor(KIND, "identifier")
ACCESS = {
    "gradients": "the identifier in hand",
    "scores": "its scores",
    "labels": "its answers: a name alone",
}
"""What the attacker has beside photos of other people."""
WORDS = {
    **REFERENCES,
    PHOTO: "A photo that it learned from",
    UNTRAINED: "Rebuilt from an identifier that learned nothing",
}


@dataclass(frozen=True, eq=False)
class IdentifierRun(CaseRun):
    """One attack on an identifier, under a seed."""

    facts: IdentifierInversionFacts

    def headline(self, fmr: float) -> str:
        """Return how often rebuilt faces pass before the judge."""
        return at_fmr(TRANSFER, fmr, JUDGE)

    @property
    def network(self) -> str:
        """The attacked identifier, in words."""
        return str(self.record.spec["titles"]["networks"][0])

    @property
    def judge(self) -> str:
        """The judging network, in words."""
        return str(self.record.spec["titles"]["judge"])


def identifier_runs(records: Sequence[CaseRecord]) -> tuple[IdentifierRun, ...]:
    """Return the inversions of an identifier that did not fail, in the order of the plan."""
    own, several = records_of("identifier", records)
    return tuple(IdentifierRun(one, IdentifierInversionFacts.of(one), several) for one in own)


def identifier_findings(runs: Sequence[IdentifierRun]) -> tuple[Finding, ...]:
    """Return what was found about an identifier."""
    best = strongest(runs)
    if best is None:
        why = [reason_of(one) for run in runs[:1] for one in run.record.figures if one.why_none]
        return (Finding("An identifier", f"Not measured: {why[0]}."),) if why else ()
    fmr, rate, own = best.strictest(), best.success(), best.get(at_rank(1))
    assert fmr is not None
    assert rate is not None
    facts = best.facts
    itself = (
        f" The identifier itself names {percent_with_interval(own)} as the person." if own else ""
    )
    said = (
        f"With {best.said} and {ACCESS[facts.access]}, faces were rebuilt of "
        f"{counted(facts.people, 'person', 'people')} of the {count(facts.known)} whom the "
        f"{best.network} knows.{itself} Before {best.judge}, which never saw the identifier, they "
        f"pass as the person in {percent_with_interval(rate)}, at a threshold that lets "
        f"{one_in(fmr)} in."
    )
    beside = [
        f"{percent_in_text(one.value)} of {words}"
        for name, words in (
            (LOOK_ALIKE, "the most similar faces of other people"),
            (UNTRAINED, "faces rebuilt from an identifier that learned nothing"),
            (PHOTO, "photos that it learned from"),
        )
        if (one := best.get(at_fmr(TRANSFER, fmr, JUDGE, name))) is not None
    ]
    return (
        Finding("An identifier", said),
        *((Finding("Beside that", f"There pass {listed(beside)}."),) if beside else ()),
    )


def identifier_table(runs: Sequence[IdentifierRun]) -> Table | None:
    """Return the table of inversions of an identifier; None where there is none."""
    if not runs:
        return None
    first, fmrs, nothing = runs[0], runs[0].fmrs, words_cell(DASH)
    lowest, facts = fmrs[-1], runs[0].facts
    rows = [
        Row(
            run.title,
            (
                words_cell(_threat_model(run)),
                *(share_cell(run.figure(at_fmr(TRANSFER, fmr, JUDGE))) for fmr in fmrs),
                points_cell(run.figure(at_fmr(OVER, lowest))),
                share_cell(run.figure(found_at(1))),
                share_cell(run.figure(at_rank(1))),
                queries_cell(run.figure(QUERIES)),
            ),
        )
        for run in runs
    ]
    rows += [
        Row(
            WORDS[name],
            (
                words_cell("nothing is learned" if name == UNTRAINED else "nothing is rebuilt"),
                *(share_cell(first.figure(at_fmr(TRANSFER, fmr, JUDGE, name))) for fmr in fmrs),
                nothing,
                share_cell(first.figure(found_at(1, name))),
                share_cell(first.figure(at_rank(1, name))),
                nothing,
            ),
        )
        for name in HELD_AGAINST
    ]
    return Table(
        TABLE,
        "Attacks on an identifier",
        f"Faces rebuilt of {counted(facts.people, 'person', 'people')} whom the {first.network} "
        f"knows, shown to {first.judge}: how many pass as the person, held against up to "
        f"{count(facts.held_out)} photos of each that were in no training. Another network judges, "
        "as any picture that the attacked one takes for a person would do before itself",
        "Attack",
        (
            "Attacker has",
            *(f"Passes before {first.judge}, {at(fmr)}" for fmr in fmrs),
            f"Above look-alikes, {at(lowest)}",
            f"Found first of {count(facts.known)}",
            "Named by the identifier itself",
            "Queries a person",
        ),
        tuple(rows),
        open=True,
    )


def _threat_model(run: IdentifierRun) -> str:
    people = counted(run.facts.learned_people, "other person", "other people")
    return f"{ACCESS[run.facts.access]}; {counted(run.facts.learned_photos, 'photo')} of {people}"
