"""A filter of training photos: products of activations that a person's photos never have."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.backdoor.base import (
    SeenPhotos,
    Suspicion,
    TrainingFilter,
    backdoor_mitigations,
)
from faceaudit.mitigations.backdoor.common.outlying import deviations
from faceaudit.mitigations.backdoor.common.people import Block, ByPerson, blocks_of
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

SAMPLE = 1024
"""Photos from which the spread of a product is taken, at most."""


@backdoor_mitigations.register
class Beatrix(TrainingFilter):
    """Beatrix: Gram matrices of embeddings are held against those of a person's clean photos.

    A photo is suspected by the mean of how far the entries of its Gram matrix, products of two
    activations, lie from their medians over the person's clean photos, beyond `tolerance` median
    absolute deviations. A person is suspected by how differently training photos and clean photos
    of theirs are distributed (maximum mean discrepancy with a Gaussian kernel), in units of the
    median absolute deviation over people.

    Where we differ: an embedding has one position where the paper's feature maps have many, so that
    Gram matrices of higher order would be the same again; `entries` of the matrix are drawn. The
    deviation of an entry is that of all people's clean photos about their medians: few photos of a
    person give a median, but no spread. Where nobody vouches for photos of a person, the training
    photos are held against their own medians, and nothing is said of the person. The discrepancy
    is that of a person's training photos and clean ones, in the place of what the paper has
    flagged and not.
    """

    name: ClassVar[str] = "beatrix"
    paper: ClassVar[str] = (
        "Ma, Wang, Sun, Xu, Chen, Wen 2022, The Beatrix resurrections: robust backdoor detection "
        "via Gram matrices, arXiv 2209.11715"
    )

    entries: int = Field(4096, ge=1, description="entries of the Gram matrix, at most")
    tolerance: float = Field(
        1.0, ge=0, description="median absolute deviations within which a product is usual"
    )

    def suspect(self, seen: SeenPhotos, clean: SeenPhotos, rng: np.random.Generator) -> Suspicion:
        """Return mean deviations of products, and discrepancies between training and clean."""
        people, size = seen.logits.shape[1], seen.embeddings.shape[1]
        pairs = _draw_pairs(size, self.entries, rng)
        vouched = ByPerson(clean.label, people)
        unit = _usual_deviation(
            *((clean, vouched) if len(clean) else (seen, ByPerson(seen.label, people))), pairs, rng
        )
        photos, persons = np.zeros(len(seen)), np.full(people, np.nan)
        widest = max(len(pairs[0]), size)
        for block in blocks_of(seen.label, people, lambda m: m * widest):
            medians = _medians(seen.embeddings, block, pairs)
            known = vouched.counts[block.people] > 0
            if known.any():
                some = vouched.block(block.people[known])
                medians[known] = _medians(clean.embeddings, some, pairs)
            here = block.rows[block.there]
            person = np.nonzero(block.there)[0]
            away = np.abs(_products(seen.embeddings[here], pairs) - medians[person]) / unit
            photos[here] = np.maximum(away - self.tolerance, 0).mean(axis=1)
        for block in blocks_of(seen.label, people, lambda m: m * max(m, size)):
            enough = (vouched.counts[block.people] > 1) & (block.count > 1)
            if enough.any():
                some = Block(block.people[enough], block.rows[enough], block.there[enough])
                persons[some.people] = _discrepancies(seen, clean, some, vouched)
        return Suspicion(photos.astype(np.float32), deviations(persons).astype(np.float32))


Pairs = tuple[IntArray, IntArray]


def _draw_pairs(size: int, entries: int, rng: np.random.Generator) -> Pairs:
    """Return the rows and columns of some entries of a triangle."""
    first, second = np.triu_indices(size) if size <= 1024 else rng.integers(size, size=(2, entries))
    if len(first) > entries:
        drawn = np.sort(rng.choice(len(first), entries, replace=False))
        first, second = first[drawn], second[drawn]
    return first, second


def _products(embeddings: FloatArray, pairs: Pairs) -> FloatArray:
    return embeddings[:, pairs[0]] * embeddings[:, pairs[1]]


def _medians(embeddings: FloatArray, block: Block, pairs: Pairs) -> FloatArray:
    """Return (B, P) medians of products over each person's photos."""
    products = _products(embeddings[block.rows.ravel()], pairs)
    shaped = products.reshape(*block.rows.shape, len(pairs[0]))
    return _median_of(shaped, block.there)


