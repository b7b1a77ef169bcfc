"""The privacy part of the page: what each mitigation keeps from an attacker, and what it costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from faceaudit.report.backdoor.findings import Finding
from faceaudit.report.membership.cases import (
    AS_PUBLISHED,
    Case,
    ComparableCases,
    settings,
    title_of,
)
from faceaudit.report.membership.findings import privacy_findings
from faceaudit.report.membership.frontier import (
    FrontierRow,
    frontier_chart,
    frontier_points,
    frontier_rows,
)
from faceaudit.report.membership.recommendation import recommendation
from faceaudit.report.membership.roc_chart import Curve, curves, roc_chart
from faceaudit.report.membership.tables import (
    AskRow,
    ComparedRow,
    LeakRow,
    attack_rows,
    compared,
    leaks,
    protocol_titles,
    protocols,
)
from faceaudit.report.numbers import count, listed
from faceaudit.store import CaseRecord


@dataclass(frozen=True, eq=False)
class MitigationSection:
    """All that is said of one mitigation.

    Attributes:
        flawed: whether a check failed.
        checks: every check, its outcome in a word, and what was found.
        facts: names and values that were chosen or are guaranteed.
        asks: every attack in every way it asked.
    """

    title: str
    setting: str
    flawed: bool
    findings: tuple[Finding, ...]
    checks: tuple[tuple[str, str, str], ...]
    facts: tuple[tuple[str, str], ...]
    asks: tuple[AskRow, ...]


@dataclass(frozen=True, eq=False)
class SettingSection:
    """What is compared: pictures, their tables, and what follows."""

    title: str
    recommendation: tuple[str, ...]
    roc: Markup | None
    curves: tuple[Curve, ...]
    frontier: Markup | None
    frontier_rows: tuple[FrontierRow, ...]


@dataclass(frozen=True, eq=False)
class PrivacySection:
    """All of the privacy part."""

    mitigations: tuple[MitigationSection, ...]
    failed: tuple[tuple[str, str], ...]
    columns: tuple[str, ...]
    compared: tuple[ComparedRow, ...]
    leaks: tuple[tuple[str, tuple[LeakRow, ...]], ...]
    settings: tuple[SettingSection, ...]
    as_published: bool


def privacy(records: Sequence[CaseRecord]) -> tuple[PrivacySection, tuple[ComparableCases, ...]]:
    """Return the privacy part of a store's cases, and the settings it was made from.

    Args:
        records: the privacy cases; failed ones too.
    """
    found = settings(records)
    # Evaluations as published are no ground for a choice: pictures of them only for want of others.
    ground = [one for one in found if one.protocol != AS_PUBLISHED] or list(found)
    section = PrivacySection(
        mitigations=_by_flaw(found),
        failed=tuple(
            (f"{title_of(record)}, seed {record.spec.get('seed', 0)}", record.error)
            for record in records
            if record.error is not None
        ),
        columns=protocol_titles(protocols(found)),
        compared=compared(found),
        leaks=leaks(found),
        settings=tuple(_setting(one, number) for number, one in enumerate(ground, 1)),
        as_published=len(ground) < len(found),
    )
    return section, found


def _by_flaw(found: Sequence[ComparableCases]) -> tuple[MitigationSection, ...]:
    sections = [_mitigation(case, setting) for setting in found for case in setting.cases]
    return tuple(sorted(sections, key=lambda section: not section.flawed))


def _mitigation(case: Case, setting: ComparableCases) -> MitigationSection:
    words = {True: "passed", False: "failed", None: "could not be made"}
    facts = case.record.facts
    counted = [
        (name.capitalize(), count(int(facts[name])))
        for name in ("people", "photos", "members", "others", "blocks", "verifiers", "seeds")
        if facts.get(name) is not None
    ]
    backbones = [str(name) for name in facts.get("backbones", ())]
    chosen = facts.get("mitigation_facts") or {}
    return MitigationSection(
        title=case.title,
        setting=setting.title,
        flawed=bool(case.failed),
        findings=privacy_findings(case, setting),
        checks=tuple((check.name, words[check.passed], check.message) for check in case.checks),
        facts=(
            *((("Backbones", listed(backbones, most=20)),) if backbones else ()),
            *counted,
            *((_name(name), _value(value)) for name, value in chosen.items()),
        ),
        asks=attack_rows(case),
    )


def _name(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _value(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, dict):
        return ", ".join(f"{name} {_value(one)}" for name, one in value.items())
    if isinstance(value, list | tuple):
        return listed([_value(one) for one in value], most=20)
    return str(value)


def _setting(setting: ComparableCases, number: int) -> SettingSection:
    found = curves(setting)
    return SettingSection(
        title=setting.title,
        recommendation=recommendation(setting),
        roc=roc_chart(found, name=f"roc-{number}"),
        curves=found,
        frontier=frontier_chart(frontier_points(setting), name=f"frontier-{number}"),
        frontier_rows=frontier_rows(setting),
    )
