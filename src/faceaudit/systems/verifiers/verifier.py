"""Verifiers ready to use: backbones, a trained predictor, and the query strategy of users."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from pydantic import AliasChoices, Field

from faceaudit.errors import InputError, OptionError
from faceaudit.faces.alignment import Align
from faceaudit.faces.crop import Crop
from faceaudit.metrics import OperatingPoint
from faceaudit.registry import Options, digest
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.predictors import Predictor, PredictorBank
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.systems.verifiers.pairs import EmbeddedPairs, common_space
from faceaudit.systems.verifiers.photos import PreparedPhoto, prepare
from faceaudit.types import FloatArray, ImageArray, IntArray, pixel_digests

DEFAULT_THRESHOLD = 0.5
"""The score from which on a pair counts as one person, where no other threshold is given."""

Draws = npt.NDArray[np.uint64]
_BLOCK = 4096


class Query(Options):
    """The backbones that embed a pair; the probabilities of several are averaged."""

    mode: Literal["one", "random", "average"] = Field(
        "one",
        validation_alias=AliasChoices("mode", "ways"),  # "ways" in older files of verifiers
        description="one backbone, one drawn for each pair, or all of them",
    )
    backbone: int = Field(0, ge=0, description="the backbone, where it is always the same")
    seed: int = Field(0, ge=0, description="sets the backbone drawn for a pair")

    def asked(self, backbones: int) -> tuple[int, ...]:
        """Return the backbones that are ever asked.

        Raises:
            OptionError: there is no such backbone.
        """
        if self.mode != "one":
            return tuple(range(backbones))
        if self.backbone >= backbones:
            raise OptionError(
                f"expected a backbone in 0..{backbones - 1} to ask with, got {self.backbone}"
            )
        return (self.backbone,)

    def user_backbones(self, draws: Draws, backbones: int) -> IntArray:
        """Return the backbones of N pairs, (N, J).

        Args:
            draws: (N,) random numbers, one a pair.
            backbones: how many there are.
        """
        if self.mode == "random":
            own = np.uint64(int(digest([self.mode, self.seed])[:16], 16))
            # The lowest bit of a number added to itself is not random.
            drawn = ((draws + own) >> np.uint64(16)) % np.uint64(backbones)
            return drawn.astype(np.int64)[:, None]
        return np.tile(np.array(self.asked(backbones), dtype=np.int64), (len(draws), 1))


@dataclass(frozen=True, eq=False)
class Verifier:
    """From two photos to the probability that they show one person.

    Attributes:
        embedders: K backbones, in the order of the training.
        bank: one trained predictor.
        predictor: its kind and options.
        query: the backbones that embed a pair.
        threshold: the score from which on a pair is accepted as one person.
        align: how the face in a photo is found; None keeps the crop.
        crop: the part of a photo that is kept where no face is looked for.
        trained: facts about the training, for people to read: plain values.
        thresholds: others, for false match rates, with both errors on people not learned from.

    Raises:
        InputError: no backbone, several predictors, or a threshold outside 0 to 1.
        OptionError: the query asks a backbone that is not there.
    """

    embedders: tuple[Embedder, ...]
    bank: PredictorBank
    predictor: Predictor
    query: Query = field(default_factory=Query)
    threshold: float = DEFAULT_THRESHOLD
    align: Align | None = None
    crop: Crop = 1.0
    trained: Mapping[str, Any] = field(default_factory=dict)
    thresholds: tuple[OperatingPoint, ...] = ()

    def __post_init__(self) -> None:
        if not self.embedders or self.bank.count != 1:
            raise InputError(
                "expected at least one backbone and one predictor, got "
                f"{len(self.embedders)} and {self.bank.count}; choose one with `bank.only`"
            )
        for threshold in (self.threshold, *(point.threshold for point in self.thresholds)):
            if threshold is None or not 0 <= threshold <= 1:
                raise InputError(f"expected a threshold in 0..1, got {threshold}")
        self.query.asked(len(self.embedders))

    @property
    def sizes(self) -> tuple[tuple[int, int], ...]:
        """Height and width of the photos that each backbone takes."""
        return tuple(embedder.size for embedder in self.embedders)

    def prepare(self, data: bytes | ImageArray) -> PreparedPhoto:
        """Return a photo as each backbone takes it, and where its face is.

        Args:
            data: the bytes of its file, or its pixels, upright, (H, W, 3) uint8 RGB.

        Raises:
            PhotoError: it is no photo, or no face in it can be used.
        """
        return prepare(data, self.sizes, self.align, self.crop)

    def embed(self, photos: Sequence[ImageArray]) -> FloatArray:
        """Return (K, N, E) embeddings in the common space that the predictor was trained in.

        Args:
            photos: K arrays (N, H_k, W_k, 3) uint8, the same photos at each backbone's size.

        Raises:
            InputError: not one array for each backbone, other sizes, or not as many photos in
                each.
        """
        return self._embed(photos, range(len(self.embedders)))

    def score(self, first: Sequence[ImageArray], second: Sequence[ImageArray]) -> FloatArray:
        """Return the (N,) probabilities that pairs of photos show one person.

        Only backbones that are asked embed. Where one is drawn for each pair, the pixels of both
        photos decide which, in either order: asking again gives the same answer.

        Args:
            first: K arrays (N, H_k, W_k, 3) uint8, the same photos at each backbone's size.
            second: of the other photos.

        Raises:
            InputError: the photos do not fit the backbones or one another.
        """
        sides = [self._checked(photos) for photos in (first, second)]
        if len(sides[0][0]) != len(sides[1][0]):
            raise InputError(
                "expected as many first photos as second ones, got "
                f"{len(sides[0][0])} and {len(sides[1][0])}"
            )
        backbones = len(self.embedders)
        asked = self.query.asked(backbones)
        # One side after the other: a photo's position in a batch must not depend on its side.
        one, two = (self._embed(photos, asked) for photos in sides)
        draws = _draws(sides[0][0]) + _draws(sides[1][0])
        chosen = self.query.user_backbones(draws, backbones)
        rows = np.arange(len(chosen))[:, None]
        return self._answers(one[chosen, rows], two[chosen, rows])

    def score_rows(
        self, photos: Sequence[ImageArray], first: IntArray, second: IntArray
    ) -> FloatArray:
        """Return the (P,) scores of pairs of rows as `score` does, each photo embedded once.

        Args:
            photos: K arrays (N, H_k, W_k, 3) uint8, the same photos at each backbone's size.
            first: (P,) rows of the first photo of each pair.
            second: of the other one.

        Raises:
            InputError: the photos do not fit the backbones or one another.
        """
        backbones = len(self.embedders)
        embedded = self._embed(photos, self.query.asked(backbones))
        draws = _draws(photos[0])
        chosen = self.query.user_backbones(draws[first] + draws[second], backbones)
        out = np.empty(len(first), dtype=np.float32)
        for start in range(0, len(first), _BLOCK):
            rows = slice(start, start + _BLOCK)
            one, two = (embedded[chosen[rows], side[rows, None]] for side in (first, second))
            out[rows] = self._answers(one, two)
        return out

    def score_pairs(self, pairs: EmbeddedPairs) -> FloatArray:
        """Return the (P,) probabilities of pairs whose embeddings are known.

        Where one backbone is drawn for each pair, another may be drawn than for the photos
        themselves.
        """
        drawn = np.random.default_rng(self.query.seed).integers(
            2**64, size=len(pairs), dtype=np.uint64
        )
        chosen = self.query.user_backbones(drawn, len(self.embedders))
        out = np.empty(len(pairs), dtype=np.float32)
        for start in range(0, len(pairs), _BLOCK):
            rows = np.arange(start, min(start + _BLOCK, len(pairs)))
            out[rows] = self._answers(*pairs.sides(chosen, rows))
        return out

    def accepts(
        self, scores: FloatArray, point: OperatingPoint | None = None
    ) -> npt.NDArray[np.bool_]:
        """Return (N,) whether scores are high enough to be taken for one person.

        Args:
            scores: (N,) probabilities.
            point: one of `thresholds` to go by; the verifier's own threshold when None.
        """
        threshold = self.threshold if point is None else point.threshold
        return np.asarray(scores >= np.float32(threshold))

    def point_at(self, fmr: float) -> OperatingPoint:
        """Return the threshold that is kept for a false match rate.

        Raises:
            OptionError: there is none; it says for which rates there are.
        """
        for point in self.thresholds:
            if math.isclose(point.asked, fmr, rel_tol=1e-9):
                return point
        kept = ", ".join(f"{point.asked * 100:g} %" for point in self.thresholds) or "none is kept"
        raise OptionError(
            f"expected a false match rate that the verifier has a threshold for ({kept}), got "
            f"{fmr * 100:g} %; try one of these, or train it with --fmr {fmr * 100:g}% and more "
            "people held out"
        )

    def _answers(self, first: FloatArray, second: FloatArray) -> FloatArray:
        """Return (N,) probabilities of (N, J, E) embeddings."""
        backbones = np.zeros((len(first), first.shape[1]), dtype=np.int64)
        return np.asarray(VerifierBank(self.bank, backbones).answers(first, second)[0])

    def _embed(self, photos: Sequence[ImageArray], asked: Sequence[int]) -> FloatArray:
        photos = self._checked(photos)
        # A backbone that is not asked gets ones, so that the others keep their positions.
        embedded = [
            embedder.embed(images)
            if number in asked
            else np.ones((len(images), embedder.embedding_size), dtype=np.float32)
            for number, (embedder, images) in enumerate(zip(self.embedders, photos, strict=True))
        ]
        return common_space(embedded)

    def _checked(self, photos: Sequence[ImageArray]) -> Sequence[ImageArray]:
        shapes = [(*size, 3) for size in self.sizes]
        given = [images.shape for images in photos]
        if [shape[1:] for shape in given] != shapes or len({shape[0] for shape in given}) > 1:
            raise InputError(
                f"expected the same photos once for each backbone, (N, H, W, 3) of {shapes}, got "
                f"{given}; `prepare` brings a photo to each size"
            )
        return photos


def _draws(images: ImageArray) -> Draws:
    """Return (N,) pseudo-random numbers, each determined by a photo's pixels."""
    whole = np.frombuffer(b"".join(pixel_digests(images)), dtype="<u8")
    return whole.reshape(len(images), -1)[:, 0].astype(np.uint64)
