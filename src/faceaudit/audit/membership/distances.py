"""Distances of pairs from every verifier's decision boundary, measured once for all targets."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
import torch

from faceaudit.attacks.membership import Observation, Oracle
from faceaudit.attacks.membership.common.boundary import DistanceMembershipAttack
from faceaudit.audit.membership.answers import VerifierAnswers
from faceaudit.records.membership import QueryStrategy
from faceaudit.registry import digest
from faceaudit.systems.verifiers.bank import unchanged
from faceaudit.types import Float64Array, IntArray

SINGLE: tuple[QueryStrategy, ...] = ("served", "assignment")
"""Query strategies of a single channel: a distance to a boundary needs one."""


@dataclass(frozen=True, eq=False)
class Distances:
    """Distances of R pairs from the boundaries of M verifiers.

    Attributes:
        values: (M, R), 0 where a verifier is wrong.
        queries: how many labels one verifier was asked for, on average.
    """

    values: Float64Array
    queries: int


Measured = Mapping[tuple[str, QueryStrategy], Distances]
"""Distances from all verifiers' boundaries, by the attack's label and the query strategy."""
Kept = Callable[[object, Callable[[], Distances]], Distances]
"""Returns what was measured under a key before, else what is measured now."""


def measure_now(key: object, measure: Callable[[], Distances]) -> Distances:
    """Keep nothing."""
    del key
    return measure()


def measure_distances(answers: VerifierAnswers, kept: Kept = measure_now) -> Measured:
    """Return the distances that attacks on labels rest on, of all verifiers.

    Attacks that measure alike share them. Where a mitigation changes no decision, the verifiers are
    asked as they are without it.

    Args:
        answers: of the verifiers.
        kept: keeps distances under a key of all that they rest on, the trained verifiers aside.
    """
    plan = answers.scenario.plan
    measured = {}
    for attack, label in zip(plan.attacks, plan.labels(), strict=True):
        if isinstance(attack, DistanceMembershipAttack):
            for strategy in answers.strategies():
                if strategy in SINGLE:
                    measure = partial(_measure_all, answers, attack, strategy)
                    measured[label, strategy] = kept(_key(answers, attack, strategy), measure)
    return measured


def _measure_all(
    answers: VerifierAnswers, attack: DistanceMembershipAttack, strategy: QueryStrategy
) -> Distances:
    one = partial(_measure_one, answers, attack, strategy)
    count = answers.verifiers.count
    with ThreadPoolExecutor(torch.get_num_threads(), thread_name_prefix="distances") as threads:
        found = list(threads.map(one, range(count)))
    values = np.stack([distance for distance, _ in found])
    return Distances(values, sum(queries for _, queries in found) // count)


def _key(
    answers: VerifierAnswers, attack: DistanceMembershipAttack, strategy: QueryStrategy
) -> Mapping[str, object]:
    changes = answers.verifiers.answer is not unchanged and not answers.mitigation.keeps_decisions
    backbones = answers.backbones_of(strategy, 0)
    return {
        "measure": [attack.starts, attack.iterations, attack.evaluations],
        "strategy": strategy,
        "backbones": digest(backbones.tolist()) if strategy == "served" else None,
        "mitigation": answers.mitigation.identity() if changes else None,
    }


def _measure_one(
    answers: VerifierAnswers, attack: DistanceMembershipAttack, strategy: QueryStrategy, number: int
) -> tuple[Float64Array, int]:
    rows: IntArray = answers.scenario.asked_for_labels
    pairs, pool = answers.scenario.pairs, answers.scenario.pool
    verifier = answers.verifiers.only(number)
    if answers.mitigation.keeps_decisions:
        verifier = replace(verifier, answer=unchanged)
    oracle = Oracle(verifier, "labels")
    first, second = pairs.sides(answers.backbones_of(strategy, number), rows)
    nothing = np.zeros((len(rows), 1), dtype=np.float32)
    observation = Observation(
        same=pool.same[rows],
        answers=nothing,
        group=pool.block[rows],
        oracle=oracle,
        first=first,
        second=second,
    )
    seed = [answers.scenario.seed, number, zlib.crc32(f"distances {strategy}".encode())]
    distances = attack.measure(observation, np.random.default_rng(seed))
    return distances, oracle.queries
