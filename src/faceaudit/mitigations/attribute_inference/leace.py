"""A mitigation: the least change of templates after which no linear probe finds an attribute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from faceaudit.errors import InputError
from faceaudit.mitigations.attribute_inference.base import (
    AttributeMitigation,
    Change,
    Known,
    attribute_mitigations,
)
from faceaudit.mitigations.attribute_inference.common.erase import ERASE
from faceaudit.types import Float64Array, FloatArray

SMALLEST = 1e-6
"""Directions in which templates vary less than this share of the largest are left as they are."""


@attribute_mitigations.register
class Leace(AttributeMitigation):
    """Least-squares concept erasure: a projection that takes all covariance with attributes away.

    In closed form from mean and covariances of the owner's people. Among these no linear probe of
    what is stored does better than guessing; among others it does, by what a few people do not
    tell, and any other probe may.
    """

    name: ClassVar[str] = "leace"
    paper: ClassVar[str] = (
        "Belrose, Schneider-Joseph, Ravfogel, Cotterell, Raff, Biderman 2023, LEACE, NeurIPS, "
        "arXiv 2306.03819, theorem 4.3; without its shrinkage of the covariance"
    )

    erase: tuple[str, ...] = ERASE

    def fit(self, known: Known, rng: np.random.Generator) -> Change:
        """Return the projection."""
        del rng
        own = known.of(self.erase)
        templates = own.templates[0].astype(np.float64)
        mean, matrix = leace(templates, own.indicators())

        def change(given: Sequence[FloatArray]) -> FloatArray:
            return ((given[0] - mean) @ matrix + mean).astype(np.float32)

        return change


def leace(templates: Float64Array, concept: Float64Array) -> tuple[Float64Array, Float64Array]:
    """Return the mean (E,) and the matrix (E, E) that centred rows of templates are multiplied by.

    With the whitening W = C^(-1/2) of templates and the orthogonal projection P on the columns of
    W C_xz, it is x - W^+ P W (x - mean): of all affine maps after which templates do not covary
    with the concept, the one that changes them least on average.

    Args:
        templates: (N, E).
        concept: (N, K), such as a column for each value of each attribute.

    Raises:
        InputError: everybody has one value.
    """
    mean, centred = templates.mean(axis=0), concept - concept.mean(axis=0)
    if not np.any(centred):
        raise InputError("expected two values of an attribute to erase, got one")
    away = templates - mean
    variances, axes = np.linalg.eigh(away.T @ away / len(away))
    kept = variances > SMALLEST * variances[-1]
    scale, axes = np.sqrt(variances[kept]), axes[:, kept]
    told = (axes / scale).T @ (away.T @ centred) / len(away)
    left, values, _ = np.linalg.svd(told, full_matrices=False)
    found = left[:, values > SMALLEST * values[0]]
    # In whitened coordinates `found @ found.T` is P; rows are multiplied from the right.
    matrix = np.eye(len(mean)) - (axes / scale) @ found @ found.T @ (axes * scale).T
    return mean, matrix
