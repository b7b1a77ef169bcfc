"""Strangers who put a key on that an enrolled photo carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from faceaudit.api.arguments import check_images
from faceaudit.api.embedding import EmbedderLike, check_embedder
from faceaudit.attacks.enrolment import (
    EnrolmentAttack,
    KeyAttack,
    Surrogates,
    WornKey,
    enrolment_attacks,
)
from faceaudit.audit.common.crossed_shares import crossed_share
from faceaudit.errors import InputError
from faceaudit.faces.alignment.common.similarity import template
from faceaudit.metrics import normalized
from faceaudit.types import Estimate, FaceSet, Float64Array, FloatArray, ImageArray

if TYPE_CHECKING:
    from faceaudit.systems.embedding.embedder import Embedder


@dataclass(frozen=True, eq=False)
class TriedKey:
    """Cosines of strangers with enrolled people, with a key and without.

    Attributes:
        scores: (T, S) strangers with the key, against photos that are enrolled with it.
        clean: (T, S) the same against the photos without it: a null.
        bare: (T, S) strangers without it, against photos with it: a null.
        key: (H, W, 3) uint8, the key as it is worn on a grey ground.
    """

    scores: Float64Array
    clean: Float64Array
    bare: Float64Array
    key: ImageArray

    def passed(self, threshold: float) -> Estimate:
        """Return the share of tries that reach a threshold; people are taken as clusters."""
        return crossed_share(np.asarray(self.scores >= threshold))


def try_enrolment_key(
    embedder: EmbedderLike,
    enrolled: ImageArray,
    strangers: ImageArray,
    *,
    attack: EnrolmentAttack | Mapping[str, Any] | str = "plain_glasses",
    donors: FaceSet | None = None,
    eyes: tuple[FloatArray, FloatArray] | None = None,
    seed: int = 0,
) -> TriedKey:
    """Put a key on photos to enrol and on strangers, and compare them.

    Photos are aligned and the key is put on them as they are. A plan with a section `enrolment`
    puts it on before faces are looked for, fixes thresholds, has wrong keys and mitigations.

    Args:
        embedder: the network that is asked; keys that are made by gradients are made on it.
        enrolled: (T, H, W, 3) uint8, a photo of each person to enrol, of the network's size.
        strangers: (S, H, W, 3) uint8, a photo of each stranger.
        attack: of `components("enrolment_attack")`; one with a key.
        donors: photos of further people, for keys that are made by gradients.
        eyes: pixels of the eyes, (T, 2, 2) and (S, 2, 2); those of the five-point template where
            none are given.
        seed: of whatever is drawn.

    Returns:
        Cosines of strangers with each enrolled person: with the key on both, on strangers alone,
        and on those who are enrolled alone.

    Raises:
        InputError: the attack has no key, or needs donors; photos are of another size; or eyes are
            not those of so many photos.

    Example:
        >>> import faceaudit, torch
        >>> _ = torch.manual_seed(0)
        >>> module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 32 * 32, 8))
        >>> embedder = faceaudit.Embedder.wrap(module, size=(32, 32))
        >>> photos = np.random.default_rng(0).integers(0, 256, (6, 32, 32, 3), dtype=np.uint8)
        >>> tried = faceaudit.try_enrolment_key(embedder, photos[:2], photos[2:])
        >>> tried.scores.shape, bool(tried.scores.mean() > tried.clean.mean())
        ((2, 4), True)
    """
    network, built = check_embedder(embedder), enrolment_attacks.build(attack)
    enrolled, strangers = (
        check_images(one, name) for one, name in ((enrolled, "enrolled"), (strangers, "strangers"))
    )
    if not isinstance(built, KeyAttack):
        raise InputError(
            f"expected an attack with a key, got {built.name!r}; try it in a plan, in a section "
            "`enrolment`"
        )
    if built.networks_in_hand and donors is None:
        raise InputError(
            f"expected donors, whose photos {built.name!r} makes its key with, got none; give a "
            "FaceSet of other people"
        )
    if built.networks_in_hand > 1:
        raise InputError(
            f"expected an attack with one network in hand, got {built.networks_in_hand}; try a plan"
        )
    if eyes is not None:
        for where, photos, name in zip(
            eyes, (enrolled, strangers), ("enrolled", "strangers"), strict=True
        ):
            _check_eyes(where, len(photos), name)
    hand = _hand(network, donors) if donors is not None and built.networks_in_hand else None
    key = built.make(hand, np.random.default_rng(seed))
    placed = eyes or tuple(_usual(network.size, len(one)) for one in (enrolled, strangers))
    with_key = [
        normalized(network.embed(key.put_on(photos, where)))
        for photos, where in zip((enrolled, strangers), placed, strict=True)
    ]
    bare = [normalized(network.embed(photos)) for photos in (enrolled, strangers)]
    return TriedKey(
        scores=_cosines(with_key[0], with_key[1]),
        clean=_cosines(bare[0], with_key[1]),
        bare=_cosines(with_key[0], bare[1]),
        key=_picture(key, network.size),
    )


def _check_eyes(eyes: FloatArray, count: int, what: str) -> None:
    found = np.asarray(eyes)
    if found.shape != (count, 2, 2) or not np.isfinite(found.astype(np.float64)).all():
        raise InputError(
            f"expected eyes of {what} as ({count}, 2, 2) finite pixels, got {found.shape}; give "
            "(x, y) of both eyes of each photo"
        )


def _hand(embedder: Embedder, donors: FaceSet) -> Surrogates:
    usual = _usual(donors.size, len(donors))
    eyes = usual if donors.landmarks is None else donors.landmarks[:, :2]
    known = np.where(np.isfinite(eyes), eyes, usual).astype(np.float32)
    return Surrogates((embedder,), (np.asarray(donors.images),), (known,), donors.identity)


def _usual(size: tuple[int, int], count: int) -> FloatArray:
    """Return (count, 2, 2) the eyes of the five-point template."""
    return np.broadcast_to(template(size)[:2].astype(np.float32), (count, 2, 2)).copy()


def _cosines(first: FloatArray, second: FloatArray) -> Float64Array:
    return np.asarray(first.astype(np.float64) @ second.T.astype(np.float64))


def _picture(key: WornKey, size: tuple[int, int]) -> ImageArray:
    ground = np.full((1, *size, 3), 144, dtype=np.uint8)
    return np.asarray(key.put_on(ground, _usual(size, 1))[0])
