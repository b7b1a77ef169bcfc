"""A filter of inputs: several filters, each on the scale of clean photos, added up."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Self

import numpy as np
from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from faceaudit.errors import InputError
from faceaudit.mitigations.backdoor.backbone_agreement import BackboneAgreement
from faceaudit.mitigations.backdoor.base import (
    InputFilter,
    PhotoScore,
    SeenPhotos,
    backdoor_mitigations,
)
from faceaudit.mitigations.backdoor.occlusion import Occlusion
from faceaudit.systems.identifiers.base import System
from faceaudit.types import Float64Array, FloatArray, ImageArray, IntArray

TAIL = 0.95
"""Rank of the clean suspicion that lies one unit above the median."""


def _plain(part: InputFilter) -> dict[str, Any]:
    return part.spec().as_json()


Part = Annotated[InputFilter, BeforeValidator(backdoor_mitigations.build), PlainSerializer(_plain)]


@backdoor_mitigations.register
class Fusion(InputFilter):
    """A photo is suspected by what several filters have against it together.

    Keys differ: a pattern over the whole photo disturbs what a face is made of, a photo of the
    attacker shows somebody else, glasses do a little of both. Each filter is fitted on half of the
    clean photos and asked about the other half, both ways; that gives its median on clean photos
    and how far their most suspected twentieth lies above it. Then it is fitted on all clean
    photos. What lies above the median, in that unit, is added up over the filters.

    Where we differ: papers add up scores brought between 0 and 1. Here what a filter has in favour
    of a photo does not count, as a key that one filter is blind to would hide behind it.
    """

    name: ClassVar[str] = "fusion"
    paper: ClassVar[str] = (
        "the sum rule of Kittler, Hatef, Duin, Matas 1998, On Combining Classifiers, IEEE TPAMI "
        "20, on normalised scores as of Jain, Nandakumar, Ross 2005, Score normalization in "
        "multimodal biometric systems; against back doors ours, of 2026"
    )
    clean_photos: ClassVar[int] = 2

    filters: tuple[Part, ...] = Field(
        (
            BackboneAgreement(features=("pixels",)),
            BackboneAgreement(features=("gradients",)),
            Occlusion(),
        ),
        min_length=2,
        description="filters of inputs, by name or with their options",
    )

    @model_validator(mode="after")
    def _plain_filters(self) -> Self:
        needy = [one for one in self.filters if 2 * one.clean_photos > self.clean_photos]
        if needy:
            raise ValueError(
                "expected filters that one clean photo of a person is enough for, got "
                f"{needy[0].name!r}, which needs {needy[0].clean_photos}; leave it out"
            )
        return self

    @property
    def parts(self) -> tuple[InputFilter, ...]:
        """The filters."""
        return self.filters

    def fit(self, system: System, clean: SeenPhotos, rng: np.random.Generator) -> PhotoScore:
        """Return the sum over filters; 0 where none suspects more than half of clean photos.

        Raises:
            InputError: too few clean photos for one of the filters, or for its half of them.
        """
        halves = _halves(clean.label)
        fitted = [_Scaled.of(part, system, clean, halves, rng) for part in self.filters]

        def score(images: ImageArray, landmarks: FloatArray | None) -> FloatArray:
            found = np.sum([one.above(images, landmarks) for one in fitted], axis=0)
            return np.asarray(found, dtype=np.float32)

        return score


class _Scaled:
    """A filter, on the scale of clean photos that halves of it were not fitted on."""

    def __init__(self, score: PhotoScore, apart: Float64Array) -> None:
        apart = apart[np.isfinite(apart)]
        if not len(apart):
            raise InputError(
                "expected suspicion of clean photos as numbers, got none; leave the filter out"
            )
        self._score = score
        self._median = float(np.median(apart))
        unit = float(np.quantile(apart, TAIL)) - self._median
        self._unit = unit if unit > 0 else 1.0

    @classmethod
    def of(
        cls,
        part: InputFilter,
        system: System,
        clean: SeenPhotos,
        halves: tuple[IntArray, IntArray],
        rng: np.random.Generator,
    ) -> _Scaled:
        """Return a filter fitted on all clean photos, and scaled on halves of them."""
        apart = []
        for fit, asked in (halves, halves[::-1]):
            score = part.fit(system, clean.at(fit), rng)
            photos = clean.at(asked)
            apart.append(score(photos.images, photos.landmarks).astype(np.float64))
        return cls(part.fit(system, clean, rng), np.concatenate(apart))

    def above(self, images: ImageArray, landmarks: FloatArray | None) -> Float64Array:
        """Return (N,) how far suspicion lies above the median of clean photos; 0 below it."""
        away = (self._score(images, landmarks).astype(np.float64) - self._median) / self._unit
        return np.maximum(away, 0)


def _halves(label: IntArray) -> tuple[IntArray, IntArray]:
    """Return rows of two halves, each with about half of everybody's photos."""
    order = np.argsort(label, kind="stable")
    return np.sort(order[::2]), np.sort(order[1::2])
