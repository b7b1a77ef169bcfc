"""Inversion with the network in hand: down the gradient to a face with the stolen template."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.common.generator_option import GeneratorOption
from faceaudit.attacks.inversion.common.moving import SHIFT, pixels_of
from faceaudit.attacks.inversion.common.watching import seen_by
from faceaudit.attacks.inversion.templates.base import (
    Knowledge,
    TemplateInversion,
    template_inversions,
)
from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray

if TYPE_CHECKING:
    from faceaudit.attacks.inversion.common import descent, prediction
else:
    descent = deferred("faceaudit.attacks.inversion.common.descent")
    prediction = deferred("faceaudit.attacks.inversion.common.prediction")

_CPU, _GPU = 32, 128
"""People worked on at once: some 30 MB each of a MobileFaceNet."""


@template_inversions.register
class WhiteBox(TemplateInversion):
    """Searches a generator's faces for one with the stolen template, by gradients of the network.

    The loss is 1 - cosine to the template, and weights of what makes pictures faces: that latents
    are as usual, that neighbouring pixels are alike, and that the network's maps have the mean and
    variance which its batch norms saw in training. Pictures are moved and mirrored at random on the
    way. Nothing is asked of the system.
    """

    name: ClassVar[str] = "white_box"
    version: ClassVar[int] = 2
    paper: ClassVar[str] = (
        "Mahendran and Vedaldi 2015, arXiv 1412.0035, for pixels and total variation; Zhmoginov "
        "and Sandler 2016, arXiv 1606.04189, for embeddings of faces; the statistics of batch "
        "norms of Yin et al. 2020 (DeepInversion, arXiv 1912.08795), here in the running "
        "variances. Latents of a generator stand in for the pixels, and start where a linear map "
        "from templates expects them."
    )
    access: ClassVar[Access] = Access.GRADIENTS

    generator: GeneratorOption = Field(
        "principal_components", validate_default=True, description="whose faces are searched"
    )
    steps: int = Field(120, ge=1, description="steps of Adam at most")
    rate: float = Field(0.05, gt=0, description="learning rate, which decays to a tenth of this")
    prior: float = Field(0.1, ge=0, description="weight of the mean square of the latents")
    variation: float = Field(
        0.0, ge=0, description="weight of the mean difference of neighbouring pixels"
    )
    statistics: float = Field(
        0.0, ge=0, description="weight of the distance from the batch norms' statistics"
    )
    shift: float = SHIFT
    flip: bool = Field(default=True, description="whether every other step sees mirror images")
    start: Literal["predicted", "average"] = Field(
        "predicted",
        description="first latents: what a linear map expects of the template, or the average face",
    )
    least: float = Field(
        0.002,
        ge=0,
        lt=1,
        description="who is done: a person whose loss fell by less than this share of it in ten "
        "steps",
    )

    @model_validator(mode="after")
    def _descends(self) -> Self:
        if not self.generator.descends:
            raise ValueError(_no_derivatives(self.generator.name))
        return self

    def invert(
        self, stolen: FloatArray, knowledge: Knowledge, rng: np.random.Generator
    ) -> Reconstructions:
        """Return a face for each of (T, E) templates.

        Raises:
            InputError: the network is not in hand or gives no gradients, or no derivatives flow
                through the generator.
        """
        embedder = knowledge.own_embedder()
        network = embedder.differentiable()
        learned = knowledge.learned if self.generator.learns else None
        space = self.generator.space(learned, embedder.size, rng, progress=knowledge.progress)
        pictures = space.differentiable()
        if pictures is None:
            raise InputError(_no_derivatives(self.generator.name))
        expected = None
        if self.start == "predicted":
            expected = prediction.predict_latents(
                space, knowledge.learned, knowledge.templates, stolen
            )
        if expected is None:
            expected = np.zeros((len(stolen), space.dimensions), dtype=np.float32)
        latents = descent.descend(
            pictures.to(embedder.device),
            network,
            stolen,
            expected,
            descent.Descent(
                steps=self.steps,
                rate=self.rate,
                prior=self.prior,
                variation=self.variation,
                statistics=self.statistics,
                shift=pixels_of(self.shift, embedder.size),
                flip=self.flip,
                least=self.least,
            ),
            rng,
            chunk=_GPU if embedder.device.type == "cuda" else _CPU,
            progress=knowledge.progress,
            title=f"invert {len(stolen)} templates",
            seen=seen_by(knowledge.watch, space),
        )
        return Reconstructions(
            images=space.images(latents),
            solved=np.ones(len(stolen), dtype=bool),
            queries=np.zeros(len(stolen), dtype=np.int64),
        )


def _no_derivatives(name: str) -> str:
    return (
        f"expected a generator that derivatives flow through, got {name!r}; try "
        "principal_components or pixels, or the attack `search`"
    )
