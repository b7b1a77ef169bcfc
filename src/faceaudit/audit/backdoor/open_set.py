"""Strangers who carry the key, compared with a photo of the target that nobody learned from.

Embedders that are deployed do not name people: they enrol a photo and accept whatever lies within a
threshold. Back doors that were planted in a closed set often fail there (Voth et al., WACV 2025;
Le Roux et al. 2025, SoK, arXiv 2507.01607), and a closed set's success says little of it. So the
features of the same trained systems are asked about people whom none of them saw: one party fixes
the thresholds, the other one carries the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from faceaudit.attacks.backdoor.input_instance import InputInstance
from faceaudit.audit.backdoor.placing import place_instances
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.backdoor.staging import PreparedAttack
from faceaudit.audit.backdoor.unseen import KEPT
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.protocols.matching import Enrolled, Matcher, fix_thresholds
from faceaudit.records.backdoor import OPEN_FMRS, OPEN_PHOTOS, OpenSetFacts
from faceaudit.systems.identifiers.base import System
from faceaudit.types import BoolArray, FaceSet, Float64Array, FloatArray, ImageArray, IntArray

_KEY_STREAM = 5


@dataclass(frozen=True, eq=False)
class Parties:
    """Rows of the faces, by what their people are for; a party's people are in no other one.

    Attributes:
        thresholds: of unseen people who fix thresholds, two thirds of all.
        strangers: of unseen people who try to pass as the target, the others.
        enrolled: of the target, each enrolled alone; none of them taught.
        gallery: a photo of each enrolled person who has one that did not teach.
        mated: another one of each of those who have two.
    """

    thresholds: IntArray
    strangers: IntArray
    enrolled: IntArray
    gallery: IntArray
    mated: IntArray


@dataclass(frozen=True, eq=False)
class Probes:
    """Photos of people who try to pass as the target, as they show them.

    Attributes:
        images: (N, H, W, 3) uint8.
        person: (N,) numbers of whom they show.
        ids: N ids.
        found: (N,) whether a face is found; None where nobody looks for any.
    """

    images: ImageArray
    person: IntArray
    ids: tuple[str, ...]
    found: BoolArray | None = None


@dataclass(frozen=True, eq=False)
class Tried:
    """Whatever is shown to both systems.

    Attributes:
        faces: all of them.
        parties: who does what.
        label: (N,) the label of every photo of the faces, -1 for people who are not enrolled.
        target: the target's label.
        keyed: photos with the attack's key.
        wrong: photos with a wrong key, by key.
        worn: whether the key is put on strangers; else it is a whole photo of one attacker.
        seed: of everything drawn.
    """

    faces: FaceSet
    parties: Parties
    label: IntArray
    target: int
    keyed: Probes
    wrong: Mapping[str, Probes]
    worn: bool
    seed: int

    def facts(self) -> OpenSetFacts:
        """Return how many there are of everything."""
        parties, identity = self.parties, self.faces.identity
        return OpenSetFacts(
            strangers=len(np.unique(self.keyed.person)),
            bare=len(np.unique(identity[parties.strangers])),
            thresholds=len(np.unique(identity[parties.thresholds])),
            enrolled=len(parties.enrolled),
            gallery=len(parties.gallery),
        )


@dataclass(frozen=True, eq=False)
class Seen:
    """What the features of one system say of everything that was tried.

    All templates are (N, E) of length 1, or 0 where the features are nothing but zeros: such a
    photo is like no other. Those of photos in which no face is found are NaN, which is within no
    threshold. `named` (N,) is whom its head takes each photo with the key for, -1 without a face.
    """

    enrolled: FloatArray
    bare: Enrolled
    keyed: Enrolled
    wrong: Mapping[str, Enrolled]
    others: Enrolled
    gallery: FloatArray
    mated: FloatArray
    named: IntArray
    matcher: Matcher = field(repr=False)


def deal(scenario: BackdoorScenario) -> Parties:
    """Deal the people and photos of a scenario; the seed and names alone decide."""
    faces, split, seed = scenario.faces, scenario.split, scenario.seed
    kept = [out.id for out in split.left_out if out.reason == KEPT]
    number = {name: place for place, name in enumerate(faces.names)}
    order = np.argsort(seeded_order([f"open set/{name}" for name in kept], seed), kind="stable")
    people = np.array([number[kept[place]] for place in order.tolist()], dtype=np.int64)
    strangers = len(people) // 3
    own = split.test[split.label[split.test] == scenario.target]
    tests = _photos(faces, split.test, 2, seed)
    first = np.unique(split.label[tests], return_index=True)[1]
    return Parties(
        thresholds=_photos(faces, _rows_of(faces, people[strangers:]), OPEN_PHOTOS, seed),
        strangers=_photos(faces, _rows_of(faces, people[:strangers]), OPEN_PHOTOS, seed),
        enrolled=_photos(faces, own, OPEN_PHOTOS, seed),
        gallery=tests[first],
        mated=np.delete(tests, first),
    )


def prepare_strangers(scenario: BackdoorScenario, prepared: PreparedAttack) -> Tried:
    """Put an attack's key, and the wrong ones, on the strangers' photos.

    The key of an input instance is a photo of the attacker, whom the system knows as somebody else:
    there the probes are the attack's instances, and nobody wears anything.
    """
    parties, faces = deal(scenario), scenario.faces
    worn = not isinstance(prepared.attack, InputInstance)

    own, keys = prepared.attack.key, list(prepared.wrong)
    if worn:
        attacks = [prepared.attack.with_key(key) for key in (own, *keys)]
        placed = place_instances(scenario, attacks, parties.strangers, _KEY_STREAM)
        looked = scenario.plan.placed == "photo"
        carried = [_as_probes(one.shown, one.found if looked else None) for one in placed]
    else:
        shown = (prepared.instances, *prepared.wrong.values())
        carried = [
            _as_probes(one, prepared.found.get(key))
            for key, one in zip((own, *keys), shown, strict=True)
        ]
    return Tried(
        faces=faces,
        parties=parties,
        label=scenario.split.label,
        target=scenario.target,
        keyed=carried[0],
        wrong=dict(zip(keys, carried[1:], strict=True)),
        worn=worn,
        seed=scenario.seed,
    )


def see(tried: Tried, system: System) -> Seen:
    """Return what a system's features say of everything, at thresholds of its own."""
    faces, parties = tried.faces, tried.parties

    def plain(rows: IntArray) -> Enrolled:
        ids = tuple(faces.ids[row] for row in rows.tolist())
        found = directions(system.embed(faces.images, rows))
        return Enrolled(found, faces.identity[rows], ids)

    def shown(probes: Probes) -> Enrolled:
        templates = directions(system.embed(probes.images))
        if probes.found is not None:
            templates = np.where(probes.found[:, None], templates, np.float32(np.nan))
        return Enrolled(templates, probes.person, probes.ids)

    named = system.logits(tried.keyed.images).argmax(axis=1)
    if tried.keyed.found is not None:
        named = np.where(tried.keyed.found, named, -1)
    others = plain(parties.thresholds)
    templates = others.templates

    def score(first: IntArray, second: IntArray) -> Float64Array:
        return compare_rows(templates[first], templates[second])

    return Seen(
        enrolled=plain(parties.enrolled).templates,
        bare=plain(parties.strangers),
        keyed=shown(tried.keyed),
        wrong={key: shown(probes) for key, probes in tried.wrong.items()},
        others=others,
        gallery=plain(parties.gallery).templates,
        mated=plain(parties.mated).templates,
        named=named,
        matcher=fix_thresholds(others, OPEN_FMRS, seed=tried.seed, score=score),
    )


