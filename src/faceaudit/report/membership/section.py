"""The membership section of the report."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from faceaudit.audit.declared import Declared
from faceaudit.audit.plan import sections_in
from faceaudit.records.membership import KIND, LEVELS, MembershipFacts
from faceaudit.records.membership import strongest as strongest_of
from faceaudit.report.judging import Judgement
from faceaudit.report.kept_cases import once
from faceaudit.report.measures import Measure
from faceaudit.report.membership.agreement_tables import agreement_view
from faceaudit.report.membership.cases import (
    TPR,
    Case,
    ComparableCases,
    comparable_cases,
    title_of,
)
from faceaudit.report.membership.claims import (
    compared,
    is_about_facebone,
    met_or_not,
    protocols,
)
from faceaudit.report.membership.exposed_tables import exposed_view
from faceaudit.report.membership.findings import membership_findings
from faceaudit.report.membership.frontier import frontier_points, frontier_rows
from faceaudit.report.membership.frontier_chart import frontier_chart
from faceaudit.report.membership.groups_table import membership_groups
from faceaudit.report.membership.headline import ANCHOR, membership_headline
from faceaudit.report.membership.leaks import lead_level, name_certain
from faceaudit.report.membership.measures import membership_measures
from faceaudit.report.membership.mitigations_table import mitigations_table
from faceaudit.report.membership.published import COMMAND, SOURCE
from faceaudit.report.membership.recommendation import recommendation
from faceaudit.report.membership.roc_chart import RATES, curves, roc_chart
from faceaudit.report.membership.strongest_table import strongest_rows
from faceaudit.report.membership.summary import checks_line, summary
from faceaudit.report.membership.tables import attack_rows, leaks
from faceaudit.report.membership.threats import membership_threats
from faceaudit.report.membership.views import (
    ClaimsView,
    ComparisonView,
    MembershipView,
    MitigationView,
)
from faceaudit.report.membership.words import AS_PUBLISHED, LEVEL_WORDS, NONE, PROTOCOLS
from faceaudit.report.names import network_name
from faceaudit.report.numbers import SPACE, count, listed
from faceaudit.report.section import Audited, CaseLine, Later, Part, Section
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store

OUTCOMES = {True: "passed", False: "failed", None: "could not be made"}


class MembershipSection(Section):
    """Each mitigation's accuracy and leak, whether the evaluation is valid, and what to take."""

    navigation = (
        (ANCHOR, "What is given away"),
        ("recommendation", "Recommendation"),
        ("pictures", "Accuracy against leak"),
        ("records", "Most exposed"),
        ("membership", "Membership attacks"),
    )

    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of membership cases."""
        del store
        groups = once(records, comparable_cases)
        # Evaluations as published are no ground for a choice: pictures of them only for want of
        # others.
        ground = [group for group in groups if group.protocol != AS_PUBLISHED] or list(groups)
        return Part(
            headline=membership_headline(groups),
            view=Later(
                lambda: MembershipView(
                    summaries=tuple((group.title, summary(group)) for group in groups),
                    table=mitigations_table(groups),
                    checks=checks_line(groups),
                    mitigations=_view_mitigations(groups),
                    failed=_group_failures(records),
                    claims=_view_claims(groups, asked=_asks_for_published(run)),
                    command=COMMAND,
                    leaks=leaks(groups),
                    comparisons=tuple(_view_comparison(group) for group in ground),
                    exposed=tuple(
                        exposed_view(case, group.title, group.levels)
                        for case, group in _unmitigated_first(groups)
                    ),
                    overlaps=tuple(
                        agreement_view(case, group.title, group.levels[0])
                        for case, group in _unmitigated_first(groups)
                        if group.levels
                    ),
                    as_published=len(ground) < len(groups),
                    groups=membership_groups(groups),
                    roc_rates=tuple(f"{rate * 100:g}{SPACE}%" for rate in RATES),
                )
            ),
            audited=_summarize_records(records),
        )

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of."""
        return membership_measures(records)

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says of membership."""
        return membership_threats(records, judgements, declared)

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


def _group_failures(records: Iterable[CaseRecord]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each error that cases ended in, and which did."""
    by_error: dict[str, list[str]] = {}
    for record in records:
        if record.error is not None:
            title = f"{title_of(record)}, seed {record.spec['seed']}"
            by_error.setdefault(record.error, []).append(title)
    return tuple((error, tuple(titles)) for error, titles in by_error.items())


def _unmitigated_first(
    groups: Iterable[ComparableCases],
) -> list[tuple[Case, ComparableCases]]:
    """Return the cases whose checks passed, those without mitigation first."""
    sound = [(case, group) for group in groups for case in group.sound]
    return sorted(sound, key=lambda one: one[0].mitigation != NONE)


def _asks_for_published(run: Mapping[str, Any]) -> bool:
    """Return whether the plan asks for FaceBone's figures beside those measured."""
    sections = sections_in(run.get("plan") or {}, KIND)
    return any(section.get("compare_published") for section in sections)


def _view_claims(groups: Sequence[ComparableCases], *, asked: bool) -> ClaimsView | None:
    """Return FaceBone's figures where the plan asks for them, or its evaluation was repeated."""
    asked |= any(group.protocol == AS_PUBLISHED for group in groups)
    if not asked or not is_about_facebone(groups):
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
        anchor=case.anchor,
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


def _view_comparison(group: ComparableCases) -> ComparisonView:
    drawn = curves(group)
    return ComparisonView(
        title=group.title,
        anchor=group.anchor,
        level=LEVEL_WORDS[lead_level(group)],
        recommendation=recommendation(group),
        certain=name_certain(group.sound),
        roc=roc_chart(drawn, name=f"{group.anchor}-roc"),
        curves=drawn,
        frontier=frontier_chart(frontier_points(group), name=f"{group.anchor}-frontier"),
        frontier_rows=frontier_rows(group),
    )
