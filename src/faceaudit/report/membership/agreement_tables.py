"""What several attacks find in common: tables of how many find the same members."""

from __future__ import annotations

from dataclasses import dataclass

from faceaudit.audit.membership.agreement import Agreement, Share, agreement
from faceaudit.records.membership import Granularity
from faceaudit.report.elements import Cell
from faceaudit.report.membership.cases import Case
from faceaudit.report.membership.words import LEVEL_WORDS, STRATEGIES, attack_name
from faceaudit.report.numbers import (
    SPACE,
    count,
    counted,
    percent,
    percent_interval,
)

APOSTROPHE = "\N{RIGHT SINGLE QUOTATION MARK}"


@dataclass(frozen=True)
class AgreementRow:
    """Members that are found by so many attacks, or by one of them."""

    title: Cell
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class CombinationRow:
    """Members that some attacks find and the others do not."""

    by: tuple[str, ...]
    members: str
    expected: str


@dataclass(frozen=True)
class AgreementView:
    """What the attacks on one mitigation find in common.

    Attributes:
        title: the mitigation, and its group of cases.
        anchor: what the ids of its tables begin with.
        said: what was compared and what follows, or why nothing was.
        words: what members are, such as "people".
        rate: the false-positive rate.
        by_count: found by none, by one, ... by all.
        by_attack: found by each, and by no other.
        attacks: the attacks in words, as the combinations have columns.
        combinations: those that occur, the most frequent first.
    """

    title: str
    anchor: str
    said: str
    words: str = ""
    rate: str = ""
    by_count: tuple[AgreementRow, ...] = ()
    by_attack: tuple[AgreementRow, ...] = ()
    attacks: tuple[str, ...] = ()
    combinations: tuple[CombinationRow, ...] = ()


def agreement_view(case: Case, group_title: str, level: Granularity) -> AgreementView:
    """Return what the attacks on one mitigation find in common at a level."""
    title, place = f"{case.title}, {group_title}", f"{case.anchor}-overlap-{LEVEL_WORDS[level]}"
    found = agreement(case.record, level)
    if isinstance(found, str):
        return AgreementView(title, place, f"What attacks find in common is not known: {found}.")
    return AgreementView(
        title=title,
        anchor=place,
        said=describe_agreement(found),
        words=LEVEL_WORDS[level],
        rate=_rate(found),
        by_count=tuple(
            AgreementRow(
                Cell(_by(number, len(found.attacks))),
                (_members(share), _expected(share), Cell(count(share.others))),
            )
            for number, share in enumerate(found.by_count)
        ),
        by_attack=tuple(
            AgreementRow(
                Cell(attack_name(attack.attack), note=STRATEGIES[attack.strategy]),
                (_members(share), Cell(count(alone)), Cell(count(share.others))),
            )
            for attack, share, alone in zip(found.attacks, found.each, found.alone, strict=True)
        ),
        attacks=tuple(attack_name(attack.attack) for attack in found.attacks),
        combinations=tuple(
            CombinationRow(
                tuple("finds" if by else "" for by in one.by),
                count(one.count),
                f"{one.expected:,.1f}",
            )
            for one in found.overlap.combinations
            if one.count or round(one.expected)
        ),
    )


def describe_agreement(found: Agreement) -> str:
    """Say what was compared, and whether the attacks find the same members."""
    every = found.by_count[-1]
    some = found.members - found.by_count[0].members
    words, number = LEVEL_WORDS[found.level], len(found.attacks)
    assert every.expected is not None
    return (
        f"{counted(number, 'attack')}, each at a threshold that {_rate(found)} of a "
        f"target{APOSTROPHE}s non-members reach; {count(found.members)} members of "
        f"{counted(found.targets, 'target')} ({words} count once a target). At least one attack "
        f"finds {count(some)} of them, all {number} find {count(every.members)}; independent "
        f"attacks would all find {every.expected:,.1f}."
    )


def _rate(found: Agreement) -> str:
    return f"{found.fpr * 100:g}{SPACE}%"


def _by(number: int, attacks: int) -> str:
    if number == attacks:
        return f"all {attacks}"
    return "no attack" if number == 0 else f"{number} of {attacks}"


def _members(share: Share) -> Cell:
    estimate = share.share
    if estimate is None:
        return Cell(count(share.members))
    return Cell(
        percent(estimate.value),
        percent_interval(estimate),
        count(share.members),
        estimate=estimate,
    )


def _expected(share: Share) -> Cell:
    assert share.expected is not None
    return Cell(f"{share.expected:,.1f}")
