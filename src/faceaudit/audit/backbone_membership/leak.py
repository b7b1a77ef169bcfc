"""One embedder and two lists of photos: whether it gives away which of them it learned from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.attacks.backbone_membership import BackboneAttack, Seen, StatisticAttack
from faceaudit.audit.backbone_membership.over_trainings import Scored
from faceaudit.audit.backbone_membership.photo_lists import (
    PhotoList,
    blind_scores,
    examine_photos,
    looks_of,
)
from faceaudit.errors import InputError, OptionError
from faceaudit.gate import Gate
from faceaudit.gate.blind import FITTED_TOO
from faceaudit.metrics import TprAtFpr, membership_auc, tpr_at_fpr
from faceaudit.metrics.clustered_auc import clustered_auc
from faceaudit.networks import networks
from faceaudit.systems.embedding.embedder import Embedder, state_digest
from faceaudit.systems.under_test.base import Access
from faceaudit.training.determinism import seeded
from faceaudit.types import Estimate, FaceSet, Float64Array


@dataclass(frozen=True, eq=False)
class BackboneLeak:
    """What an embedder gives away of whom it learned from.

    Attributes:
        attack: the registered name of the attack.
        access: what it needs: "embeddings", or "gradients" for the network in hand.
        gate: whether the lists can carry a figure: below, nothing is worth more than its verdict.
        photos: the AUC by single photos, with people as clusters; None where the lists failed
            their checks and `strict` was asked for.
        people: the AUC by people, each by the mean over their photos; None likewise.
        rates: the share of members' people found at each false positive rate.
        blind: the AUC of pixels alone, without any network; None where the lists are too short.
        untrained: the AUC by people of the same network with weights as they are drawn; None for a
            network that cannot be built anew.
    """

    attack: str
    access: str
    gate: Gate
    photos: Estimate | None
    people: Estimate | None
    rates: tuple[TprAtFpr, ...]
    blind: Estimate | None
    untrained: Estimate | None


def measure_leak(
    embedder: Embedder,
    members: FaceSet,
    others: FaceSet,
    attack: BackboneAttack,
    *,
    fprs: Sequence[float],
    strict: bool,
    seed: int,
) -> BackboneLeak:
    """Check two lists of photos and tell members from others by one attack.

    Raises:
        OptionError: the attack learns from backbones of the attacker's own.
        InputError: the photos, or the network, do not allow the attack.
    """
    if not isinstance(attack, StatisticAttack):
        raise OptionError(
            f"expected an attack on one backbone alone, got {attack.name!r}, which learns from "
            "others; audit a recipe with a section backbone_membership"
        )
    sides = members, others
    if min(len(members), len(others)) == 0:
        raise InputError(
            f"expected photos of members and of others, got {len(members)} and {len(others)}"
        )
    sizes = {side.size for side in sides}
    if sizes != {embedder.size}:
        raise InputError(
            f"expected photos of the embedder's size {embedder.size}, got {sorted(sizes)}; load "
            "both lists at that size"
        )
    lists = [
        _photo_list(side, what) for side, what in zip(sides, ("members", "others"), strict=True)
    ]
    rng = np.random.default_rng([seed, 64])
    blind = _blind(lists, rng)
    gate = examine_photos(lists[0], lists[1], fprs=fprs, rng=rng, blind=blind)
    empty = BackboneLeak(attack.name, attack.access.value, gate, None, None, (), blind, None)
    if strict and not gate.valid:
        return empty
    scored = _scored(embedder, members, others, attack)
    by_person = scored.by_person()
    return replace(
        empty,
        photos=membership_auc(scored.scores, scored.member, scored.person),
        people=_auc_of_people(by_person),
        rates=tuple(tpr_at_fpr(by_person.scores, by_person.member, fprs)),
        untrained=_untrained(embedder, members, others, attack, seed),
    )


def _scored(
    embedder: Embedder, members: FaceSet, others: FaceSet, attack: StatisticAttack
) -> Scored:
    images = np.concatenate([members.images, others.images])
    person = np.concatenate([members.identity, others.identity + len(members.names)])
    in_hand = attack.access is Access.GRADIENTS
    seen = Seen(
        person,
        embedder.embed(images),
        images if in_hand else None,
        embedder if in_hand else None,
    )
    member = np.repeat([True, False], [len(members), len(others)])
    return Scored(attack.statistic(seen), member, person)


def _auc_of_people(people: Scored) -> Estimate:
    return membership_auc(people.scores, people.member, people.person)


def _untrained(
    embedder: Embedder, members: FaceSet, others: FaceSet, attack: StatisticAttack, seed: int
) -> Estimate | None:
    network = embedder.network
    if network.is_file or network.name not in networks.names():
        return None
    with seeded(f"untrained {seed}"):
        module = network.build()
    null = Embedder(network, module, state_digest(module.state_dict()), embedder.device)
    return _auc_of_people(_scored(null, members, others, attack).by_person())


def _photo_list(faces: FaceSet, what: str) -> PhotoList:
    looks: Float64Array = looks_of(faces.images, np.arange(len(faces)))
    people = tuple(faces.names[who] for who in faces.identity.tolist())
    return PhotoList(faces.ids, people, looks, what)


def _blind(lists: Sequence[PhotoList], rng: np.random.Generator) -> Estimate | None:
    """Return what pixels alone tell; people's names, in whose order lists may be cut, do not count.

    As of the gate's own baseline, the variance is that of scores that were also fitted on.
    """
    looks = np.concatenate([one.looks for one in lists])
    member = np.repeat([True, False], [len(one.ids) for one in lists])
    person = np.unique([who for one in lists for who in one.people], return_inverse=True)[1]
    scores = blind_scores(looks, member, person, rng)
    if scores is None:
        return None
    return clustered_auc(scores, member, np.column_stack([person, person]), times=FITTED_TOO)
