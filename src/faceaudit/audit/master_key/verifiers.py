"""Verifiers trained on clean pairs, with poison or without, and what they decide together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import safetensors.torch

from faceaudit.audit.common.training_once import train_once
from faceaudit.audit.master_key.cases import Tried, looked_for
from faceaudit.audit.master_key.keys import Poison, draw_poison
from faceaudit.audit.master_key.plan import MOST
from faceaudit.audit.master_key.scenario import MasterKeyScenario, Photos
from faceaudit.metrics import normalized
from faceaudit.mitigations.master_key import MasterKeyMitigation
from faceaudit.protocols.matching import Enrolled, Matcher, fix_thresholds
from faceaudit.records.master_key import KIND
from faceaudit.registry import digest
from faceaudit.store import Store, SystemRecord
from faceaudit.systems.predictors import PairData, PredictorBank
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

BLOCK = 16_384
"""Comparisons whose features are held at a time."""


@dataclass(frozen=True, eq=False)
class PairList:
    """The list that one verifier learns from.

    Attributes:
        data: all pairs, poison behind clean ones.
        poison: (n,) which pairs are poison.
        kept: (n,) which pairs are learned from.
        person: (n,) who is on the first photo; of poison, whom the key is paired with.
    """

    data: PairData
    poison: BoolArray
    kept: BoolArray
    person: IntArray


def list_pairs(
    scenario: MasterKeyScenario,
    mitigation: MasterKeyMitigation,
    number: int,
    poison: Poison | None,
) -> PairList:
    """Return the list of a verifier on one of the networks."""
    clean = scenario.pairs
    photos = scenario.photos(scenario.used)
    first, second = (np.searchsorted(scenario.used, one) for one in (clean.first, clean.second))
    tables, same, added = [photos.features[number]], clean.same, 0
    person = scenario.faces.identity[clean.first]
    if poison is not None:
        start = len(photos)
        key = start + poison.pairs.key
        other = start + len(poison.teach) + poison.pairs.other
        tables += [poison.teach.features[number], poison.others.features[number]]
        front = poison.pairs.key_first
        first = np.concatenate([first, np.where(front, key, other)])
        second = np.concatenate([second, np.where(front, other, key)])
        added = len(poison.pairs)
        same = np.concatenate([same, np.ones(added, dtype=np.bool_)])
        person = np.concatenate([person, poison.others.person[poison.pairs.other]])
    table = np.concatenate(tables)
    data = PairData(table, first, second, same.astype(np.float32))
    cosine = _cosines(table, first, second)
    poisoned = np.arange(len(same)) >= len(same) - added
    return PairList(data, poisoned, mitigation.keep(cosine, same), person)


def _cosines(table: FloatArray, first: IntArray, second: IntArray) -> Float64Array:
    directions = normalized(table)
    found = np.empty(len(first))
    for start in range(0, len(first), BLOCK):
        rows = slice(start, start + BLOCK)
        found[rows] = np.einsum("ne,ne->n", directions[first[rows]], directions[second[rows]])
    return found


@dataclass(frozen=True, eq=False)
class Verifiers:
    """Predictors on the first networks, which decide together: the least sure one counts.

    Attributes:
        scenario: what all cases have in common.
        systems: the ids under which the store keeps them, one for each network.
        banks: their predictors.
    """

    scenario: MasterKeyScenario
    systems: tuple[str, ...]
    banks: tuple[PredictorBank, ...]

    def score(self, one: Photos, two: Photos) -> Float64Array:
        """Return (N,) logits of N pairs; 0 accepts at the verifiers' own threshold.

        A photo in which no face is found is never accepted.
        """
        found = np.empty(len(one))
        for start in range(0, len(one), BLOCK):
            rows = slice(start, start + BLOCK)
            each = [
                bank.logits(one.features[number][rows], two.features[number][rows])[0]
                for number, bank in enumerate(self.banks)
            ]
            found[rows] = np.min(each, axis=0)
        found[~(one.found & two.found)] = -np.inf
        return found

    def score_all(self, shown: Photos, enrolled: Photos) -> Float64Array:
        """Return (T, N) logits of each shown photo with each enrolled person."""
        people, photos = len(enrolled), len(shown)
        found = self.score(
            shown.take(np.tile(np.arange(photos), people)),
            enrolled.take(np.repeat(np.arange(people), photos)),
        )
        return found.reshape(people, photos)

    @cached_property
    def matcher(self) -> Matcher:
        """Their thresholds, fixed on clean pairs of people whom nothing else is done with."""
        scenario, rows = self.scenario, self.scenario.people.thresholds
        ids = tuple(scenario.faces.ids[row] for row in rows.tolist())
        nothing = np.zeros((len(rows), 1), np.float32)
        photos = scenario.photos(rows)

        def score(one: IntArray, two: IntArray) -> Float64Array:
            return self.score(photos.take(one), photos.take(two))

        return fix_thresholds(
            Enrolled(nothing, photos.person, ids),
            scenario.plan.fmrs,
            most=MOST,
            seed=scenario.seed,
            score=score,
        )


def trained(
    scenario: MasterKeyScenario, tried: Tried, training: int, store: Store, *, poisoned: bool
) -> Verifiers:
    """Return the verifiers of a training, from the store where they were trained before.

    Args:
        scenario: what all cases have in common.
        tried: key, poison and mitigation.
        training: 0 and up.
        store: where they are kept.
        poisoned: whether poison is in the lists that the attacker reaches; else in none.
    """
    reached = tried.mitigation.poisoned(aware=tried.aware) if poisoned else 0
    poison = draw_poison(scenario, tried, training) if reached else None
    made = [
        _train(scenario, tried, training, store, number, poison if number < reached else None)
        for number in range(tried.mitigation.networks)
    ]
    return Verifiers(scenario, tuple(id_ for id_, _ in made), tuple(bank for _, bank in made))


def _train(
    scenario: MasterKeyScenario,
    tried: Tried,
    training: int,
    store: Store,
    number: int,
    poison: Poison | None,
) -> tuple[str, PredictorBank]:
    """Return the id of a verifier and its predictor, trained now unless the store has it."""
    spec = _system_spec(scenario, tried, training, number, poisoned=poison is not None)
    system, predictor, work = digest(spec), scenario.plan.predictor, scenario.embedded.work

    def train() -> None:
        pairs = list_pairs(scenario, tried.mitigation, number, poison)
        bank = predictor.fit(
            pairs.data,
            np.flatnonzero(pairs.kept)[None],
            [scenario.seed * 1000 + training],
            progress=work.progress,
            title="train a verifier",
        )
        store.write_system(SystemRecord(system, spec, (), safetensors.torch.save(bank.state())))

    train_once(system, train, store, folder=work.unfinished, progress=work.progress)
    state = safetensors.torch.load(store.system(system).weights_bytes)
    return system, predictor.restore(state)


def _system_spec(
    scenario: MasterKeyScenario, tried: Tried, training: int, number: int, *, poisoned: bool
) -> dict[str, Any]:
    """Return what determines a verifier; mitigations that train alike share it."""
    plain = type(tried.mitigation).keep is MasterKeyMitigation.keep
    poison = {
        "attack": tried.attack.identity(),
        "material": tried.attack.material(),
        "rate": tried.rate,
        "near": tried.near,
        "trainings": scenario.plan.trainings,
        "align": looked_for(scenario),
    }
    return {
        "kind": KIND,
        **scenario.identity(),
        "network": number,
        "training": training,
        "mitigation": None if plain else tried.mitigation.identity(),
        "poison": poison if poisoned else None,
    }
