"""What several attacks find in common, from the evidence of a case."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.audit.membership.exposed import KeptScores, kept_scores
from faceaudit.errors import InputError
from faceaudit.metrics.exposure import found_at, resolved_rate
from faceaudit.metrics.overlap import MOST, Overlap, overlap
from faceaudit.metrics.student_mean import student_mean
from faceaudit.records.membership import (
    AUC,
    PARTIAL,
    AttackRunFacts,
    Granularity,
    MembershipFacts,
    of_attack,
)
from faceaudit.store import CaseRecord
from faceaudit.types import BoolArray, Estimate, IntArray


@dataclass(frozen=True)
class Share:
    """How many are found by so many of the attacks, or by one of them.

    Attributes:
        members: how many members.
        share: the share of members of a target, with its interval over targets; None of one target.
        others: how many non-members are wrongly taken for members in the same way.
        expected: members to be expected were attacks independent; None where that is not asked.
    """

    members: int
    share: Estimate | None
    others: int
    expected: float | None = None


@dataclass(frozen=True)
class Agreement:
    """What A attacks find of one level, each at a threshold of its own.

    Attributes:
        level: what they tell members of.
        attacks: the strongest first, each by its strongest query strategy.
        fpr: the false-positive rate of each attack.
        targets: how many targets the scores are of.
        members, others: how many of both, each counted once a target.
        each: (A,) what each attack finds.
        alone: (A,) members that each finds and no other does.
        by_count: (A + 1,) what exactly none, one, ... and all attacks find.
        overlap: all combinations, of members.
    """

    level: Granularity
    attacks: tuple[AttackRunFacts, ...]
    fpr: float
    targets: int
    members: int
    others: int
    each: tuple[Share, ...]
    alone: tuple[int, ...]
    by_count: tuple[Share, ...]
    overlap: Overlap


def agreement(record: CaseRecord, level: Granularity) -> Agreement | str:
    """Return what the strongest attacks of a level find in common, or why that is not known.

    Of the attacks that were asked about the most records, the `MOST` with the highest AUC are
    compared, each by the query strategy with the highest; those that scored what they learned from
    are left aside. They are compared on the targets of which the scores of all were kept.

    Args:
        record: a case that did not fail.
        level: what the attacks tell members of.
    """
    facts = MembershipFacts.of(record)
    attacks = _strongest_attacks(record, facts, level)
    if len(attacks) < 2:
        return "fewer than two attacks were asked about the same records"
    found = [kept_scores(record, attack) for attack in attacks]
    scored = [one for one in found if one is not None]
    if len(scored) < len(found):
        return "the scores of the attacks were not kept"
    try:
        return _agreement(facts, level, attacks, scored)
    except InputError as error:
        return str(error)


def _strongest_attacks(
    record: CaseRecord, facts: MembershipFacts, level: Granularity
) -> tuple[AttackRunFacts, ...]:
    runs = [
        (estimate.value, run)
        for run in facts.attacks
        if run.level == level and not run.in_sample and run.strategy not in PARTIAL
        if (estimate := record.figure(of_attack(AUC, run.key))) is not None
    ]
    most = max((run.records for _, run in runs), default=0)
    ranked = sorted(
        (one for one in runs if one[1].records == most), key=lambda one: one[0], reverse=True
    )
    by_attack: dict[str, AttackRunFacts] = {}
    for _, run in ranked:
        by_attack.setdefault(run.attack, run)
    return tuple(by_attack.values())[:MOST]


def _agreement(
    facts: MembershipFacts,
    level: Granularity,
    attacks: Sequence[AttackRunFacts],
    scored: Sequence[KeptScores],
) -> Agreement | str:
    same = _on_the_same(scored)
    member, target = same[0].member, same[0].target
    fpr = resolved_rate(member, target)
    if fpr is None:
        return "too few non-members of a target to set a false-positive rate"
    hits = np.stack([found_at(one.scores, member, target, fpr) for one in same])
    times = hits.sum(axis=0)
    models = facts.verifiers if facts.blocks is not None else None
    together = overlap(hits[:, member], target[member])
    return Agreement(
        level=level,
        attacks=tuple(attacks),
        fpr=fpr,
        targets=len(np.unique(target)),
        members=int(member.sum()),
        others=int((~member).sum()),
        each=tuple(_share(row, member, target, models) for row in hits),
        alone=together.alone,
        by_count=tuple(
            _share(times == number, member, target, models, together.found_by(number)[1])
            for number in range(len(hits) + 1)
        ),
        overlap=together,
    )


def _on_the_same(scored: Sequence[KeptScores]) -> list[KeptScores]:
    """Return the scores of records that all attacks scored, in the same order."""
    keys = [
        np.array([f"{target} {id_}" for target, id_ in zip(one.target, one.ids, strict=True)])
        for one in scored
    ]
    for names in keys:
        if len(np.unique(names)) < len(names):
            raise InputError("expected each record once a target, got one twice")
    common = keys[0]
    for names in keys[1:]:
        common = np.intersect1d(common, names)
    if not len(common):
        raise InputError("expected records that all attacks scored, got none")
    aligned = []
    for one, names in zip(scored, keys, strict=True):
        order = np.argsort(names, kind="stable")
        rows = order[np.searchsorted(names[order], np.sort(common))]
        aligned.append(
            KeptScores(one.ids[rows], one.target[rows], one.member[rows], one.scores[rows])
        )
    return aligned


def _share(
    hit: BoolArray,
    member: BoolArray,
    target: IntArray,
    models: int | None,
    expected: float | None = None,
) -> Share:
    each = [float(hit[member & (target == one)].mean()) for one in np.unique(target)]
    return Share(
        members=int((hit & member).sum()),
        share=student_mean(each, models=models) if len(each) > 1 else None,
        others=int((hit & ~member).sum()),
        expected=expected,
    )
