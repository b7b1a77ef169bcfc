"""Protection by a keyed projection onto random directions."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from faceaudit.mitigations.templates.base import TemplateProtection, template_protections
from faceaudit.mitigations.templates.common.by_key import each_key
from faceaudit.mitigations.templates.common.orthonormal import orthonormal_rows
from faceaudit.types import FloatArray, IntArray


@template_protections.register
class RandomProjection(TemplateProtection):
    """The template is turned by a random rotation that the key draws.

    With all dimensions every cosine stays what it was under one key, and nothing is lost to whoever
    knows it. With fewer, the rest of the template is dropped.
    """

    name: ClassVar[str] = "random_projection"
    paper: ClassVar[str] = (
        "Ratha, Connell, Bolle 2001, Enhancing security and privacy in biometrics-based "
        "authentication systems (cancelable biometrics); Teoh, Goh, Ngo 2006, Random multispace "
        "quantization as an analytic mechanism for BioHashing, without its quantization"
    )
    keyed: ClassVar[bool] = True

    dimensions: int | None = Field(
        None, ge=2, description="directions to project onto; none means as many as the template has"
    )

    def protect(self, templates: FloatArray, keys: IntArray) -> FloatArray:
        """Return (N, dimensions) projections."""
        size = templates.shape[1]
        count = self.dimensions or size
        return each_key(
            templates, keys, lambda some, key: some @ orthonormal_rows(key, size, count).T
        )

    def estimate(self, protected: FloatArray, keys: IntArray, size: int) -> FloatArray:
        """Return the templates, or with fewer dimensions what of them lies in the projection.

        That is the pseudo-inverse: of all templates with this projection the shortest.
        """
        count = protected.shape[1]
        return each_key(
            protected, keys, lambda some, key: some @ orthonormal_rows(key, size, count)
        )
