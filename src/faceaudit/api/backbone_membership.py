"""Whether an embedder of one's own gives away whom it learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from faceaudit.api.arguments import check_count
from faceaudit.attacks.backbone_membership import BackboneAttack, backbone_attacks
from faceaudit.audit.backbone_membership.leak import BackboneLeak, measure_leak
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import FaceSet

AttackLike = BackboneAttack | str | Mapping[str, Any]
"""An attack on backbones, by its name or as a plan spells it."""


def backbone_leak(
    embedder: Embedder,
    members: FaceSet,
    others: FaceSet,
    *,
    attack: AttackLike = "own_minus_nearest_other",
    fprs: Sequence[float] = (0.05,),
    strict: bool = False,
    seed: int = 0,
) -> BackboneLeak:
    """Say whether an embedder gives away which of two lists of photos it learned from.

    Members and others should be of one source and differ in nothing but membership: the gate
    examines both lists, and what it says is worth more than the figures. Nothing is trained, so
    that nothing is compared with shadows: such attacks may find more.

    Args:
        embedder: the network, from `load_network`, `Embedder.wrap` or a training of your own.
        members: photos that it learned from, at its size; two or more of each person.
        others: photos of people that it did not learn from, likewise.
        attack: named before it is looked at: own_minus_nearest_other, similarity_statistics,
            embedding_norm, or batch_norm_distance with the network in hand.
        fprs: shares of others wrongly named at which members are counted.
        strict: give no figure where the lists fail their checks.
        seed: of the blind baseline's draws, and of the untrained network.

    Returns:
        A `BackboneLeak` with the AUC by photos and by people, the gate, what pixels alone tell and
        what the same network tells untrained.

    Raises:
        UnknownName: there is no such attack.
        OptionError: the attack learns from backbones of the attacker's own, or an option is wrong.
        InputError: photos are of another size, of people with one photo, or the network does not
            allow the attack.

    Example:
        ::

            faces = faceaudit.load_faces("synthetic", size=(55, 47)).faces
            learned = faces.identity < 20
            found = faceaudit.backbone_leak(embedder, faces.take(learned), faces.take(~learned))
            print(found.gate.verdict, found.people, found.blind)
    """
    check_count(seed, "seed", least=0)
    return measure_leak(
        embedder,
        members,
        others,
        backbone_attacks.build(attack),
        fprs=fprs,
        strict=strict,
        seed=seed,
    )
