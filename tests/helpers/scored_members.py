"""Evidence of membership attacks with drawn scores, so that it is known who is exposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from faceaudit.records.membership import score_column
from faceaudit.types import BoolArray, Evidence, Float64Array

Scores = Mapping[tuple[str, str], Float64Array]
"""(targets, records) scores by level and attack."""


def halves(targets: int, records: int, seed: int = 0) -> BoolArray:
    """Return (targets, records) members: another half of the records for each target."""
    half = np.tile(np.arange(records) < records // 2, (targets, 1))
    return np.random.default_rng(seed).permuted(half, axis=1)


def drawn_scores(member: BoolArray, leak: float, seed: int = 1) -> Float64Array:
    """Return scores that lie higher by `leak` standard deviations where a record is a member."""
    return np.random.default_rng(seed).standard_normal(member.shape) + leak * member


def evidence_with(
    member: BoolArray, scores: Scores, *, names: Sequence[str], kept: int | None = None
) -> Evidence:
    """Return evidence with rows for each attack, target and record.

    Args:
        member: (targets, records).
        scores: of each level and attack, asked as users do.
        names: the records' ids.
        kept: how many targets have scores of all attacks; of the others only the first attack of
            each level has.
    """
    kept = len(member) if kept is None else kept
    columns = [score_column(attack, "served") for _, attack in scores]
    rows: dict[str, list[object]] = {name: [] for name in ("ids", "level", "target", "member")}
    values: dict[str, list[float]] = {name: [] for name in columns}
    seen: set[str] = set()
    for (level, attack), table in scores.items():
        first, own = level not in seen, score_column(attack, "served")
        seen.add(level)
        for target in range(len(member) if first else kept):
            for record, name in enumerate(names):
                rows["ids"].append(name)
                rows["level"].append(level)
                rows["target"].append(target)
                rows["member"].append(bool(member[target, record]))
                for column, held in values.items():
                    held.append(float(table[target, record]) if column == own else np.nan)
    return Evidence(
        tuple(str(name) for name in rows["ids"]),
        {
            "level": np.array(rows["level"]),
            "target": np.array(rows["target"]),
            "member": np.array(rows["member"], dtype=bool),
            **{name: np.array(held, dtype=np.float64) for name, held in values.items()},
        },
    )
