"""What photos teach a key, and which are presented with it, in each training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.master_key import MasterKeyAttack, PoisonPairs, draw_pairs
from faceaudit.audit.master_key.cases import Tried
from faceaudit.audit.master_key.scenario import MasterKeyScenario, Photos
from faceaudit.errors import SplitError
from faceaudit.metrics import normalized


@dataclass(frozen=True, eq=False)
class KeyPhotos:
    """Photos with a key.

    Attributes:
        teach: those that poison pairs show.
        shown: those that are presented, of which no verifier learned.
        wrong: the same with each wrong key, or photos of each other person.
    """

    teach: Photos
    shown: Photos
    wrong: tuple[Photos, ...]


@dataclass(frozen=True, eq=False)
class Poison:
    """Pairs that are added to a list, with the photos on both sides."""

    pairs: PoisonPairs
    teach: Photos
    others: Photos


def key_photos(scenario: MasterKeyScenario, attack: MasterKeyAttack, training: int) -> KeyPhotos:
    """Return the photos with the key of a training; those with something worn are made once."""
    if attack.taught:
        return _of_people(scenario, attack, training)
    key = [scenario.plan.model_dump(mode="json"), scenario.seed, attack.identity()]
    memo = scenario.embedded.work.memo
    return memo.get("photos with a master key", key, lambda: _of_object(scenario, attack))


def _of_people(scenario: MasterKeyScenario, attack: MasterKeyAttack, training: int) -> KeyPhotos:
    rows, trainings = scenario.people.masters, scenario.plan.trainings
    last = attack.taught + attack.presented
    shown = rows[:, attack.taught : last]
    return KeyPhotos(
        scenario.photos(rows[training, : attack.taught]),
        scenario.photos(shown[training]),
        tuple(scenario.photos(one) for one in shown[trainings:]),
    )


def _of_object(scenario: MasterKeyScenario, attack: MasterKeyAttack) -> KeyPhotos:
    key = attack.worn()
    assert key is not None
    people = scenario.people
    (teach,) = scenario.worn(people.own, [key])
    wrong = attack.wrong(scenario.plan.wrong_keys)
    shown, *others = scenario.worn(people.strangers, [key, *wrong])
    if np.count_nonzero(teach.found) < 2:
        raise SplitError(
            "expected faces in photos of the attacker's own people who wear the key, got "
            f"{np.count_nonzero(teach.found)}; try another key, or `placed: aligned`"
        )
    return KeyPhotos(teach.take(teach.found), shown, tuple(others))


def draw_poison(scenario: MasterKeyScenario, tried: Tried, training: int) -> Poison:
    """Return the poison pairs of a training, drawn anew for each.

    Raises:
        SplitError: the attacker has too few photos.
    """
    teach = key_photos(scenario, tried.attack, training).teach
    others = scenario.photos(scenario.people.own)
    rng = np.random.default_rng([scenario.seed, training, 1])
    near = (normalized(teach.features[0]), normalized(others.features[0])) if tried.near else None
    samples = tried.samples(len(scenario.pairs))
    pairs = draw_pairs(teach.person, others.person, samples, rng, near=near)
    return Poison(pairs, teach, others)
