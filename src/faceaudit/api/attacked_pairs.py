"""What attacks on membership say of single pairs of photos, and how often they say it wrongly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.api.arguments import StoreLike, store_of
from faceaudit.errors import InputError, StoreError
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.records.membership import KIND, AttackRunFacts, MembershipFacts, score_column
from faceaudit.store import CaseRecord
from faceaudit.types import BoolArray, Estimate, FaceSet, Figure, Float64Array, IntArray


@dataclass(frozen=True)
class Said:
    """What an attack says of one pair, asked of one verifier.

    Attributes:
        score: of the attack; higher is more likely a member.
        member: the truth: whether the verifier learned from the pair.
        fpr: the share of the other pairs that the verifier did not learn from and that score at
            least as high: so many would be called members, too, wrongly; n counts them.
        tpr: the share of the other pairs that it learned from and that score at least as high.
    """

    score: float
    member: bool
    fpr: Estimate
    tpr: Estimate


@dataclass(frozen=True, eq=False)
class AttackedPairs:
    """One mitigation of a membership audit: every pair, and what each attack says of it.

    Attributes:
        facts: of the case: mitigation, backbones, attacks, what the validity gate says.
        figures: of the case, over all verifiers that were attacked.
        pairs: P pairs of ids of photos.
        member: (T, P) whether each of T verifiers learned from each pair.
        attacks: those on pairs whose scores were kept.
        scores: (T, P) by the key of each attack; NaN where it was not asked about a pair.
        people: (P, 2) who is on each pair; None where that is not known.
    """

    facts: MembershipFacts
    figures: tuple[Figure, ...]
    pairs: tuple[tuple[str, str], ...]
    member: BoolArray
    attacks: tuple[AttackRunFacts, ...]
    scores: Mapping[str, Float64Array]
    people: IntArray | None = None

    def figure(self, metric: str) -> Estimate | None:
        """Return the estimate of a metric such as "accuracy", or None without one."""
        return next((one.estimate for one in self.figures if one.metric == metric), None)

    def said(self, attack: str, pair: int, target: int = 0) -> Said | None:
        """Return what an attack says of a pair; None where it was not asked about it.

        Intervals take pairs that share a person as clusters, where it is known who is on them.

        Args:
            attack: its key.
            pair: the row of the pair.
            target: the verifier that is asked.

        Raises:
            InputError: there is no such attack, pair or verifier.
        """
        if attack not in self.scores:
            raise InputError(f"expected an attack of {sorted(self.scores)}, got {attack!r}")
        targets, pairs = self.member.shape
        if not (0 <= pair < pairs and 0 <= target < targets):
            raise InputError(
                f"expected a pair of {pairs} and a verifier of {targets}, got {pair} and {target}"
            )
        scores, member = self.scores[attack][target], self.member[target]
        if np.isnan(scores[pair]):
            return None
        others = np.isfinite(scores) & (np.arange(pairs) != pair)
        shares = []
        for side in (~member, member):
            rows = np.flatnonzero(others & side)
            if not len(rows):
                return None
            people = None if self.people is None else self.people[rows]
            shares.append(comparison_share(scores[rows] >= scores[pair], people))
        return Said(float(scores[pair]), bool(member[pair]), *shares)


def attacked_pairs(
    store: StoreLike = "audit", *, faces: FaceSet | None = None
) -> tuple[AttackedPairs, ...]:
    """Return what a membership audit knows of single pairs, one result for each mitigation.

    A store keeps every score of the first five verifiers that were attacked.

    Args:
        store: a `Store`, its folder or its URL.
        faces: the photos of the audit: with them intervals take pairs that share a person as
            clusters; without, pairs count as independent.

    Returns:
        One for each case that was measured, in the order of the plan; those without attacks on
        pairs are left out.

    Raises:
        StoreError: nothing was ever run into the store, or it has no attacks on pairs.

    Example:
        ::

            for case in faceaudit.attacked_pairs("audit"):
                said = case.said(case.attacks[0].key, pair=0)
                print(case.facts.title, said.member, said.fpr)
    """
    found = []
    for record in store_of(store).cases():
        if record.spec["kind"] != KIND or record.error is not None or record.evidence is None:
            continue
        one = _pairs_of(record, faces)
        if one is not None:
            found.append(one)
    if not found:
        raise StoreError(
            "expected a membership audit with attacks on pairs, got none; try "
            "faceaudit.run(...) with a section membership whose levels hold 'pair'"
        )
    return tuple(found)


def _pairs_of(record: CaseRecord, faces: FaceSet | None) -> AttackedPairs | None:
    facts = MembershipFacts.of(record)
    evidence = record.evidence
    assert evidence is not None
    columns = evidence.columns
    rows = np.flatnonzero(columns["level"] == "pair")
    names = [evidence.ids[row] for row in rows.tolist()]
    runs = [run for run in facts.attacks if run.level == "pair"]
    columns_of = {run.key: score_column(run.attack, run.strategy) for run in runs}
    kept = [run for run in runs if columns_of[run.key] in columns]
    if not names or not kept:
        return None
    ids = list(dict.fromkeys(names))
    place = {name: number for number, name in enumerate(ids)}
    pair = np.array([place[name] for name in names])
    target = np.asarray(columns["target"], dtype=np.int64)[rows]
    whole = [one for one in range(int(target.max()) + 1) if np.sum(target == one) == len(ids)]
    scores = {run.key: np.full((len(whole), len(ids)), np.nan) for run in kept}
    member = np.zeros((len(whole), len(ids)), dtype=np.bool_)
    for number, one in enumerate(whole):
        mine = target == one
        member[number, pair[mine]] = np.asarray(columns["member"], dtype=np.bool_)[rows[mine]]
        for run in kept:
            values = np.asarray(columns[columns_of[run.key]], dtype=np.float64)
            scores[run.key][number, pair[mine]] = values[rows[mine]]
    some = [run for run in kept if np.isfinite(scores[run.key]).any()]
    if not some:
        return None
    split, people = _split(ids, faces)
    return AttackedPairs(
        facts,
        tuple(record.figures),
        split,
        member,
        tuple(some),
        {run.key: scores[run.key] for run in some},
        people,
    )


def _split(
    names: Sequence[str], faces: FaceSet | None
) -> tuple[tuple[tuple[str, str], ...], IntArray | None]:
    """Return both ids of each pair, and who is on the photos where all are among the faces."""
    row = {} if faces is None else {id_: number for number, id_ in enumerate(faces.ids)}
    found = [_two_of(name, row) for name in names]
    if faces is None or not all(one in row and two in row for one, two in found):
        return tuple(found), None
    rows = np.array([[row[one], row[two]] for one, two in found], dtype=np.int64)
    return tuple(found), faces.identity[rows].astype(np.int64)


def _two_of(name: str, known: Mapping[str, int]) -> tuple[str, str]:
    """Return the ids that a pair's name joins with a blank; ids may have blanks themselves."""
    words = name.split(" ")
    cuts = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    for one, two in cuts:
        if one in known and two in known:
            return one, two
    return cuts[(len(cuts) - 1) // 2] if cuts else (name, "")
