"""Findings about verifiers of several backbones: users' attackers, and the backbone asked with."""

from __future__ import annotations

from dataclasses import dataclass

from faceaudit.records.membership import AUC, Granularity, QueryStrategy, attack_key, of_attack
from faceaudit.report.elements import reason_of
from faceaudit.report.membership.cases import PAIR, Case, ComparableCases, as_users_ask
from faceaudit.report.membership.differences import difference, harms, helps, leak_change
from faceaudit.report.membership.leaks import describe_leak
from faceaudit.report.membership.words import attack_name
from faceaudit.report.numbers import (
    count,
    decimal,
    decimal_with_interval,
    difference_with_interval,
)
from faceaudit.types import Estimate

MATCHED: QueryStrategy = "matched"
UNMATCHED: QueryStrategy = "unmatched"


def highest_of_users(case: Case, level: Granularity) -> Estimate | None:
    """Return the highest AUC of the attacks that ask as users do, chosen in hindsight."""
    run = case.asking_as_users(level)
    return None if run is None else case.get(of_attack(AUC, run.key))


def users_change(case: Case, base: Case, level: Granularity) -> Estimate | None:
    """Estimate the highest AUC of users' attackers less the one without mitigation."""
    ours, theirs = case.asking_as_users(level), base.asking_as_users(level)
    if ours is None or theirs is None:
        return None
    return difference(case, of_attack(AUC, ours.key), base, of_attack(AUC, theirs.key))


def shown_lower(case: Case, base: Case, level: Granularity) -> bool:
    """Return whether a mitigation was shown to lower the leak, to whoever asks in whatever way.

    An attacker who knows of it can ask as users do: where one of those has the higher figure, that
    one has to be lower than without mitigation, too.
    """
    area, users = case.leak(level), highest_of_users(case, level)
    if area is not None and users is not None and users.value > area.value:
        return helps(leak_change(case, base, level)) and helps(users_change(case, base, level))
    return helps(leak_change(case, base, level))


def asked_as_users_do(case: Case, group: ComparableCases, level: Granularity) -> str:
    """Say what those find who ask as users do, where there are other ways to ask; else nothing."""
    tried = case.out_of_sample(level)
    users = as_users_ask(tried)
    if len(users) == len(tried):
        return ""
    run, area = case.asking_as_users(level), highest_of_users(case, level)
    if run is None:
        return "No attack asked as users do."
    if area is None:
        return f"Not measured: {reason_of(case.figure(of_attack(AUC, run.key)))}."
    text = (
        f"{describe_leak(area, level, 'the best attack that asks as users do')} "
        f"({attack_name(run.attack)}; the highest of {count(len(users))}, in hindsight)."
    )
    return " ".join(filter(None, (text, _beside(case, group, level), _two_groups(case))))


def _beside(case: Case, group: ComparableCases, level: Granularity) -> str:
    base = group.baseline
    if base is None or base.failed:
        return ""
    change, theirs = users_change(case, base, level), highest_of_users(base, level)
    if change is None or theirs is None:
        return ""
    compared = f"{decimal(theirs.value)} without mitigation, {difference_with_interval(change)}"
    if helps(change):
        return f"Lower than {compared}."
    if harms(change, case):
        return f"Higher than {compared}."
    return f"Not told apart from {compared}."


def _two_groups(case: Case) -> str:
    groups = backbone_groups(case)
    if groups is None:
        return ""
    if groups.change.low > 0 or groups.change.high < 0:
        return "This average hides two groups of pairs: see by backbone."
    return "It is an average over two groups of pairs, not told apart: see by backbone."


@dataclass(frozen=True)
class BackboneGroups:
    """Pairs learned with the backbone that users ask with, and those learned with another.

    Attributes:
        attack: the attack on both, as the records call it.
        matched, unmatched: its AUC on the ones and on the others.
        change: the first less the second.
    """

    attack: str
    matched: Estimate
    unmatched: Estimate
    change: Estimate


def backbone_groups(case: Case) -> BackboneGroups | None:
    """Return both groups' AUCs by one attack of users; None where there are no groups.

    Of the attacks that ask about the most pairs, it is the one with the highest AUC on all.
    """
    runs = as_users_ask(
        run for run in case.out_of_sample(PAIR) if case.get(_on(run.attack, MATCHED))
    )
    most = max((run.records for run in runs), default=0)
    best = case.best(run for run in runs if run.records == most)
    if best is None:
        return None
    names = _on(best.attack, MATCHED), _on(best.attack, UNMATCHED)
    matched, unmatched = (case.get(name) for name in names)
    change = difference(case, names[0], case, names[1])
    if matched is None or unmatched is None or change is None:
        return None
    return BackboneGroups(best.attack, matched, unmatched, change)


def _on(attack: str, strategy: QueryStrategy) -> str:
    return of_attack(AUC, attack_key(PAIR, attack, strategy))


def by_backbone(case: Case, group: ComparableCases) -> str:
    """Say how exposed pairs are that were learned with the backbone asked, and others; or nothing.

    Users' attackers find the average over both.
    """
    groups = backbone_groups(case)
    if groups is None:
        return ""
    return (
        f"Pairs learned with the backbone that users ask with: AUC "
        f"{decimal_with_interval(groups.matched)}{_beside_none(case, groups, group)}; with "
        f"another: {decimal_with_interval(groups.unmatched)}. Difference "
        f"{difference_with_interval(groups.change)} ({attack_name(groups.attack)}, as users ask)."
    )


def _beside_none(case: Case, groups: BackboneGroups, group: ComparableCases) -> str:
    """Hold the exposed pairs against all pairs without mitigation."""
    base, metric = group.baseline, _on(groups.attack, "served")
    if base is None or base.failed or (theirs := base.get(metric)) is None:
        return ""
    change = difference(case, _on(groups.attack, MATCHED), base, metric)
    assert change is not None
    verdict = "not told apart from"
    if helps(change):
        verdict = "less than"
    elif harms(change, case):
        verdict = "more than"
    return f", {verdict} {decimal(theirs.value)} without mitigation"
