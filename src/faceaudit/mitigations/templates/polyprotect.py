"""Protection by polynomials whose coefficients and exponents the key draws."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from faceaudit.deferred import deferred
from faceaudit.mitigations.templates.base import TemplateProtection, template_protections
from faceaudit.mitigations.templates.common.by_key import each_key
from faceaudit.types import Float64Array, FloatArray, IntArray

if TYPE_CHECKING:
    from scipy import linalg
else:
    linalg = deferred("scipy.linalg")

STEPS = 40
"""Steps of the inversion at most."""
DAMPING = 1e-9
"""Least that is added to what is inverted, as a share of its largest entry."""


@template_protections.register
class PolyProtect(TemplateProtection):
    """Each few neighbouring entries become the value of a polynomial in them.

    p = c_1 v_1^e_1 + ... + c_m v_m^e_m for m entries at a time, the next m of which share
    `overlap` with those before; zeros follow where the last are too few. The key draws m different
    coefficients that are not 0 and an order of the exponents 1 to m. Templates have length 1 here,
    so that entries are small and the term with exponent 1 is nearly all of a value.
    """

    name: ClassVar[str] = "polyprotect"
    paper: ClassVar[str] = (
        "Hahn, Marcel 2022, Towards Protecting Face Embeddings in Mobile Face Verification "
        "Scenarios (PolyProtect), arXiv 2110.00434"
    )
    keyed: ClassVar[bool] = True

    terms: int = Field(5, ge=2, le=10, description="entries that make one value")
    overlap: int = Field(4, ge=0, description="entries that two neighbouring values share")
    largest: int = Field(50, ge=5, description="coefficients lie between this and its negative")

    @model_validator(mode="after")
    def _some_entry_is_new(self) -> Self:
        if self.overlap >= self.terms:
            raise ValueError(f"expected an overlap below {self.terms} terms, got {self.overlap}")
        return self

    def protect(self, templates: FloatArray, keys: IntArray) -> FloatArray:
        """Return (N, K) values of the polynomials."""

        def values(some: FloatArray, key: int) -> FloatArray:
            polynomial = self._polynomial(key)
            return polynomial.values(polynomial.windows(some.astype(np.float64))).astype(np.float32)

        return each_key(templates, keys, values)

    def estimate(self, protected: FloatArray, keys: IntArray, size: int) -> FloatArray:
        """Return templates that the values fit, found by damped Gauss-Newton steps from 0.

        The steps are those of Levenberg 1944 and Marquardt 1963. There are fewer values than
        entries, so that many templates fit: of these it is one near 0. Where values share no
        entries, those with exponents above 1 stay 0.
        """

        def solved(some: FloatArray, key: int) -> FloatArray:
            polynomial = self._polynomial(key)
            found = [polynomial.solve(one, size) for one in some.astype(np.float64)]
            return np.array(found, dtype=np.float32).reshape(-1, size)

        return each_key(protected, keys, solved)

    def _polynomial(self, key: int) -> _Polynomial:
        rng = np.random.default_rng([key, self.terms])
        choice = np.concatenate([np.arange(-self.largest, 0), np.arange(1, self.largest + 1)])
        coefficients = rng.choice(choice, self.terms, replace=False).astype(np.float64)
        return _Polynomial(coefficients, rng.permutation(self.terms) + 1, self.terms - self.overlap)


@dataclass(frozen=True, eq=False)
class _Polynomial:
    """Coefficients (m,), exponents (m,), and by how many entries windows lie apart."""

    coefficients: Float64Array
    exponents: IntArray
    step: int

    def windows(self, templates: Float64Array) -> Float64Array:
        """Return (N, K, m) entries, each m of them `step` further."""
        terms, size = len(self.exponents), templates.shape[1]
        count = 1 + max(0, -(-(size - terms) // self.step))
        padded = np.zeros((len(templates), (count - 1) * self.step + terms))
        padded[:, :size] = templates
        seen = np.lib.stride_tricks.sliding_window_view(padded, terms, axis=1)
        return np.asarray(seen[:, :: self.step])

    def values(self, windows: Float64Array) -> Float64Array:
        """Return (N, K)."""
        return np.asarray(np.sum(self.coefficients * windows**self.exponents, axis=2))

    def solve(self, wanted: Float64Array, size: int) -> Float64Array:
        """Return (size,) entries with the (K,) values wanted, as nearly as steps get."""
        found, missing = np.zeros(size), wanted
        left, damping = float(np.linalg.norm(wanted)), DAMPING
        enough = 1e-6 * left
        for _ in range(STEPS):
            if left <= enough:
                break
            tried = found + self._newton(found, missing, damping)
            rest = wanted - self.values(self.windows(tried[None]))[0]
            norm = float(np.linalg.norm(rest))
            if norm < left:
                found, missing, left = tried, rest, norm
                damping = max(DAMPING, damping / 10)
            else:
                damping *= 10
        return found

    def _newton(self, found: Float64Array, missing: Float64Array, damping: float) -> Float64Array:
        """Return the shortest change that makes up for what is missing, to first order.

        J is the slope of the values, J J' a matrix with few diagonals: values share entries with
        their neighbours alone.
        """
        windows = self.windows(found[None])[0]
        slope = self.coefficients * self.exponents * windows ** (self.exponents - 1)
        count, terms = slope.shape
        bands = np.zeros((min(count, -(-terms // self.step)), count))
        for apart in range(len(bands)):
            shared = terms - apart * self.step
            products = slope[: count - apart, terms - shared :] * slope[apart:, :shared]
            bands[apart, : count - apart] = products.sum(axis=1)
        bands[0] += damping * bands[0].max() + 1e-30
        weight = linalg.solveh_banded(bands, missing, lower=True)
        change = np.zeros((count - 1) * self.step + terms)
        place = np.arange(count)[:, None] * self.step + np.arange(terms)
        np.add.at(change, place, slope * weight[:, None])
        return change[: len(found)]
