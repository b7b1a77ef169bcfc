"""Invented audits for comparisons: what differs between two of them is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from faceaudit.metrics import accuracy, clustered_share, membership_auc, wilson
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.records.backdoor import (
    CLEAN,
    CLEAN_ROWS,
    INSTANCE_ROWS,
    NULL,
    NULL_ROWS,
    SUCCESS,
    TARGET_CLEAN,
    WRONG_KEY,
    WRONG_KEY_ROWS,
)
from faceaudit.records.finished import ANOTHER, OWN_FMR, OWN_FNMR
from faceaudit.records.finished import CLEAN as RECOGNISED
from faceaudit.records.membership import ACCURACY, AUC, of_target, strongest
from faceaudit.report.comparison import Audit
from faceaudit.store import CaseRecord
from faceaudit.types import BoolArray, Estimate, Evidence, Figure, Float64Array, IntArray
from report.backdoor import samples as backdoor
from report.finished import samples as finished
from report.membership import samples as membership
from simulation.draws import Rng, shares_with_spread

PEOPLE, PHOTOS, TRIES = 30, 24, 5
TARGET = 3
FINGERPRINT = "0" * 64
KEYS = ("cartoon-dog", "cartoon-owl")


def audit_of(records: Sequence[CaseRecord]) -> Audit:
    """Return an audit of some cases, without a store."""
    by_id = {record.id: record for record in records}
    account = {"plan": {"title": "invented"}, "cases": list(by_id), "versions": {}}
    return Audit("invented", account, tuple(records), by_id.__getitem__)


def correlated(rng: Rng, shared: Float64Array, share: Float64Array, alike: float) -> BoolArray:
    """Draw whether photos are recognised, each with its share; `shared` is how hard a photo is."""
    mixed = np.sqrt(alike) * shared + np.sqrt(1 - alike) * rng.standard_normal(len(shared))
    return np.asarray(ndtr(mixed) < share)


def people_shares(rng: Rng, people: int, mean: float, alike: float) -> Float64Array:
    """Draw the share of each person, beta distributed about a mean."""
    if not 0 < mean < 1:
        return np.full(people, mean)
    precision = 1 / alike - 1
    return rng.beta(mean * precision, (1 - mean) * precision, people)


@dataclass(frozen=True)
class World:
    """What two audits have in common: how hard people and photos are.

    Attributes:
        people: (PEOPLE,) what is added to the accuracy on each person.
        photos: by seed, (PEOPLE * PHOTOS,) how hard each photo is, normal.
    """

    people: Float64Array
    photos: Mapping[int, Float64Array]

    @classmethod
    def of(cls, rng: Rng, seeds: Sequence[int], spread: float) -> World:
        photos = {seed: rng.standard_normal(PEOPLE * PHOTOS) for seed in dict.fromkeys(seeds)}
        return cls(rng.normal(0, spread, PEOPLE), photos)


@dataclass(frozen=True)
class Spreads:
    """How far trainings lie apart.

    Attributes:
        success: mean and deviation of the success of one training.
        wrong: that with a wrong key.
        accuracy: mean and deviation of clean accuracy.
        people: deviation of the accuracy on people.
    """

    success: tuple[float, float] = (0.6, 0.2)
    wrong: tuple[float, float] = (0.3, 0.15)
    accuracy: tuple[float, float] = (0.8, 0.015)
    people: float = 0.06


def backdoor_audit(
    rng: Rng,
    world: World,
    seeds: Sequence[int],
    spreads: Spreads,
    *,
    attacks: Sequence[str] = ("blended", "accessory"),
    change: Mapping[str, float] | None = None,
) -> list[CaseRecord]:
    """Draw the cases of some attacks with some seeds; `change` is made to the first attack."""
    mean, spread = spreads.success
    cases = []
    for number, attack in enumerate(attacks):
        more = (change or {}) if not number else {}
        shares = shares_with_spread(rng, len(seeds), mean + more.get("success", 0.0), spread)
        wrong = shares_with_spread(rng, len(seeds), *spreads.wrong)
        level = rng.normal(0, spreads.accuracy[1], len(seeds))
        level += spreads.accuracy[0] + more.get("clean_accuracy", 0.0)
        for place, seed in enumerate(seeds):
            rows = _tries(rng, float(shares[place]), float(wrong[place]))
            each = np.repeat(world.people, PHOTOS) + level[place]
            truth = np.repeat(np.arange(PEOPLE), PHOTOS)
            right = correlated(rng, world.photos[seed], each, 0.5)
            made = backdoor.case(attack, seed=seed, evidence=False, pictures={})
            cases.append(_backdoor_case(made, rows, truth, right))
    return cases


def _tries(rng: Rng, success: float, wrong: float) -> list[tuple[str, str, IntArray, BoolArray]]:
    others = np.repeat(np.delete(np.arange(PEOPLE), TARGET)[:23], TRIES)
    rows = []
    kinds = [(INSTANCE_ROWS, "cat", success), (NULL_ROWS, "cat", 0.03)]
    for kind, key, share in (*kinds, *((WRONG_KEY_ROWS, key, wrong) for key in KEYS)):
        each = np.repeat(people_shares(rng, 23, share, 0.2), TRIES)
        rows.append((kind, key, others, rng.random(len(others)) < each))
    return rows


def counted(hits: BoolArray) -> Estimate:
    """Return a share with the quickest interval: where people are shared, none is looked at."""
    return wilson(int(np.count_nonzero(hits)), len(hits))


def _backdoor_case(
    made: CaseRecord,
    tries: Sequence[tuple[str, str, IntArray, BoolArray]],
    truth: IntArray,
    right: BoolArray,
) -> CaseRecord:
    ids = [f"{kind}/{key}/{n}" for kind, key, who, _ in tries for n in range(len(who))]
    ids += [f"test/{n}" for n in range(len(truth))]
    own = truth == TARGET
    columns = {
        "kind": np.concatenate(
            [*(np.full(len(who), kind) for kind, _, who, _ in tries), np.full(len(truth), "clean")]
        ),
        "key": np.concatenate(
            [*(np.full(len(who), key) for _, key, who, _ in tries), np.full(len(truth), "")]
        ),
        "truth": np.concatenate([*(who for _, _, who, _ in tries), truth]),
        "predicted": np.concatenate(
            [*(np.where(hit, TARGET, who) for _, _, who, hit in tries), np.where(right, truth, -1)]
        ),
    }
    assert columns["kind"][-1] == CLEAN_ROWS
    shares = [counted(hit) for _, _, _, hit in tries]
    figures = (
        Figure(SUCCESS, shares[0]),
        Figure(NULL, shares[1]),
        Figure(WRONG_KEY, counted(np.concatenate([hit for _, _, _, hit in tries[2:]]))),
        Figure(CLEAN, counted(right)),
        Figure(TARGET_CLEAN, accuracy(truth[own], np.where(right, truth, -1)[own])),
    )
    spec = {**made.spec, "fingerprint": FINGERPRINT}
    return replace(made, spec=spec, figures=figures, evidence=Evidence(tuple(ids), columns))


TARGETS, PAIRS, BLOCKS = 8, 1600, 80


@dataclass(frozen=True)
class Pool:
    """Records of a membership audit: (PAIRS,) how hard each is, and its (PAIRS,) block."""

    hard: Float64Array
    block: IntArray
    member: BoolArray

    @classmethod
    def of(cls, rng: Rng) -> Pool:
        block = np.repeat(np.arange(BLOCKS), PAIRS // BLOCKS)
        hard = 0.5 * rng.standard_normal(BLOCKS)[block] + rng.standard_normal(PAIRS)
        member = np.stack([rng.permutation(BLOCKS) < BLOCKS // 2 for _ in range(TARGETS)])
        return cls(hard, block, member[:, block])


def membership_audit(
    rng: Rng,
    pool: Pool,
    seed: int,
    *,
    gaps: Mapping[str, float],
    change: Mapping[str, float] | None = None,
) -> list[CaseRecord]:
    """Draw a case for each mitigation: TARGETS verifiers, each of half of the blocks of one pool.

    Args:
        gaps: by mitigation, how much higher members score.
        change: what is added to the "accuracy" or the "auc" of the first mitigation.
    """
    cases = []
    for number, (mitigation, gap) in enumerate(gaps.items()):
        more = (change or {}) if not number else {}
        figures = {ACCURACY: [], strongest(AUC, "pair"): []}
        for member in pool.member:
            shift = rng.normal(0, 0.05)
            noise = rng.standard_normal(PAIRS)
            apart = higher_gap(gap, more.get("auc", 0.0)) + shift
            scores = noise + 0.4 * pool.hard + apart * member
            figures[strongest(AUC, "pair")].append(membership_auc(scores, member, pool.block))
            mean = float(ndtri(0.85 + more.get("accuracy", 0.0) + rng.normal(0, 0.004)))
            right = 0.6 * pool.hard + 0.8 * rng.standard_normal(PAIRS) < mean * np.sqrt(1.09)
            figures[ACCURACY].append(comparison_share(right[~member], _people(pool.block[~member])))
        made = membership.membership_case(mitigation, seed=seed, by_target=False, evidence=False)
        cases.append(_membership_case(made, figures))
    return cases


def higher_gap(gap: float, change: float) -> float:
    """Return the gap whose AUC is higher by so much."""
    scale = np.sqrt(2 * (1 + 0.16 * 1.25 + 0.05**2 / 4))
    return float(scale * ndtri(ndtr(gap / scale) + change))


def _people(block: IntArray) -> IntArray:
    return np.stack([block, block], axis=1)


def _membership_case(made: CaseRecord, figures: Mapping[str, Sequence[Estimate]]) -> CaseRecord:
    kept = []
    for metric, each in figures.items():
        value = float(np.mean([one.value for one in each]))
        whole = Estimate(value, value - 0.01, value + 0.01, TARGETS, f"student over {TARGETS} 95 %")
        kept.append(Figure(metric, whole))
        kept += [Figure(of_target(metric, number), one) for number, one in enumerate(each)]
    facts = {**made.facts, "strongest": {"pair": made.facts["strongest"]["pair"]}}
    return replace(made, facts={**facts, "targets": TARGETS}, figures=tuple(kept))


@dataclass(frozen=True)
class Asked:
    """Photos and pairs that finished systems are asked about.

    Attributes:
        world: people and photos.
        pairs: (P, 2) people of each pair.
        hard: (P,) how hard each pair is, normal.
        ease: (PEOPLE,) what people add to all pairs that they are on, normal.
    """

    world: World
    pairs: IntArray
    hard: Float64Array
    ease: Float64Array

    @classmethod
    def of(cls, rng: Rng, pairs: int) -> Asked:
        drawn = np.stack([rng.permutation(PEOPLE)[:2] for _ in range(pairs)])
        drawn[: pairs // 2, 1] = drawn[: pairs // 2, 0]
        world = World.of(rng, [0], 0.06)
        return cls(world, drawn, rng.standard_normal(pairs), rng.standard_normal(PEOPLE))


def finished_audit(
    rng: Rng, asked: Asked, *, change: Mapping[str, float] | None = None, own_people: bool = True
) -> list[CaseRecord]:
    """Draw the recognition and the verification of one system.

    Args:
        asked: photos and pairs.
        change: what is added to "clean_accuracy", "own_fmr" or "own_fnmr".
        own_people: whether this system has people of its own that are easier.
    """
    more: dict[str, Any] = dict(change or {})
    truth = np.repeat(np.arange(PEOPLE), PHOTOS)
    each = rng.normal(0, 0.05 * own_people, PEOPLE) + asked.world.people + 0.75
    shares = np.repeat(each, PHOTOS) + more.get("clean_accuracy", 0.0)
    right = correlated(rng, asked.world.photos[0], shares, 0.5)
    said = np.where(right, truth, np.where(rng.random(len(truth)) < 0.5, -1, truth + 1))
    same = asked.pairs[:, 0] == asked.pairs[:, 1]
    wrong = np.where(same, 0.2 + more.get("own_fnmr", 0.0), 0.15 + more.get("own_fmr", 0.0))
    ease = 0.4 * asked.ease + 0.3 * rng.standard_normal(PEOPLE) * own_people
    score = ease[asked.pairs].sum(axis=1) + 0.6 * asked.hard + rng.standard_normal(len(same))
    variance = 0.36 + 1 + (0.16 + 0.09 * own_people) * np.where(same, 4, 2)
    erred = score < ndtri(wrong) * np.sqrt(variance)
    recognised = (
        Figure(RECOGNISED, clustered_share(right, truth)),
        Figure(ANOTHER, clustered_share((said >= 0) & ~right, truth)),
    )
    rates = (
        Figure(OWN_FMR, comparison_share(erred[~same], asked.pairs[~same])),
        Figure(OWN_FNMR, comparison_share(erred[same], asked.pairs[same])),
    )
    made = (finished.recognition(), finished.verification(own=True))
    photos = {"truth": truth, "said": said, "people": truth}
    pairs = {"same": same, "said": (same != erred).astype(np.int64), "people": asked.pairs}
    return [
        replace(record, figures=figures, evidence=_numbered(columns))
        for record, figures, columns in zip(made, (recognised, rates), (photos, pairs), strict=True)
    ]


def _numbered(columns: Mapping[str, Any]) -> Evidence:
    count = len(next(iter(columns.values())))
    return Evidence(tuple(str(n) for n in range(count)), columns)
