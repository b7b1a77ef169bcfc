"""The people, photos or pairs that the strongest attack finds again and again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.metrics.exposure import (
    exposure,
    fewest_times,
    rank,
    ranking_by_chance,
    resolved_rate,
)
from faceaudit.records.membership import (
    AttackRunFacts,
    Granularity,
    MembershipFacts,
    score_column,
)
from faceaudit.store import CaseRecord
from faceaudit.types import BoolArray, Float64Array

TOP = 20
"""Records that are listed."""
DRAWS = 100
"""How often membership is dealt anew to tell what chance would show."""
RARE = 0.05
"""The share of draws whose highest record may lie above the mark of chance."""
LISTED = (
    "the lists are given, so that every verifier learned from the same pairs: nothing tells "
    "whether a record stands out because it was learned from"
)


@dataclass(frozen=True)
class ExposedRecord:
    """One record, and how it stands out.

    Attributes:
        id: of the photo, of both photos of a pair, or the person's name, as it is in the store.
        placement: the mean share of non-members that score below it, where it is a member.
        times: of how many targets it was a member.
        found: of how many of them it is found at the rate of `Exposed`; None without a rate.
        other_placement: the same share where it is no member, among all others that are none.
        other_times: of how many targets it was no member.
        by_chance: the mean share that stands at its place of the ranking by chance.
    """

    id: str
    placement: float
    times: int
    found: int | None
    other_placement: float | None
    other_times: int
    by_chance: float


@dataclass(frozen=True)
class Exposed:
    """The most exposed records of a level.

    Attributes:
        level: what they are.
        attack: the strongest attack of the level, whose scores rank them.
        targets: of how many targets its scores were kept, of `all_targets`.
        all_targets: how many targets were attacked.
        fpr: the false-positive rate at which records are found; None where none is resolved.
        fewest: of how many targets a record had to be a member to be ranked.
        ranked: how many records were ranked.
        mark: the placement that the highest of all records exceeds by chance in `RARE` of draws.
        above: how many records lie above that mark.
        records: the first `TOP`.
    """

    level: Granularity
    attack: AttackRunFacts
    targets: int
    all_targets: int
    fpr: float | None
    fewest: int
    ranked: int
    mark: float
    above: int
    records: tuple[ExposedRecord, ...]


def most_exposed(record: CaseRecord, level: Granularity) -> Exposed | str:
    """Return the most exposed records of a level, or the reason why there are none.

    The strongest attack is the one with the highest AUC on all targets. How its scores rank records
    and what chance would show is said in `faceaudit.metrics.exposure`; the draws are the same for
    the same record.

    Args:
        record: a case that did not fail.
        level: "identity", "photo" or "pair".
    """
    facts = MembershipFacts.of(record)
    if facts.blocks is None:
        return LISTED
    key = facts.strongest.get(level)
    attack = next((run for run in facts.attacks if run.key == key), None)
    if attack is None:
        return "no attack was measured out of sample"
    kept = kept_scores(record, attack)
    if kept is None:
        return "its scores were not kept"
    columns = (kept.scores, kept.member, kept.ids, kept.target)
    targets = len(np.unique(kept.target))
    fewest = fewest_times(targets)
    fpr = resolved_rate(kept.member, kept.target)
    try:
        found = exposure(*columns, fpr)
        places = rank(found, fewest)
        rng = np.random.default_rng(0)
        chance = ranking_by_chance(
            *columns, fewest=fewest, top=max(1, min(TOP, len(places))), draws=DRAWS, rng=rng
        )
    except InputError as error:
        return str(error)
    if not len(places):
        return f"no record was a member of {fewest} targets"
    # Of a place that no draw fills, nothing is known by chance.
    filled = np.isfinite(chance)
    by_chance = np.where(filled, chance, 0).sum(axis=0) / np.maximum(filled.sum(axis=0), 1)
    mark = float(np.quantile(chance[:, 0], 1 - RARE))
    listed = tuple(
        ExposedRecord(
            id=str(found.record[place]),
            placement=float(found.placement[place]),
            times=int(found.times[place]),
            found=None if found.found is None else int(found.found[place]),
            other_placement=(
                float(found.other_placement[place]) if found.other_times[place] else None
            ),
            other_times=int(found.other_times[place]),
            by_chance=float(by_chance[number]),
        )
        for number, place in enumerate(places[:TOP].tolist())
    )
    return Exposed(
        level=level,
        attack=attack,
        targets=targets,
        all_targets=facts.targets,
        fpr=fpr,
        fewest=fewest,
        ranked=len(places),
        mark=mark,
        above=int(np.count_nonzero(found.placement[places] > mark)),
        records=listed,
    )


@dataclass(frozen=True, eq=False)
class KeptScores:
    """N scores of one attack that are in the evidence of a case.

    Attributes:
        ids: (N,) the records.
        target: (N,) which target a score is of.
        member: (N,) whether the record is its member.
        scores: (N,) higher is more likely a member.
    """

    ids: npt.NDArray[np.str_]
    target: npt.NDArray[np.int64]
    member: BoolArray
    scores: Float64Array


def kept_scores(record: CaseRecord, attack: AttackRunFacts) -> KeptScores | None:
    """Return an attack's scores from a case's evidence; None where none were kept.

    Args:
        record: the case.
        attack: one of its attacks.
    """
    if record.evidence is None:
        return None
    columns: Mapping[str, npt.NDArray[np.generic]] = record.evidence.columns
    name = score_column(attack.attack, attack.strategy)
    if not {name, "member", "level", "target"} <= columns.keys():
        return None
    scores = np.asarray(columns[name], dtype=np.float64)
    target = np.asarray(columns["target"], dtype=np.int64)
    rows = (columns["level"] == attack.level) & np.isfinite(scores)
    if not rows.any():
        return None
    places = np.flatnonzero(rows)
    ids = np.array([record.evidence.ids[place] for place in places.tolist()], dtype=np.str_)
    member = np.asarray(columns["member"], dtype=np.bool_)[places]
    return KeptScores(ids, target[places], member, scores[places])