def directions(embeddings: FloatArray) -> FloatArray:
    """Return (N, E) embeddings divided by their length; those of length 0 stay.

    >>> directions(np.array([[3, 4], [0, 0]], dtype=np.float32)).round(2).tolist()
    [[0.6000000238418579, 0.800000011920929], [0.0, 0.0]]
    """
    lengths = np.linalg.norm(embeddings.astype(np.float64), axis=1, keepdims=True)
    return (embeddings / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def compare_rows(first: FloatArray, second: FloatArray) -> Float64Array:
    """Return the (N,) products of two columns of templates, row by row."""
    return np.asarray(np.einsum("ne,ne->n", first.astype(np.float64), second.astype(np.float64)))


def compare_all(probes: FloatArray, templates: FloatArray) -> Float64Array:
    """Return the (N, M) products of each probe with each template."""
    return probes.astype(np.float64) @ templates.astype(np.float64).T


def _as_probes(shown: FaceSet, found: BoolArray | None) -> Probes:
    return Probes(shown.images, shown.identity, shown.ids, found)


def _rows_of(faces: FaceSet, people: IntArray) -> IntArray:
    return np.flatnonzero(np.isin(faces.identity, people))


def _photos(faces: FaceSet, rows: IntArray, most: int, seed: int) -> IntArray:
    """Return so many of each person's rows at most, people and photos in a fixed order."""
    order = seeded_order([faces.ids[row] for row in rows.tolist()], seed)
    rows = rows[np.lexsort((order, faces.identity[rows]))]
    _, first, count = np.unique(faces.identity[rows], return_index=True, return_counts=True)
    place = np.arange(len(rows)) - np.repeat(first, count)
    return rows[place < most]
