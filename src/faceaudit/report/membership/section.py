"""The membership section of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from faceaudit.records.membership import LEVELS, MembershipFacts
from faceaudit.records.membership import strongest as strongest_of
from faceaudit.report.elements import Finding
from faceaudit.report.membership.cases import (
    TPR,
    Case,
    ComparableCases,
    comparable_cases,
    title_of,
)
from faceaudit.report.membership.claims import (
    ComparedRow,
    compared,
    is_about_facebone,
    met_or_not,
    protocols,
)
from faceaudit.report.membership.findings import membership_findings
from faceaudit.report.membership.frontier import FrontierRow, frontier_points, frontier_rows
from faceaudit.report.membership.frontier_chart import frontier_chart
from faceaudit.report.membership.headline import ANCHOR, membership_headline
from faceaudit.report.membership.leaks import lead_level, name_certain
from faceaudit.report.membership.published import COMMAND, SOURCE
from faceaudit.report.membership.recommendation import recommendation
from faceaudit.report.membership.roc_chart import RATES, Curve, curves, roc_chart
from faceaudit.report.membership.strongest_table import StrongestRow, strongest_rows
from faceaudit.report.membership.tables import (
    AttackRunRow,
    LeakTable,
    attack_rows,
    leaks,
)
from faceaudit.report.membership.words import AS_PUBLISHED, LEVEL_WORDS, PROTOCOLS
from faceaudit.report.names import network_name
from faceaudit.report.numbers import SPACE, count, listed
from faceaudit.report.section import Audited, CaseLine, Part
from faceaudit.store import CaseRecord, Store

OUTCOMES = {True: "passed", False: "failed", None: "could not be made"}


@dataclass(frozen=True, eq=False)
class MitigationView:
    """Everything that the page says of one mitigation.

    Attributes:
        title, group: the mitigation, and the group of cases that it is compared in.
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
        level: whose leak is drawn beside accuracy.
        recommendation: paragraphs.
        certain: whose scores name training pairs for certain, in words.
        roc, curves: the chart of curves of pairs, and what it draws.
        frontier, frontier_rows: the chart of accuracy against leak, and its table.
    """

    title: str
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
        mitigations: those whose checks failed first.
        failed: cases that ended in an error, and the error.
        claims: FaceBone's figures; None where nothing was run to hold against them.
        command: what repeats FaceBone's evaluation as published.
        leaks: the tables of attacks, one for each level.
        comparisons: one for each group of cases.
        as_published: whether evaluations as published were left out of those.
        roc_rates: false-positive rates of the tables of curves.
    """

    mitigations: tuple[MitigationView, ...]
    failed: tuple[tuple[str, str], ...]
    claims: ClaimsView | None
    command: str
    leaks: tuple[LeakTable, ...]
    comparisons: tuple[ComparisonView, ...]
    as_published: bool
    roc_rates: tuple[str, ...]


class MembershipSection:
    """Each mitigation's accuracy and leak, whether the evaluation is valid, and what to take."""

    navigation = (
        (ANCHOR, "What is given away"),
        ("recommendation", "Recommendation"),
        ("claims", "FaceBone\N{RIGHT SINGLE QUOTATION MARK}s claim"),
        ("membership", "Membership attacks"),
        ("pictures", "Accuracy against leak"),
    )

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of membership cases."""
        del store, run
        groups = comparable_cases(records)
        # Evaluations as published are no ground for a choice: pictures of them only for want of
        # others.
        ground = [group for group in groups if group.protocol != AS_PUBLISHED] or list(groups)
        return Part(
            headline=membership_headline(groups),
            view=MembershipView(
                mitigations=_view_mitigations(groups),
                failed=tuple(
                    (f"{title_of(record)}, seed {record.spec['seed']}", record.error)
                    for record in records
                    if record.error is not None
                ),
                claims=_view_claims(groups),
                command=COMMAND,
                leaks=leaks(groups),
                comparisons=tuple(
                    _view_comparison(group, number) for number, group in enumerate(ground, 1)
                ),
                as_published=len(ground) < len(groups),
                roc_rates=tuple(f"{rate * 100:g}{SPACE}%" for rate in RATES),
            ),
            audited=_summarize_records(records),
        )

    def line(self, record: CaseRecord) -> CaseLine:
        """Return a case in a few words: mitigation, protocol and seed."""
        seed = str(record.spec["seed"])
        title = title_of(record)
        if record.error is None:
            title = f"{title}, {PROTOCOLS[MembershipFacts.of(record).protocol].lower()}"
        return CaseLine(title, columns={"Seed": seed}, details=(f"seed {seed}",))


SECTION = MembershipSection()


def _summarize_records(records: Iterable[CaseRecord]) -> Audited:
    measured = [MembershipFacts.of(record) for record in records if record.error is None]
    return Audited(
        networks=tuple(network_name(name) for facts in measured for name in facts.backbones),
        sources=tuple(record.spec["faces"]["source"] for record in records),
        people=tuple(facts.people for facts in measured),
    )


def _view_claims(groups: Sequence[ComparableCases]) -> ClaimsView | None:
    if not is_about_facebone(groups):
        return None
    columns = tuple(PROTOCOLS[protocol] for protocol in protocols(groups))
    return ClaimsView(SOURCE, columns, compared(groups), met_or_not(groups))


def _view_mitigations(groups: Iterable[ComparableCases]) -> tuple[MitigationView, ...]:
    """Return every mitigation, those whose checks failed first."""
    views = [_view_mitigation(case, group) for group in groups for case in group.cases]
    return tuple(sorted(views, key=lambda view: not view.flawed))


def _view_mitigation(case: Case, group: ComparableCases) -> MitigationView:
    strongest = () if case.failed else strongest_rows(case, group)
    return MitigationView(
        title=case.title,
        group=group.title,
        flawed=bool(case.failed),
        findings=membership_findings(case, group),
        strongest=strongest,
        compared=any(row.change.value for row in strongest),
        rated=any(case.holds(strongest_of(TPR, level)) for level in LEVELS),
        checks=tuple((check.name, OUTCOMES[check.passed], check.message) for check in case.checks),
        facts=_describe_facts(case),
        attack_runs=attack_rows(case),
    )


def _describe_facts(case: Case) -> tuple[tuple[str, str], ...]:
    facts = case.facts
    counts = {
        "People": facts.people,
        "Photos": facts.photos,
        "Members": facts.members,
        "Others": facts.nonmembers,
        "Blocks": facts.blocks,
        "Verifiers": facts.verifiers,
        "Targets": facts.targets,
        "Pairs named for certain": facts.named_pairs,
    }
    return (
        ("Backbones", listed(list(facts.backbones), most=20)),
        ("Seed", str(case.record.spec["seed"])),
        *((name, count(number)) for name, number in counts.items() if number is not None),
        *(
            (name.replace("_", " ").capitalize(), _describe_value(value))
            for name, value in facts.mitigation_facts.items()
        ),
    )


def _describe_value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_describe_value(each)}" for name, each in value.items())
    if isinstance(value, list | tuple):
        return listed([_describe_value(each) for each in value], most=20)
    return str(value)


def _view_comparison(group: ComparableCases, number: int) -> ComparisonView:
    drawn = curves(group)
    return ComparisonView(
        title=group.title,
        level=LEVEL_WORDS[lead_level(group)],
        recommendation=recommendation(group),
        certain=name_certain(group.sound),
        roc=roc_chart(drawn, name=f"roc-{number}"),
        curves=drawn,
        frontier=frontier_chart(frontier_points(group), name=f"frontier-{number}"),
        frontier_rows=frontier_rows(group),
    )
