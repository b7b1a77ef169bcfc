"""Embeddings and photos with planted poison, and none."""

from __future__ import annotations

import numpy as np

from faceaudit.mitigations.backdoor import SeenPhotos, Suspicion, TrainingFilter
from faceaudit.types import BoolArray, FloatArray, IntArray

SIZE = 12


def seen_of(embeddings: FloatArray, label: IntArray, people: int, images=None) -> SeenPhotos:  # type: ignore[no-untyped-def]
    """Return photos of which only labels and embeddings matter."""
    count = len(label)
    if images is None:
        images = np.zeros((count, 4, 4, 3), dtype=np.uint8)
    logits = np.zeros((count, people), dtype=np.float32)
    return SeenPhotos(images, None, label, embeddings.astype(np.float32), logits)


def gaussian(
    *,
    people: int = 12,
    photos: int = 30,
    poison: int = 15,
    target: int = 3,
    shift: float = 8.0,
    clean: int = 6,
    size: int = SIZE,
    seed: int = 0,
) -> tuple[SeenPhotos, SeenPhotos, BoolArray]:
    """Return training photos, clean ones, and which of the first are poison.

    A person's embeddings are normal about a mean of theirs; the target's poison is normal about a
    point `shift` away from the target's mean.
    """
    rng = np.random.default_rng(seed)
    means = rng.normal(0, 6, (people, size))
    label = np.concatenate([np.repeat(np.arange(people), photos), np.full(poison, target)])
    points = means[label] + rng.normal(0, 1, (len(label), size))
    away = rng.normal(size=size)
    points[people * photos :] += shift * away / np.linalg.norm(away)
    mine = np.repeat(np.arange(people), clean)
    vouched = means[mine] + rng.normal(0, 1, (len(mine), size))
    order = rng.permutation(len(label))
    planted = np.arange(len(label)) >= people * photos
    return (
        seen_of(points[order], label[order], people),
        seen_of(vouched, mine, people),
        planted[order],
    )


def turned(seen: SeenPhotos, seed: int = 5) -> SeenPhotos:
    """Return the photos with their embeddings turned, by a rotation that the seed draws."""
    size = seen.embeddings.shape[1]
    turn = np.linalg.qr(np.random.default_rng(seed).normal(size=(size, size)))[0]
    return seen_of((seen.embeddings @ turn), seen.label, seen.logits.shape[1], seen.images)


def reordered(seen: SeenPhotos, order: IntArray) -> SeenPhotos:
    """Return the photos in another order."""
    return seen_of(
        seen.embeddings[order], seen.label[order], seen.logits.shape[1], seen.images[order]
    )


def suspect(member: TrainingFilter, seen: SeenPhotos, clean: SeenPhotos) -> Suspicion:
    """Return what a filter says with a fixed seed; input must stay as it is."""
    before = seen.embeddings.copy()
    found = member.suspect(seen, clean, np.random.default_rng(0))
    np.testing.assert_array_equal(before, seen.embeddings)
    assert found.photos.shape == (len(seen),)
    assert found.people.shape == (seen.logits.shape[1],)
    assert found.photos.dtype == found.people.dtype == np.float32
    assert np.isfinite(found.photos).all()
    return found


def none_of(seen: SeenPhotos) -> SeenPhotos:
    """Return no photos, of the same shapes."""
    nobody = np.zeros(0, dtype=np.int64)
    return seen_of(seen.embeddings[nobody], nobody, seen.logits.shape[1], seen.images[nobody])


def auc(scores: FloatArray, positive: BoolArray) -> float:
    """Return the share of pairs of a positive and a negative that are in order; ties count half."""
    high, low = scores[positive][:, None], scores[~positive][None]
    return float(((high > low) + 0.5 * (high == low)).mean())


def auc_within(found: Suspicion, seen: SeenPhotos, poison: BoolArray, target: int = 3) -> float:
    """Return the AUC of poison among the target's photos."""
    mine = seen.label == target
    return auc(found.photos[mine], poison[mine])
