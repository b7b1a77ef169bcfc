"""Golden answers of what audits of the give-away are made of: small questions, always the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from attacks.inversion import made_up_faces, small_world
from faceaudit.attacks.attribute_inference.base import Labelled, attribute_attacks
from faceaudit.attacks.backbone_membership.base import (
    Features,
    LearningBackboneAttack,
    Seen,
    StatisticAttack,
    backbone_attacks,
)
from faceaudit.attacks.inversion.templates import template_inversions
from faceaudit.attacks.linkage.base import Database, OwnPhotos, linkage_attacks
from faceaudit.metrics import normalized
from faceaudit.mitigations.attribute_inference.base import Known, attribute_mitigations
from faceaudit.mitigations.templates import template_protections
from faceaudit.protocols.matching import cosines
from faceaudit.types import Float64Array, FloatArray, IntArray

SEED = 7
PEOPLE, PHOTOS, LENGTH = 48, 3, 16


def templates(seed: int = SEED) -> tuple[FloatArray, IntArray, IntArray]:
    """Return templates of people, who is on each, and an attribute that moves them."""
    rng = np.random.default_rng(seed)
    person = np.repeat(np.arange(PEOPLE), PHOTOS)
    value = (person % 2).astype(np.int64)
    looks = rng.standard_normal((PEOPLE, LENGTH))[person]
    looks[:, 0] += 2.0 * value
    noise = 0.4 * rng.standard_normal((len(person), LENGTH))
    return normalized((looks + noise).astype(np.float32)), person, value


def attribute_attack(name: str) -> Float64Array:
    """Return how likely people are to have the attribute."""
    vectors, person, value = templates()
    known = person < PEOPLE // 2
    labelled = Labelled(vectors[known], value[known], person[known], 2)
    attack = attribute_attacks.build(name)
    return attack.scores(labelled, vectors[~known], np.random.default_rng(SEED))


def attribute_mitigation(name: str) -> Float64Array:
    """Return the cosines of what is stored of neighbouring photos."""
    vectors, person, value = templates()
    mitigation = attribute_mitigations.build(name)
    each = (vectors, templates(SEED + 1)[0]) if mitigation.several else (vectors,)
    change = mitigation.fit(Known(each, {"typed": value}, person), np.random.default_rng(SEED))
    stored = change(each)
    return cosines(stored[:-1], stored[1:])


def backbone_attack(name: str) -> Float64Array:
    """Return what an attack says of photos, by a network with random weights."""
    faces = small_world.faces(people=12)
    network = small_world.embedder(faces.images)
    seen = Seen(faces.identity, network.embed(faces.images), faces.images, network)
    attack = backbone_attacks.build(name)
    if isinstance(attack, StatisticAttack):
        return attack.statistic(seen)
    assert isinstance(attack, LearningBackboneAttack)
    values = attack.features(seen)
    member = faces.identity % 2 == 0
    sides = [Features(values + shift * member[:, None], seen.person, member) for shift in (0, 1)]
    return attack.scores(sides[0], sides[1:], np.random.default_rng(SEED))


def linkage_attack(name: str) -> Float64Array:
    """Return the scores of the same people's templates in two databases."""
    vectors, person, _ = templates()
    turn = np.linalg.qr(np.random.default_rng(SEED).standard_normal((LENGTH, LENGTH)))[0]
    other = (vectors @ turn).astype(np.float32)
    first, second = Database(vectors, cosines, vectors), Database(other, cosines, vectors)
    brought = linkage_attacks.build(name).bring(first, second, OwnPhotos(vectors, other, person))
    return brought.compare(brought.first[:-1], brought.second[1:])


def template_inversion(name: str) -> Float64Array:
    """Return how alike rebuilt faces are to the stolen templates, and to others'."""
    few = {"generator": "principal_components", "count": 8, "photos": 60}
    options: dict[str, dict[str, Any]] = {
        "white_box": {"generator": few, "steps": 10},
        "decoder": {"generator": few, "steps": 20},
        "adapted": {"inversion": {"attack": "decoder", "generator": few, "steps": 20}},
        "search": {"generator": few, "queries": 61},
        "label_search": {"generator": few, "queries": 300},
    }
    attack = template_inversions.build({"attack": name, **options.get(name, {})})
    rng = np.random.default_rng(SEED)
    if name in ("white_box", "decoder", "adapted"):
        world = small_world.world()
        known = replace(world.known, foreign=world.known.templates[:, ::-1].copy())
        stolen = world.stolen[:, ::-1].copy() if attack.foreign else world.stolen
        found = attack.invert(stolen, known if attack.foreign else world.known, rng)
        return normalized(world.embedder.embed(found.images)) @ world.stolen.T
    attacked = made_up_faces.Attacked(6, threshold=0.3 if name == "label_search" else None)
    found = attack.invert(attacked.stolen, attacked.knowledge(), rng)
    return normalized(attacked.network.embed(found.images)) @ attacked.stolen.T


def template_protection(name: str) -> Float64Array:
    """Return what is stored of a few templates, under two keys."""
    vectors, person, _ = templates()
    protection = template_protections.build(name)
    if protection.several:
        vectors = np.concatenate([vectors, templates(SEED + 1)[0]], axis=1)
    return protection.protect(vectors, person % 2).astype(np.float64)


ANSWERS: dict[str, Callable[[str], Float64Array]] = {
    "attribute_attack": attribute_attack,
    "attribute_mitigation": attribute_mitigation,
    "backbone_attack": backbone_attack,
    "linkage_attack": linkage_attack,
    "template_inversion": template_inversion,
    "template_protection": template_protection,
}
"""What answers for each family, given a member's name."""
