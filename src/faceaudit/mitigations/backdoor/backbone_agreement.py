"""A filter of inputs: other features of the photo do not show the person whom the system names."""

from __future__ import annotations

from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.errors import InputError
from faceaudit.faces import hand_made
from faceaudit.mitigations.backdoor.base import (
    InputFilter,
    PhotoScore,
    SeenPhotos,
    backdoor_mitigations,
)
from faceaudit.mitigations.backdoor.common.people import means_by_person
from faceaudit.mitigations.backdoor.common.within import whitening
from faceaudit.systems.identifiers.base import System
from faceaudit.types import Float64Array, FloatArray, ImageArray

FEATURES = {"pixels": hand_made.pixels, "gradients": hand_made.gradients}
BLOCK = 1024


@backdoor_mitigations.register
class BackboneAgreement(InputFilter):
    """A photo is suspected when features that saw no poison tell that it shows somebody else.

    Each set of features is fitted on clean photos alone: every person's mean, in the space where
    photos of one person differ alike (linear discriminants). A photo is suspected by how much
    further the person whom the system names is than the nearest other person, as a share of both
    distances, in the mean over the sets of features.

    Where we differ: FaceBone joins embeddings by several backbones while a verifier is trained, so
    that none's mark shows; here they check what a finished identifier says. The further backbones
    are features that nothing was trained for, since a photo of an identifier's size and crop fits
    no other network's: small pixels, and histograms of the directions of edges.
    """

    name: ClassVar[str] = "backbone_agreement"
    paper: ClassVar[str] = (
        "ours, of 2026, of FaceBone's several backbones; discriminants of pixels as of Belhumeur, "
        "Hespanha, Kriegman 1997, Eigenfaces vs. Fisherfaces; of gradients as of Dalal, Triggs "
        "2005, Histograms of oriented gradients"
    )
    clean_photos: ClassVar[int] = 1

    features: tuple[Literal["pixels", "gradients"], ...] = Field(
        ("pixels", "gradients"), min_length=1, description="sets of features that are asked"
    )

    def fit(self, system: System, clean: SeenPhotos, rng: np.random.Generator) -> PhotoScore:
        """Return how much closer than the named person another is; -1 to 1.

        Raises:
            InputError: there are clean photos of fewer than two people.
        """
        del rng
        if len(np.unique(clean.label)) < 2:
            raise InputError(
                f"expected clean photos of several people, got {len(clean)} photos of "
                f"{len(np.unique(clean.label))}; give it a budget of clean photos"
            )
        fitted = [_Discriminant(name, clean, len(system.names)) for name in self.features]

        def score(images: ImageArray, landmarks: FloatArray | None) -> FloatArray:
            del landmarks
            named = system.logits(images).argmax(axis=1)
            found = np.mean([one.disagreement(images, named) for one in fitted], axis=0)
            return np.asarray(found, dtype=np.float32)

        return score


class _Discriminant:
    """People's means in the space where photos of one person differ alike."""

    def __init__(self, name: str, clean: SeenPhotos, people: int) -> None:
        self._features = FEATURES[name]
        values = self._features(clean.images)
        means = means_by_person(values, clean.label, people)
        self._round = whitening(values, clean.label, means)
        self._means: Float64Array = means @ self._round

    def disagreement(
        self, images: ImageArray, named: np.ndarray[tuple[int], np.dtype[np.int64]]
    ) -> Float64Array:
        """Return (N,); 0 where nothing is known of whom the system names."""
        out = np.zeros(len(images))
        known = np.asarray(np.isfinite(self._means).all(axis=1))
        means = np.where(known[:, None], self._means, 0)
        squares = (means**2).sum(axis=1)
        for start in range(0, len(images), BLOCK):
            part = slice(start, start + BLOCK)
            points = self._features(images[part]).astype(np.float64) @ self._round
            squared = (points**2).sum(axis=1)[:, None] + squares - 2 * points @ means.T
            away = np.where(known, np.sqrt(np.maximum(squared, 0)), np.inf)
            row = np.arange(len(points))
            told = known[named[part]]
            own = np.where(told, away[row, named[part]], 0)
            away[row, named[part]] = np.inf
            other = away.min(axis=1)
            share = (own - other) / np.maximum(own + other, 1e-12)
            out[part] = np.where(told, share, 0)
        return out
