"""What attacks make of every backbone of a case: raw scores, and those compared with shadows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from faceaudit.attacks.backbone_membership import (
    BackboneAttack,
    Features,
    LearningBackboneAttack,
    Seen,
    StatisticAttack,
)
from faceaudit.attacks.backbone_membership.common.shadows import calibrated
from faceaudit.audit.backbone_membership.listing import Listed, Pool
from faceaudit.audit.backbone_membership.over_trainings import Scored
from faceaudit.audit.backbone_membership.photo_lists import blind_scores
from faceaudit.audit.backbone_membership.plan import attack_key
from faceaudit.audit.backbone_membership.scenario import Scenario
from faceaudit.errors import InputError
from faceaudit.metrics import normalized
from faceaudit.metrics.clustered_auc import share_below
from faceaudit.records.backbone_membership import (
    BLIND,
    LEVELS,
    PHOTOS,
    Against,
    Asked,
    Level,
    Nets,
    Photos,
)
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.under_test.base import Access
from faceaudit.types import BoolArray, Float64Array, FloatArray

Place = tuple[Against, Photos]
"""Whom members are told from, and by which photos."""


@dataclass(frozen=True, eq=False)
class Found:
    """The scores of one attack on every training, or why there are none.

    Attributes:
        asked: what they are about.
        each: of each training.
        why: why there are none.
        shadows: whether trainings are one another's shadows in them.
    """

    asked: Asked
    each: tuple[Scored, ...] = ()
    why: str = ""
    shadows: bool = False


@dataclass(eq=False)
class Answers:
    """What every attack measured on every backbone asked so far, by attack and place.

    Attributes:
        values: (N,) scores or (N, F) features of each training.
        errors: of attacks that photos or networks do not allow.
        verification: of each training, how well it verifies people whom it did not learn from.
    """

    values: dict[tuple[str, Place], list[Float64Array]] = field(default_factory=dict)
    errors: dict[tuple[str, Place], str] = field(default_factory=dict)
    verification: list[float] = field(default_factory=list)


def places(scenario: Scenario) -> Iterator[Place]:
    """Yield whom members are told from and by which photos, in the order of the report."""
    for photos in PHOTOS:
        yield "same_source", photos
    if scenario.others is not None:
        for photos in PHOTOS:
            yield "other_source", photos


def ask(scenario: Scenario, pool: Pool, backbones: Iterable[Embedder]) -> Answers:
    """Embed the pool with each backbone in turn, and let every attack measure its photos.

    An attack that photos or networks do not allow says why, and the others go on.
    """
    answers = Answers()
    for training, embedder in enumerate(backbones):
        embeddings = embedder.embed(pool.images)
        answers.verification.append(_verify_unseen(pool, training, embeddings))
        for place in places(scenario):
            listed = pool.listed(training, *place)
            for attack in scenario.plan.attacks:
                key = attack_key(attack), place
                if key not in answers.errors:
                    try:
                        found = _measure(attack, pool, listed, embeddings, embedder)
                    except InputError as error:
                        answers.errors[key] = str(error)
                    else:
                        answers.values.setdefault(key, []).append(found)
    return answers


def verify(first: FloatArray, second: FloatArray, same: BoolArray) -> float:
    """Return how often two photos of a person are more alike than two of different people.

    Args:
        first: (N, E) embeddings of some photos.
        second: (M, E) embeddings of others.
        same: (N, M) whether two show one person.

    >>> verify(np.eye(2, dtype=np.float32), np.eye(2, dtype=np.float32), np.eye(2) > 0)
    1.0
    """
    cosines = normalized(first).astype(np.float64) @ normalized(second).astype(np.float64).T
    return float(share_below(np.sort(cosines[~same]), cosines[same]).mean())


def _verify_unseen(pool: Pool, training: int, embeddings: FloatArray) -> float:
    """Compare photos of people whom a backbone did not learn from, across both parts of theirs.

    These are of different sessions where the plan keeps sessions apart.
    """
    parts = []
    for photos in PHOTOS:
        listed = pool.listed(training, "same_source", photos)
        parts.append((listed.rows[~listed.member], listed.person[~listed.member]))
    (first, one), (second, other) = parts
    return verify(embeddings[first], embeddings[second], np.equal.outer(one, other))


def _measure(
    attack: BackboneAttack,
    pool: Pool,
    listed: Listed,
    embeddings: FloatArray,
    embedder: Embedder,
) -> Float64Array:
    in_hand = attack.access is Access.GRADIENTS
    seen = Seen(
        listed.person,
        embeddings[listed.rows],
        pool.images[listed.rows] if in_hand else None,
        embedder if in_hand else None,
    )
    if isinstance(attack, LearningBackboneAttack):
        return attack.features(seen)
    assert isinstance(attack, StatisticAttack)
    return attack.statistic(seen)


def score(scenario: Scenario, pool: Pool, answers: Answers, nets: Nets) -> Iterator[Found]:
    """Yield the scores of every attack at every level, with shadows and without.

    An attack that learns does so from shadows in any case. Else a photo, and a person by the mean
    of the raw scores, is compared with what shadows make of it.
    """
    lists = {
        place: [pool.listed(number, *place) for number in range(scenario.plan.trainings)]
        for place in places(scenario)
    }
    for place, listed in lists.items():
        for attack in scenario.plan.attacks:
            key = attack_key(attack)
            if (key, place) in answers.errors:
                why = answers.errors[key, place]
                yield from _refused(key, place, nets, why, learns=attack.learns)
                continue
            values = answers.values[key, place]
            if isinstance(attack, LearningBackboneAttack):
                yield from _learned(scenario, attack, place, listed, values, nets)
            else:
                yield from _compared(scenario, key, place, listed, values, nets)


def score_blindly(scenario: Scenario, pool: Pool) -> Iterator[Found]:
    """Yield what the pixels alone tell, on the same lists."""
    for number, (against, photos) in enumerate(places(scenario)):
        scored = []
        for training in range(scenario.plan.trainings):
            listed = pool.listed(training, against, photos)
            rng = np.random.default_rng([scenario.seed, 60, number, training])
            found = blind_scores(pool.looks[listed.rows], listed.member, listed.person, rng)
            if found is None:
                break
            scored.append(Scored(found, listed.member, listed.person))
        whole = len(scored) == scenario.plan.trainings
        why = "" if whole else "too few photos or people to keep people apart"
        for level in LEVELS:
            asked = Asked(BLIND, level, photos, "without", against)
            each = [one.by_person() if level == "person" else one for one in scored if whole]
            yield Found(asked, tuple(each), why)


def _refused(key: str, place: Place, nets: Nets, why: str, *, learns: bool) -> Iterator[Found]:
    against, photos = place
    for level in LEVELS:
        if not learns:
            yield Found(Asked(key, level, photos, "without", against, nets), why=why)
        if learns or against == "same_source":
            yield Found(Asked(key, level, photos, "with", against, nets), why=why)


def _compared(
    scenario: Scenario,
    key: str,
    place: Place,
    listed: list[Listed],
    values: list[Float64Array],
    nets: Nets,
) -> Iterator[Found]:
    against, photos = place
    raw = tuple(
        Scored(found, one.member, one.person) for found, one in zip(values, listed, strict=True)
    )
    for number, level in enumerate(LEVELS):
        each = tuple(one.by_person() for one in raw) if level == "person" else raw
        yield Found(Asked(key, level, photos, "without", against, nets), each)
        if against == "other_source":
            continue  # its people are in no shadow's training
        asked = Asked(key, level, photos, "with", against, nets)
        # All trainings are asked about the same records here, in the same order.
        scores = np.stack([one.scores for one in each])
        member = np.stack([one.member for one in each])
        rng = np.random.default_rng([scenario.seed, 61, number])
        try:
            better = [calibrated(scores, member, at, rng) for at in range(len(each))]
        except InputError as error:
            yield Found(asked, why=str(error))
            continue
        scored = (
            Scored(found, one.member, one.person) for found, one in zip(better, each, strict=True)
        )
        yield Found(asked, tuple(scored), shadows=True)


def _learned(
    scenario: Scenario,
    attack: LearningBackboneAttack,
    place: Place,
    listed: list[Listed],
    values: list[Float64Array],
    nets: Nets,
) -> Iterator[Found]:
    against, photos = place
    key = attack_key(attack)
    seen = [
        Features(found, one.person, one.member) for found, one in zip(values, listed, strict=True)
    ]
    scored = []
    try:
        for target, one in enumerate(seen):
            rng = np.random.default_rng([scenario.seed, 62, target])
            shadows = [*seen[:target], *seen[target + 1 :]]
            scored.append(Scored(attack.scores(one, shadows, rng), one.member, one.person))
    except InputError as error:
        yield from _refused(key, place, nets, str(error), learns=True)
        return
    for level in LEVELS:
        each = tuple(one.by_person() if level == "person" else one for one in scored)
        yield Found(Asked(key, level, photos, "with", against, nets), each, shadows=True)


def raw_scores(
    found: Iterable[Found], level: Level
) -> Mapping[tuple[str, str, Place], tuple[Scored, ...]]:
    """Return the scores of photos, or people, by trained backbones: by attack, shadows, place."""
    return {
        (one.asked.attack, one.asked.shadows, (one.asked.against, one.asked.photos)): one.each
        for one in found
        if one.each and one.asked.level == level and one.asked.nets == "trained"
    }
