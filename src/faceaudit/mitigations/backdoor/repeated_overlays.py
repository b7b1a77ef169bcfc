"""A filter of training photos by pixels alone: overlays and photos that come again and again."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.faces.small_photos import small_photos
from faceaudit.mitigations.backdoor.base import (
    SeenPhotos,
    Suspicion,
    TrainingFilter,
    backdoor_mitigations,
)
from faceaudit.mitigations.backdoor.common.outlying import deviations
from faceaudit.mitigations.backdoor.common.people import (
    Block,
    blocks_of,
    geometric_medians,
    means_by_person,
)
from faceaudit.mitigations.backdoor.common.principal import principal_scores
from faceaudit.mitigations.backdoor.common.two_groups import (
    Groups,
    suspected_second,
    two_groups,
)
from faceaudit.mitigations.backdoor.common.within import whitening
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

SAMPLE = 8192
"""Photos from which it is learned how photos of one person differ, at most."""


@backdoor_mitigations.register
class RepeatedOverlays(TrainingFilter):
    """Photos that share what other photos of the person do not have, or that hardly differ.

    Photos are made small. Their residuals against the middle of a person (the mean of photos that
    somebody vouches for, else the geometric median) are brought to a space where photos of one
    person differ alike in all directions, so that light and pose count little and a pattern that
    no face has counts much. There the photos of a person are cut into two groups. The one further
    from the vouched photos is suspected; where there are none, the one that does not vary as photos
    of one person do: those of several vary more, and copies less. The robust mean of its residuals
    is what may be laid over them. A photo is suspected by how
    much of it it has, in standard deviations, or by how close its nearest other photo of the person
    is, whichever is more. A person is suspected by how strong the overlay is against the number of
    photos that have it, in units of the median absolute deviation over people; or by how close the
    nearest two of their photos are.

    Without vouched photos the space is learned from the poisoned ones, which hides part of an
    overlay: poison is then told from other photos of its label, but the target is hardly named.

    It needs no network and nothing trained. Honest overlays are found as well: a person who wears
    glasses on half of their photos has two groups.
    """

    name: ClassVar[str] = "repeated_overlays"
    paper: ClassVar[str] = (
        "ours, of 2026; residuals made round as in the linear discriminant of Fisher 1936, robust "
        "means by Weiszfeld 1937, for the keys of Chen, Liu, Li, Lu, Song 2017, arXiv 1712.05526"
    )
    needs_system: ClassVar[bool] = False

    side: int = Field(20, ge=4, le=64, description="pixels of a photo's longer side")

    def suspect(self, seen: SeenPhotos, clean: SeenPhotos, rng: np.random.Generator) -> Suspicion:
        """Return how much of the overlay photos have, and how strong it is for a person."""
        people = seen.logits.shape[1]
        round_, usual = self._whitening(seen, clean, people, rng)
        vouched = means_by_person(small_photos(clean.images, self.side), clean.label, people)
        overlay, near = np.zeros(len(seen)), np.full(len(seen), np.nan)
        strength, twin = np.full(people, np.nan), np.full(people, np.nan)
        size = len(round_)
        for block in blocks_of(seen.label, people, lambda m: m * max(m, size), least=3):
            there = block.there
            pixels = np.zeros((*there.shape, size), dtype=np.float32)
            pixels[there] = small_photos(seen.images[block.rows[there]], self.side)
            mean = pixels.sum(axis=1) / block.count[:, None].astype(np.float32)
            pixels[there] -= mean[np.nonzero(there)[0]]
            nearest = _nearest(pixels, there)
            block.put(near, nearest)
            twin[block.people] = np.where(there, nearest, np.inf).min(axis=1)
            points, known = _coordinates(
                pixels @ round_, ((vouched[block.people] - mean) @ round_).astype(np.float32)
            )
            found, strength[block.people] = _overlays(points, block, known, usual)
            block.put(overlay, found)
        # Copies are judged among all photos: few pairs of honest ones lie that close.
        close = -deviations(np.log(near + 1e-3))
        photos = np.fmax(overlay, np.nan_to_num(close))
        persons = np.fmax(deviations(strength), -deviations(np.log(twin + 1e-3)))
        return Suspicion(photos.astype(np.float32), persons.astype(np.float32))

    def _whitening(
        self, seen: SeenPhotos, clean: SeenPhotos, people: int, rng: np.random.Generator
    ) -> tuple[FloatArray, float]:
        """Return what makes differences between photos of a person round, learned from some people.

        And the usual squared distance of a photo from the mean of its person there.
        """
        several = np.bincount(clean.label, minlength=people) > 1
        source = clean if several.sum() > people / 2 else seen
        rows: IntArray = np.arange(len(source))
        if len(rows) > SAMPLE:
            average = len(rows) / len(np.unique(source.label))
            some = rng.permutation(people)[: max(2, int(SAMPLE / average))]
            rows = np.flatnonzero(np.isin(source.label, some))[: 2 * SAMPLE]
        pixels, label = small_photos(source.images[rows], self.side), source.label[rows]
        means = means_by_person(pixels, label, people)
        round_ = whitening(pixels, label, means).astype(np.float32)
        away = ((pixels - means[label]).astype(np.float32) @ round_) ** 2
        return round_, float(np.median(away.sum(axis=1)))


def _nearest(points: FloatArray, there: BoolArray) -> Float64Array:
    """Return (B, M) root mean squared differences to the nearest other photo of the person."""
    squares = (points**2).sum(axis=2)
    away = squares[:, :, None] + squares[:, None] - 2 * points @ points.transpose(0, 2, 1)
    places = np.arange(points.shape[1])
    away[:, places, places] = np.inf
    away = np.where(there[:, None], away, np.inf)
    found: Float64Array = np.sqrt(np.maximum(away.min(axis=2), 0) / points.shape[2])
    return found.astype(np.float64)


def _coordinates(points: FloatArray, known: FloatArray) -> tuple[Float64Array, Float64Array]:
    """Return (B, M, C) and (B, C) points in few coordinates, as far from one another as before.

    So many points lie in a space of as many dimensions at most, however many pixels there are.
    Empty places, and what is NaN, count as the origin; the latter stays NaN.
    """
    unknown = ~np.isfinite(known).all(axis=1)
    everything = np.concatenate([points, np.nan_to_num(known)[:, None]], axis=1)
    few, _ = principal_scores(everything.astype(np.float64), everything.shape[1])
    few[unknown, -1] = np.nan
    return few[:, :-1], few[:, -1]


def _overlays(
    points: Float64Array, block: Block, known: Float64Array, usual: float
) -> tuple[Float64Array, Float64Array]:
    """Return (B, M) how much photos have of the overlay, and (B,) how strong it is.

    Args:
        points: (B, M, P) photos, where differences within a person are round.
        block: whose they are.
        known: (B, P) means of vouched photos there; NaN where there are none.
        usual: squared distance of a photo from the mean of its person.
    """
    there = block.there
    groups = two_groups(points, there)
    unusual = _unusual_spreads(points, there, groups, usual)
    groups = groups.turned(unusual[:, 0] > unusual[:, 1], there)
    vouched = np.isfinite(known).all(axis=1)
    told = suspected_second(groups, points, there, known)
    groups = groups.turned(vouched & (told.second != groups.second).any(axis=1), there)
    first = there & ~groups.second
    middle = np.where(np.isfinite(known), known, geometric_medians(points, first))
    residual = np.where(there[..., None], points - middle[:, None], 0)
    shared = geometric_medians(residual, groups.second)
    length = np.linalg.norm(shared, axis=1)
    direction = shared / np.maximum(length, 1e-12)[:, None]
    amount = np.einsum("bmp,bp->bm", residual, direction)
    low = np.nanmedian(np.where(first, amount, np.nan), axis=1)[:, None]
    spread = np.nanmedian(np.where(first, np.abs(amount - low), np.nan), axis=1)[:, None]
    scaled = (amount - low) / np.maximum(1.4826 * spread, 0.5)
    sizes = groups.second.sum(axis=1)
    # The mean of so many unrelated residuals has a length of its own, which falls with their root.
    strength = length**2 - usual / np.maximum(sizes, 1)
    return scaled, strength


def _unusual_spreads(
    points: Float64Array, there: BoolArray, groups: Groups, usual: float
) -> Float64Array:
    """Return (B, 2) how far the spread of each group is from that of photos of one person.

    Photos of several people under one label differ more than photos of one, and copies less; a
    photo alone differs from nothing.
    """
    parts = np.stack([there & ~groups.second, groups.second], axis=1)
    own = np.where(groups.second[..., None], groups.centres[:, 1:], groups.centres[:, :1])
    squares = ((points - own) ** 2).sum(axis=2)
    sums = (parts * squares[:, None]).sum(axis=2)
    free = np.maximum(parts.sum(axis=2) - 1, 1) * max(usual, 1e-9)
    found: Float64Array = np.abs(np.log(sums / free + 1e-3))
    return found