def _median_of(values: FloatArray, there: BoolArray) -> FloatArray:
    """Return (B, P) medians of (B, M, P) over the places that hold a photo."""
    ordered = np.sort(np.where(there[..., None], values, np.inf), axis=1)
    count = there.sum(axis=1)
    below, above = (((count - 1) // 2)[:, None, None], (count // 2)[:, None, None])
    both = [np.take_along_axis(ordered, at, axis=1)[:, 0] for at in (below, above)]
    medians: FloatArray = ((both[0] + both[1]) / 2).astype(np.float32)
    return medians


def _usual_deviation(
    reference: SeenPhotos, photos: ByPerson, pairs: Pairs, rng: np.random.Generator
) -> FloatArray:
    """Return (P,) median absolute deviations of products about their person's median.

    A product that hardly ever differs has at least a tenth of the mean deviation.
    """
    several = np.flatnonzero(photos.counts > 1)
    if not len(several):
        everything = _products(reference.embeddings[:SAMPLE], pairs)
        away = np.abs(everything - np.median(everything, axis=0))
    else:
        counts = np.minimum(photos.counts[several], SAMPLE)
        some = rng.permutation(several)[: max(1, int(SAMPLE // counts.mean()))]
        block = photos.block(np.sort(some))
        medians = _medians(reference.embeddings, block, pairs)
        person = np.nonzero(block.there)[0]
        own = reference.embeddings[block.rows[block.there]]
        away = np.abs(_products(own, pairs) - medians[person])
    unit = np.median(away, axis=0)
    usual: FloatArray = np.maximum(unit, max(0.1 * float(unit.mean()), 1e-12))
    return usual.astype(np.float32)


def _discrepancies(
    seen: SeenPhotos, clean: SeenPhotos, block: Block, vouched: ByPerson
) -> Float64Array:
    """Return (B,) unbiased squared maximum mean discrepancies (Gretton et al. 2012, eq. 3).

    The kernel is as wide as the median distance between a person's training photos.
    """
    other = vouched.block(block.people)
    first, second = block.gather(seen.embeddings), other.gather(clean.embeddings)
    away = _squared(first, first)
    pairs = block.there[:, :, None] & block.there[:, None]
    places = np.arange(first.shape[1])
    pairs[:, places, places] = False
    width = np.nanmedian(np.where(pairs, away, np.nan), axis=(1, 2))
    width = np.maximum(width, 1e-12)[:, None, None]
    within = _mean_of(np.exp(-away / width), pairs)
    others = other.there[:, :, None] & other.there[:, None]
    places = np.arange(second.shape[1])
    others[:, places, places] = False
    beside = _mean_of(np.exp(-_squared(second, second) / width), others)
    crossed = block.there[:, :, None] & other.there[:, None]
    return within + beside - 2 * _mean_of(np.exp(-_squared(first, second) / width), crossed)


def _squared(first: Float64Array, second: Float64Array) -> Float64Array:
    squares = (first**2).sum(axis=2)[:, :, None] + (second**2).sum(axis=2)[:, None]
    away: Float64Array = np.maximum(squares - 2 * first @ second.transpose(0, 2, 1), 0)
    return away


def _mean_of(values: Float64Array, where: BoolArray) -> Float64Array:
    mean: Float64Array = (values * where).sum(axis=(1, 2)) / where.sum(axis=(1, 2))
    return mean
