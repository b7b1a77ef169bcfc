"""Evidence of a membership case: the score of every attack for every record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np

from faceaudit.audit.membership.answers import AttackScores
from faceaudit.records.membership import JOINT, Granularity, score_column
from faceaudit.types import Column, Evidence

TARGETS = 5
"""Targets of which every score is kept; figures rest on all."""
SINGLED_OUT: Final[tuple[Granularity, ...]] = ("identity", "photo", "pair")
"""Levels of which the strongest attack's scores are kept for every target: so it can be said how
often a person, photo or pair was found of all the times that it was a member."""


def evidence_of(
    by_target: Sequence[Sequence[AttackScores]], strongest: Mapping[Granularity, str] | None = None
) -> Evidence:
    """Return one row a level, target and record, with the score of each attack.

    Records of attacks that add up all pairs of a photo or person are rows of their own, as other
    photos and people are asked about anew. Of many targets the first few are kept, and of the
    others the scores of the strongest attack on people, on photos and on pairs.

    Args:
        by_target: the scores of each attack, by target.
        strongest: the key of the strongest attack, by level.
    """
    names = list(
        dict.fromkeys(score_column(attack.attack, attack.strategy) for attack in by_target[0])
    )
    singled_out = {(strongest or {}).get(level) for level in SINGLED_OUT}
    ids: list[str] = []
    parts: list[dict[str, Column]] = []
    for target, attacks in enumerate(by_target):
        kept = [one for one in attacks if target < TARGETS or one.key in singled_out]
        by_records: dict[tuple[str, bool], list[AttackScores]] = {}
        for attack in kept:
            kind = attack.level, attack.attack.endswith(JOINT)
            by_records.setdefault(kind, []).append(attack)
        for (level, _), of_kind in by_records.items():
            longest = max(of_kind, key=lambda attack: len(attack.ids))
            ids += longest.ids
            parts.append(_rows_of(level, target, longest, of_kind, names))
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    return Evidence(tuple(ids), columns)


def _rows_of(
    level: str,
    target: int,
    longest: AttackScores,
    attacks: Sequence[AttackScores],
    names: Sequence[str],
) -> dict[str, Column]:
    count = len(longest.ids)
    columns: dict[str, Column] = {
        "level": np.full(count, level),
        "target": np.full(count, target),
        "member": longest.member,
    }
    columns |= {name: np.full(count, np.nan, dtype=np.float32) for name in names}
    for attack in attacks:
        row = np.searchsorted(longest.rows, attack.rows)
        columns[score_column(attack.attack, attack.strategy)][row] = attack.scores
    return columns
