"""Evidence of a membership case: the score of every attack for every record."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from faceaudit.audit.membership.answers import AttackScores
from faceaudit.records.membership import JOINT, score_column
from faceaudit.types import Column, Evidence

TARGETS = 5
"""Targets of which every score is kept; figures rest on all."""


def evidence_of(by_target: Sequence[Sequence[AttackScores]]) -> Evidence:
    """Return one row a level, target and record, with the score of each attack.

    Records of attacks that add up all pairs of a photo or person are rows of their own, as other
    photos and people are asked about anew. Of many targets the first few are kept.
    """
    names = list(
        dict.fromkeys(score_column(attack.attack, attack.strategy) for attack in by_target[0])
    )
    ids: list[str] = []
    parts: list[dict[str, Column]] = []
    for target, attacks in enumerate(by_target[:TARGETS]):
        by_records: dict[tuple[str, bool], list[AttackScores]] = {}
        for attack in attacks:
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
