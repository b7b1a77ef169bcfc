"""The report's section on whom backbones learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faceaudit.audit.declared import Declared
from faceaudit.report.backbone_membership.cases import Case, cases_of
from faceaudit.report.backbone_membership.findings import findings, told_apart
from faceaudit.report.backbone_membership.measures import backbone_membership_measures
from faceaudit.report.backbone_membership.tables import tables
from faceaudit.report.backbone_membership.threats import backbone_threats
from faceaudit.report.backbone_membership.words import ANCHOR, PHOTOS
from faceaudit.report.elements import Finding, Headline
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.names import network_name
from faceaudit.report.numbers import counted, decimal_with_interval, listed
from faceaudit.report.section import Audited, CaseLine, Part, Section
from faceaudit.report.tables import Table
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store

CHECKED = {True: "passed", False: "failed", None: "could not be made"}


@dataclass(frozen=True)
class CheckRow:
    """One check of lists: whom they are of, its name, its outcome, and what was found."""

    lists: str
    name: str
    outcome: str
    message: str


@dataclass(frozen=True, eq=False)
class CaseView:
    """Everything that the page shows of one recipe."""

    anchor: str
    title: str
    subtitle: str
    findings: tuple[Finding, ...]
    tables: tuple[Table, ...]
    checks: tuple[CheckRow, ...]


@dataclass(frozen=True, eq=False)
class View:
    """The recipes, and those that failed: a title and an error each."""

    cases: tuple[CaseView, ...]
    failed: tuple[tuple[str, str], ...]


class BackboneMembershipSection(Section):
    """Whom backbones learned from, as answers or weights give it away."""

    navigation = ((ANCHOR, "Whom the backbone learned from"),)

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of whom backbones learned from."""
        del store, run
        cases = cases_of(records)
        failed = tuple(
            (str(one.spec.get("title", "")), one.error) for one in records if one.error is not None
        )
        return Part(
            headline=_headline(cases),
            view=View(tuple(map(_view, cases)), failed),
            audited=Audited(
                networks=tuple(dict.fromkeys(network_name(one.facts.network) for one in cases)),
                sources=tuple(dict.fromkeys(one.facts.source for one in cases)),
                people=tuple(dict.fromkeys(one.facts.people for one in cases)),
            ),
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return backbone_membership_measures(records)

    def threats(
        self, records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
    ) -> Sequence[Threat]:
        """Return what the first screen says."""
        return backbone_threats(records, judgements, declared)

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words: the recipe."""
        seed = str(record.spec["seed"])
        title = f"Whom {record.spec['title']} learned from"
        return CaseLine(title, columns={"Seed": seed}, details=(f"seed {seed}",))


SECTION = BackboneMembershipSection()


def _headline(cases: Sequence[Case]) -> Headline:
    """Say whether people are told apart, and by which photos, in the order of the plan."""
    if not cases:
        return Headline("Nothing was measured of whom backbones learned from", "Every case failed.")
    flawed = [case.title for case in cases if case.flaw(case.headline("trained"))]
    warning = f"Checks of the lists failed: {listed(flawed)}." if flawed else ""
    for photos in ("held_out", "trained"):
        for case in cases:
            asked = case.headline(photos)
            area = case.get(asked)
            if area is not None and told_apart(case, asked):
                return Headline(
                    f"{case.title} gives away whom it learned from",
                    f"By {PHOTOS[photos]}, people are told from others of the same source with AUC "
                    f"{decimal_with_interval(area)}; guessing: 0.5.",
                    warning,
                    ANCHOR,
                )
    return Headline(
        "Nobody was shown to be told by what a backbone learned from",
        f"{counted(len(cases), 'recipe')} were tried; other attacks may find more.",
        warning,
        ANCHOR,
    )


def _view(case: Case) -> CaseView:
    facts = case.facts
    names = {"same_source": "own source", "other_source": "another source"}
    return CaseView(
        anchor=case.anchor,
        title=case.title,
        subtitle=f"seed {case.record.spec['seed']}, {facts.source}",
        findings=findings(case),
        tables=tables(case),
        checks=tuple(
            CheckRow(
                f"{names[one.against]}, {PHOTOS[one.photos]}",
                check.name.capitalize(),
                CHECKED[check.passed],
                check.message,
            )
            for one in facts.lists
            for check in one.checks
        ),
    )
