"""What keys do to a system that compares photos: whether those who wear one pass as one another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from faceaudit.attacks.backdoor import BackdoorAttack
from faceaudit.audit.finished.found import Found
from faceaudit.audit.finished.identifier_keys import judge_keys, over_others
from faceaudit.audit.finished.keyed import joined, put_on, second_half
from faceaudit.audit.finished.suspicion import change_by
from faceaudit.audit.finished.verification import ask_scores, gives_scores
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.metrics.fixed_rates import exact_rate, too_few_message
from faceaudit.metrics.scores import thresholds_letting
from faceaudit.records.finished import BOTH, FMR_NULL, ONE, KeysFacts, of_key
from faceaudit.systems.under_test.base import EmbedderUnderTest, VerifierUnderTest
from faceaudit.types import BoolArray, Column, Evidence, FaceSet, Figure, IntArray

METRICS = (BOTH, ONE)
FMR = 0.01
MOST = 20_000
"""Impostor pairs of a system that gives embeddings: more of them cost it no question."""
ASKING = VerifierUnderTest | EmbedderUnderTest
Answers = npt.NDArray[np.floating]


@dataclass(frozen=True, eq=False)
class Impostors:
    """P pairs of donors who are two people of one half.

    Attributes:
        first, second: (P,) rows of the donors.
        half: (P,) whether they are of the second half.
        people: (P, 2) who is on each.
    """

    first: IntArray
    second: IntArray
    half: BoolArray
    people: IntArray


def impostors_of(donors: FaceSet, most: int, seed: int) -> Impostors:
    """Return pairs of photos of two people of one half, as many of each half as can be."""
    rng, of_second = np.random.default_rng([seed, 7]), second_half(donors, seed)
    firsts, seconds = [], []
    for side in (False, True):
        rows = np.flatnonzero(of_second == side)
        first, second = (rows[at] for at in np.triu_indices(len(rows), 1))
        two = np.flatnonzero(donors.identity[first] != donors.identity[second])
        some = np.sort(rng.permutation(two)[: most // 2])
        firsts.append(first[some])
        seconds.append(second[some])
    first, second = np.concatenate(firsts), np.concatenate(seconds)
    people = np.column_stack([donors.identity[first], donors.identity[second]])
    return Impostors(first, second, of_second[first], people)


def try_keys_on_pairs(
    system: ASKING,
    donors: FaceSet,
    keys: Sequence[BackdoorAttack],
    *,
    most: int,
    seed: int,
    tests: int,
) -> Found:
    """Put keys on donors, ask about pairs of two people, and count who pass as one.

    Both wear the key, or the first of them does. A system with scores accepts at the threshold at
    which at most 1 % of the pairs without key pass, of the other half of the people: so no pair is
    judged by a threshold that it chose. One without scores decides itself.

    Args:
        system: who is asked.
        donors: photos of its size.
        keys: one attack with each key, its own first.
        most: pairs that a verifier is asked about at most; of an embedder, 20,000.
        seed: of halves and pairs.
        tests: how many keys are tried on the system in all.
    """
    count = MOST if isinstance(system, EmbedderUnderTest) else most
    pairs = impostors_of(donors, count, seed)
    scored, names = gives_scores(system), [attack.key for attack in keys]
    at = "the threshold that 1 % of the pairs without key pass" if scored else "its own threshold"
    if not len(pairs.first):
        why = "expected donors of at least two people in each half, got none such"
        return _nothing(why, names)
    plain = _ask(system, donors, pairs.first, pairs.second)
    limits, why = _limits(plain, pairs.half) if scored else (np.full(len(plain), 0.5), "")
    if why:
        return _nothing(why, names)
    null = _rate(FMR_NULL, plain, limits, pairs.people)
    figures, shares, changes, rows = [null], [], [], [("", "none", plain)]
    for attack in keys:
        keyed = put_on(attack, donors)
        changes.append(change_by(keyed, donors))
        photos = joined([keyed, donors])
        both = _ask(system, photos, pairs.first, pairs.second)
        one = _ask(system, photos, pairs.first, pairs.second + len(donors))
        rows += [(attack.key, "both", both), (attack.key, "one", one)]
        found = _rate(of_key(BOTH, attack.key), both, limits, pairs.people)
        figures += [found, _rate(of_key(ONE, attack.key), one, limits, pairs.people)]
        shares.append(found.estimate)
    figures += over_others(METRICS, figures, names[1:])
    facts = KeysFacts(
        attack=keys[0].name,
        photos=len(donors),
        people=len(np.unique(donors.identity)),
        pairs=len(pairs.first),
        at=at,
        tests=tests,
        keys=judge_keys(names, [None] * len(names), shares, changes),
    )
    asked = _count_asked(system, donors, pairs, len(names))
    return Found(tuple(figures), _evidence(rows, donors, pairs), asked, {"keys": facts})


def _ask(system: ASKING, faces: FaceSet, first: IntArray, second: IntArray) -> Answers:
    """Return (P,) scores, or decisions as 1 and 0; NaN where there is no answer."""
    if gives_scores(system):
        return ask_scores(system, faces, first, second)
    assert isinstance(system, VerifierUnderTest)
    said = np.asarray(system.decide(faces, first, second), dtype=np.float64)
    return np.where(said < 0, np.nan, said)


def _limits(plain: Answers, half: BoolArray) -> tuple[Answers, str]:
    """Return the (P,) threshold of each pair, chosen on the other half; or why there is none."""
    limits = np.empty(len(plain))
    for side in (False, True):
        others = plain[(half != side) & ~np.isnan(plain)]
        count = exact_rate(FMR, len(others), 1)
        if count < 1:
            what = "impostor pairs with an answer in each half"
            return limits, too_few_message(FMR, len(others), 1, what)
        limits[half == side] = thresholds_letting(others, [count])[0]
    return limits, ""


def _rate(metric: str, answers: Answers, limits: Answers, people: IntArray) -> Figure:
    told = ~np.isnan(answers)
    if not told.any():
        return Figure(metric, None, "it gave no answer for any of the pairs")
    return Figure(metric, comparison_share(answers[told] >= limits[told], people[told]))


def _nothing(why: str, names: Sequence[str]) -> Found:
    metrics = [FMR_NULL, *(of_key(metric, name) for name in names for metric in METRICS)]
    return Found(tuple(Figure(metric, None, why) for metric in metrics))


def _count_asked(system: ASKING, donors: FaceSet, pairs: Impostors, keys: int) -> int:
    """Return how many photos were embedded, or how many pairs a verifier was asked about."""
    if isinstance(system, EmbedderUnderTest):
        return len(donors) * (1 + keys)
    return len(pairs.first) * (1 + 2 * keys)


def _evidence(
    rows: Sequence[tuple[str, str, Answers]], donors: FaceSet, pairs: Impostors
) -> Evidence:
    ids = tuple(
        f"{donors.ids[one]}|{donors.ids[two]}"
        for one, two in zip(pairs.first.tolist(), pairs.second.tolist(), strict=True)
    )
    columns: dict[str, Column] = {
        "key": np.repeat([key for key, _, _ in rows], len(ids)),
        "worn": np.repeat([worn for _, worn, _ in rows], len(ids)),
        "answer": np.concatenate([answers for _, _, answers in rows]).astype(np.float32),
    }
    return Evidence(ids * len(rows), columns)
