"""Everything that the membership section shows, as plain values for its templates."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from faceaudit.report.elements import Finding
from faceaudit.report.groups import GroupsTable
from faceaudit.report.membership.agreement_tables import AgreementView
from faceaudit.report.membership.claims import ComparedRow
from faceaudit.report.membership.exposed_tables import ExposedView
from faceaudit.report.membership.frontier import FrontierRow
from faceaudit.report.membership.mitigations_table import MitigationsTable
from faceaudit.report.membership.roc_chart import Curve
from faceaudit.report.membership.strongest_table import StrongestRow
from faceaudit.report.membership.tables import AttackRunRow, LeakTable


@dataclass(frozen=True, eq=False)
class MitigationView:
    """Everything that the page says of one mitigation, folded.

    Attributes:
        title, group: the mitigation, and the group of cases that it is compared in.
        anchor: what the ids of its elements begin with.
        flawed: whether a check failed.
        findings: about it, in words.
        strongest: the strongest attack of each level; none where a check failed.
        compared, rated: whether these have a difference to no mitigation, and a rate.
        checks: every check, its outcome in a word, and why.
        facts: names and values that were chosen or are guaranteed.
        attack_runs: every attack with every query strategy that it asked by.
    """

    title: str
    group: str
    anchor: str
    flawed: bool
    findings: tuple[Finding, ...]
    strongest: tuple[StrongestRow, ...]
    compared: bool
    rated: bool
    checks: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    attack_runs: tuple[AttackRunRow, ...]


@dataclass(frozen=True, eq=False)
class ComparisonView:
    """Pictures and tables of a group of cases, and the recommendation that follows from them.

    Attributes:
        title: of the group.
        anchor: what the ids of its elements begin with.
        level: whose leak is drawn beside accuracy.
        recommendation: paragraphs.
        certain: whose scores name training pairs for certain, in words.
        roc, curves: the chart of curves of pairs, and what it draws.
        frontier, frontier_rows: the chart of accuracy against leak, and its table.
    """

    title: str
    anchor: str
    level: str
    recommendation: tuple[str, ...]
    certain: str
    roc: Markup | None
    curves: tuple[Curve, ...]
    frontier: Markup | None
    frontier_rows: tuple[FrontierRow, ...]


@dataclass(frozen=True, eq=False)
class ClaimsView:
    """FaceBone's figures, and those measured here.

    Attributes:
        reported_by: where the reported figures are from.
        columns, rows: the table of both, and its protocols.
        held: which figures the evaluation as published met; empty where it was not run.
    """

    reported_by: str
    columns: tuple[str, ...]
    rows: tuple[ComparedRow, ...]
    held: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class MembershipView:
    """Everything that the membership section shows.

    Attributes:
        summaries: what was found, by group of cases.
        table: accuracy and leak of every mitigation.
        checks: all checks in a line.
        mitigations: in full, those whose checks failed first.
        failed: errors that cases ended in, and which did.
        claims: FaceBone's figures; None where nobody asked for them, or nothing was run to hold
            against them.
        command: what repeats FaceBone's evaluation as published.
        leaks: the tables of attacks, one for each level.
        comparisons: one for each group of cases.
        exposed: the most exposed records, by mitigation; the first without mitigation.
        overlaps: what attacks find in common, by mitigation; the first without mitigation.
        as_published: whether evaluations as published were left out of those.
        roc_rates: false-positive rates of the tables of curves.
        groups: figures by group of people.
    """

    summaries: tuple[tuple[str, tuple[Finding, ...]], ...]
    table: MitigationsTable
    checks: str
    mitigations: tuple[MitigationView, ...]
    failed: tuple[tuple[str, tuple[str, ...]], ...]
    claims: ClaimsView | None
    command: str
    leaks: tuple[LeakTable, ...]
    comparisons: tuple[ComparisonView, ...]
    exposed: tuple[ExposedView, ...]
    overlaps: tuple[AgreementView, ...]
    as_published: bool
    roc_rates: tuple[str, ...]
    groups: GroupsTable
