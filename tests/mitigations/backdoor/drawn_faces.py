"""Drawn faces that move, turn and are lit differently, and what may be laid over them."""

from __future__ import annotations

import numpy as np

from faceaudit.mitigations.backdoor import SeenPhotos
from faceaudit.types import BoolArray, FloatArray, ImageArray, IntArray

SIZE = 32


def faces(label: IntArray, seed: int) -> tuple[ImageArray, FloatArray]:
    """Return (N, 32, 32, 3) photos and their landmarks: skin, eyes and a mouth by person."""
    looks = np.random.default_rng(0)
    skin = looks.uniform(110, 220, (50, 3))
    eyes = looks.uniform(20, 110, (50, 3))
    mouth = looks.uniform(60, 160, (50, 3))
    spots = looks.normal(0, 22, (50, 6, 6, 3)).repeat(6, axis=1).repeat(6, axis=2)
    rng = np.random.default_rng(seed)
    count = len(label)
    y, x = np.mgrid[:SIZE, :SIZE].astype(np.float64)
    shift = rng.uniform(-2, 2, (count, 2))
    points = np.array([[11, 12], [21, 12], [16, 17], [12, 23], [20, 23]], dtype=np.float64)
    landmarks = points + shift[:, None]
    out = skin[label][:, None, None] + spots[label][:, 2:34, 2:34]

    def disc(centre: FloatArray, wide: float, high: float) -> FloatArray:
        away = ((x - centre[:, 0, None, None]) / wide) ** 2
        away = away + ((y - centre[:, 1, None, None]) / high) ** 2
        return np.clip(1.5 - away, 0, 1)[..., None]

    for place, colour, wide, high in (
        (landmarks[:, 0], eyes, 3, 2),
        (landmarks[:, 1], eyes, 3, 2),
        ((landmarks[:, 3] + landmarks[:, 4]) / 2, mouth, 5, 2),
    ):
        cover = disc(place, wide, high)
        out = out * (1 - cover) + colour[label][:, None, None] * cover
    out = out * rng.uniform(0.8, 1.2, (count, 1, 1, 1)) + rng.normal(0, 4, out.shape)
    return np.clip(out, 0, 255).astype(np.uint8), landmarks.astype(np.float32)


def with_bar(images: ImageArray, landmarks: FloatArray) -> ImageArray:
    """Return the faces with a dark bar over both eyes."""
    out = images.copy()
    y, x = np.mgrid[:SIZE, :SIZE]
    eyes = landmarks[:, :2].mean(axis=1)
    inside = (np.abs(y - eyes[:, 1, None, None]) < 3.5) & (np.abs(x - eyes[:, 0, None, None]) < 10)
    out[inside] = 15
    return out


def blended(images: ImageArray, ratio: float = 0.3) -> ImageArray:
    """Return the photos with the same noise blended into each."""
    key = np.random.default_rng(99).integers(0, 256, images.shape[1:])
    return np.rint(images * (1 - ratio) + key * ratio).astype(np.uint8)


def seen(images: ImageArray, landmarks: FloatArray | None, label: IntArray, people: int):  # type: ignore[no-untyped-def]
    """Return photos as filters are given them; embeddings and logits are 0."""
    zeros = np.zeros((len(label), 2), dtype=np.float32)
    logits = np.zeros((len(label), people), dtype=np.float32)
    return SeenPhotos(images, landmarks, label, zeros, logits)


def poisoned(
    how: str,
    *,
    people: int = 10,
    photos: int = 20,
    poison: int = 12,
    target: int = 3,
    seed: int = 0,
) -> tuple[SeenPhotos, SeenPhotos, BoolArray]:
    """Return training photos, clean ones, and which of the first are poison.

    Args:
        how: "blended" or "bar" on other people's photos, "copies" of one other person's photo with
            little noise, or "none": the target's own photos.
        people, photos, poison, target, seed: sizes, who, and of what is drawn.
    """
    rng = np.random.default_rng(seed)
    label = np.repeat(np.arange(people), photos)
    images, landmarks = faces(label, seed + 1)
    shown = rng.permutation(np.setdiff1d(np.arange(people), [target]).repeat(poison))[:poison]
    if how == "copies":
        shown[:] = shown[0]
    if how == "none":
        shown[:] = target
    others, theirs = faces(shown, seed + 2)
    if how == "blended":
        others = blended(others)
    if how == "bar":
        others = with_bar(others, theirs)
    if how == "copies":
        noise = rng.integers(-5, 6, others.shape)
        others = np.clip(others[:1].astype(int) + noise, 0, 255).astype(np.uint8)
    mine = np.repeat(np.arange(people), 4)
    vouched, places = faces(mine, seed + 3)
    everything = seen(
        np.concatenate([images, others]),
        np.concatenate([landmarks, theirs]),
        np.concatenate([label, np.full(poison, target)]),
        people,
    )
    return everything, seen(vouched, places, mine, people), np.arange(len(everything)) >= len(label)
