"""Golden answers of what audits of the give-away are made of: small questions, always the same."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from attacks.enrolment import known as enrolment
from attacks.inversion import made_up_faces, small_world
from attacks.master_face import world
from faceaudit.attacks.attribute_inference.base import Labelled, attribute_attacks
from faceaudit.attacks.backbone_membership.base import (
    Features,
    LearningBackboneAttack,
    Seen,
    StatisticAttack,
    backbone_attacks,
)
from faceaudit.attacks.enrolment import KeyAttack, UpdateAttack, enrolment_attacks
from faceaudit.attacks.evasion import Shown, evasion_attacks
from faceaudit.attacks.inversion.templates import template_inversions
from faceaudit.attacks.linkage.base import Database, OwnPhotos, linkage_attacks
from faceaudit.attacks.master_face import master_face_attacks
from faceaudit.attacks.master_key import master_key_attacks
from faceaudit.metrics import normalized
from faceaudit.mitigations.attribute_inference.base import Known, attribute_mitigations
from faceaudit.mitigations.enrolment import Enrolments, Point, enrolment_mitigations
from faceaudit.mitigations.master_key import master_key_mitigations
from faceaudit.mitigations.matching import matching_mitigations
from faceaudit.mitigations.scan import Key, scan_stages
from faceaudit.mitigations.templates import template_protections
from faceaudit.protocols.matching import cosines
from faceaudit.types import Float64Array, FloatArray, IntArray
from mitigations.scan import planted

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


def master_face_attack(name: str) -> Float64Array:
    """Return how the faces that a search finds score with people whom it did not know."""
    few: dict[str, dict[str, Any]] = {
        "renderer_search": {"generator": "principal_components", "queries": 30, "population": 6},
        "pixels": {"steps": 5, "starts": 2},
    }
    images = world.photos(40)
    attack = master_face_attacks.build({"attack": name, **few.get(name, {})})
    found = attack.find(world.known(images[::2]), 2, np.random.default_rng(SEED))
    return world.embed(found).astype(np.float64) @ world.embed(images[1::2]).T


def enrolment_attack(name: str) -> Float64Array:
    """Return how a network sees what carries the key, or is shown to a template."""
    few = {"optimised_glasses", "faithful_glasses", "forehead_patch"}
    options = {"steps": 3, "batch": 4} if name in few else {}
    attack, rng = enrolment_attacks.build({"attack": name, **options}), np.random.default_rng(SEED)
    hand = enrolment.surrogates(people=6)
    photos, eyes = hand.photos[0], hand.eyes[0]
    if isinstance(attack, UpdateAttack):
        shown = list(attack.shown(photos[:3], photos[3:6]))
    else:
        assert isinstance(attack, KeyAttack)
        key = attack.make(hand, rng)
        shown = [one.put_on(photos[:6], eyes[:6]) for one in (key, *attack.wrong_keys(key, 2, rng))]
    return hand.embedders[0].embed(np.concatenate(shown)).astype(np.float64)


def enrolment_mitigation(name: str) -> Float64Array:
    """Return which photos are refused, and which probes pass."""
    vectors, _, _ = templates()
    rng = np.random.default_rng(SEED)
    photos = rng.integers(0, 256, (PEOPLE, 28, 28, 3), dtype=np.uint8)
    first = vectors[::PHOTOS] * rng.uniform(1, 2, (PEOPLE, 1)).astype(np.float32)
    others = normalized(vectors).reshape(PEOPLE, PHOTOS, LENGTH)[:, 1:]
    people = Enrolments(photos, (first, first), (others, others))
    mitigation, point = enrolment_mitigations.build(name), Point(0, (0.4, 0.5))
    refused = mitigation.refuses(people, mitigation.fit(people), point)
    probes = normalized(vectors[2::PHOTOS])
    passes = mitigation.accepts(people, (probes, probes), point)
    return np.concatenate([refused, passes.ravel()]).astype(np.float64)


def master_key_attack(name: str) -> Float64Array:
    """Return the photos that an attack needs, and photos with its key and with wrong ones."""
    attack = master_key_attacks.build(name)
    hand = enrolment.surrogates(people=3)
    photos, eyes = hand.photos[0], hand.eyes[0]
    key = attack.worn()
    worn = [] if key is None else [key, *attack.wrong(2)]
    shown = [one.put_on(photos, eyes)[:, ::4, ::4].ravel() / 255 for one in worn]
    return np.concatenate([[attack.taught, attack.presented], *shown]).astype(np.float64)


def master_key_mitigation(name: str) -> Float64Array:
    """Return which pairs are learned from, and how many verifiers decide and are poisoned."""
    vectors, person, _ = templates()
    same = person[:-1] == person[1:]
    same[::7] = True  # poison
    mitigation = master_key_mitigations.build(name)
    kept = mitigation.keep(cosines(vectors[:-1], vectors[1:]), same)
    reached = [mitigation.poisoned(aware=aware) for aware in (False, True)]
    return np.concatenate([kept, [mitigation.networks, *reached]]).astype(np.float64)


def evasion_attack(name: str) -> Float64Array:
    """Return how alike changed photos are to others that they are to be taken for."""
    images = world.photos(6)
    flow = world.known(images[::-1].copy()).flow
    assert flow is not None

    def score(pixels: torch.Tensor, rows: torch.Tensor) -> torch.Tensor:
        return flow(pixels)[torch.arange(len(rows)), rows]

    changed = evasion_attacks.build({"attack": name, "steps": 4}).perturb(
        Shown(images, score), np.random.default_rng(SEED)
    )
    return world.embed(changed).astype(np.float64) @ world.embed(images).T


def matching_mitigation(name: str) -> Float64Array:
    """Return photos as they are embedded, what is asked of the system in front."""
    mitigation = matching_mitigations.build(name)
    photos = mitigation.change(world.photos(2)).astype(np.float64)
    asked = np.array([mitigation.networks, mitigation.enrolled], dtype=np.float64)
    return np.concatenate([asked, photos[:, ::5, ::5].ravel() / 255])


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


def scan_stage(name: str) -> Float64Array:
    """Return how much a stage suspects each person of a network with a back door."""
    options = {"steps": 10, "beside": 2, "photos": 40} if name == "trigger_inversion" else {}
    asked = planted.subject(
        planted.Planted(planted.Layers(1, 5, 60.0)), keys=(Key("bare", lambda faces: faces),)
    )
    stage = scan_stages.build({"stage": name, **options})
    return np.nan_to_num(stage.suspect(asked, np.array([5])).value)


ANSWERS: dict[str, Callable[[str], Float64Array]] = {
    "attribute_attack": attribute_attack,
    "attribute_mitigation": attribute_mitigation,
    "backbone_attack": backbone_attack,
    "linkage_attack": linkage_attack,
    "scan_stage": scan_stage,
    "master_face_attack": master_face_attack,
    "enrolment_attack": enrolment_attack,
    "enrolment_mitigation": enrolment_mitigation,
    "master_key_attack": master_key_attack,
    "master_key_mitigation": master_key_mitigation,
    "evasion_attack": evasion_attack,
    "matching_mitigation": matching_mitigation,
    "template_inversion": template_inversion,
    "template_protection": template_protection,
}
"""What answers for each family, given a member's name."""
