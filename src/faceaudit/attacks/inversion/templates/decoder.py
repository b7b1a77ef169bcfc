"""Inversion by a decoder: from template to face, learned on other people once and for all."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import numpy as np
from pydantic import Field, model_validator

from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.common.generator_option import GeneratorOption
from faceaudit.attacks.inversion.common.moving import SHIFT, pixels_of
from faceaudit.attacks.inversion.templates.base import (
    Knowledge,
    TemplateInversion,
    template_inversions,
)
from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.metrics import normalized
from faceaudit.registry import digest
from faceaudit.systems.embedding.adapter import LinearMap, nearness
from faceaudit.systems.under_test.base import Access
from faceaudit.training.device import choose_device
from faceaudit.types import FloatArray

if TYPE_CHECKING:
    from faceaudit.attacks.inversion.common import decoding
    from faceaudit.attacks.inversion.generators.base import LatentSpace
else:
    decoding = deferred("faceaudit.attacks.inversion.common.decoding")

_SHOWN = 32
"""Pictures that the attacked network is shown at each step."""


@template_inversions.register
class Decoder(TemplateInversion):
    """Learns a network from templates to a generator's latents on other people's photos.

    It begins as the linear map that fits best, learns the photos' latents, and then, with the
    attacked network in hand (`refine`), pictures that this gives the template which they were made
    of. Templates are decoded without any further work, and nothing is asked of the system.
    """

    name: ClassVar[str] = "decoder"
    version: ClassVar[int] = 2
    paper: ClassVar[str] = (
        "Mai, Cao, Yuen, Jain 2018, On the Reconstruction of Face Images from Deep Face Templates "
        "(NbNet), arXiv 1703.00832: there deconvolutions with a perceptual loss, here a small "
        "network to the latents of a generator, and the loss of the attacked network"
    )

    generator: GeneratorOption = Field(
        "principal_components", validate_default=True, description="whose latents are learned"
    )
    hidden: int = Field(512, ge=1, description="units of each of the two hidden layers")
    steps: int = Field(100, ge=0, description="steps of Adam on photos' latents")
    batch: int = Field(128, ge=1, description="templates in each of them")
    rate: float = Field(1e-3, gt=0, description="learning rate, which decays to nothing")
    reach: float = Field(
        0.1,
        gt=0,
        description="mean square that latents are stretched to where nothing refines them: the "
        "best guess is nearer to the average face than anybody's own",
    )
    refine: bool = Field(
        default=False,
        description="whether the attacked network is in hand, and the decoder learns through it",
    )
    shown: int = Field(250, ge=1, description="steps of 32 pictures each that it is refined for")
    prior: float = Field(0.1, ge=0, description="weight of the mean square of latents there")
    shift: float = SHIFT
    flip: bool = Field(default=True, description="whether half of them are mirrored there")
    shuffled: bool = Field(
        default=False,
        description="a null: each photo is learned with the template of another one, so that "
        "nothing can be learned of whom a template is",
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if not self.generator.knows_photos:
            raise ValueError(_no_latents(self.generator.name))
        if self.refine and not self.generator.descends:
            raise ValueError(_no_derivatives(self.generator.name))
        return self

    @property
    def access(self) -> Access:
        """GRADIENTS where the attacked network refines it, else EMBEDDINGS."""
        return Access.GRADIENTS if self.refine else Access.EMBEDDINGS

    def invert(
        self, stolen: FloatArray, knowledge: Knowledge, rng: np.random.Generator
    ) -> Reconstructions:
        """Return a face for each of (T, E) templates.

        Raises:
            InputError: photos have no latents in the generator's space; or, to refine, the network
                is not in hand, or no derivatives flow through the network or the generator.
        """
        # One decoder serves templates of several networks, and what several protections leave.
        key = f"{self.name} {digest([self.identity(), rng.bit_generator.state])}"
        space, learned = knowledge.once(key, lambda: self._learn(knowledge, rng))
        found = learned.decode(normalized(stolen))
        if not self.refine:
            lengths = np.sqrt(np.square(found).mean(axis=1, keepdims=True))
            found *= np.float32(self.reach**0.5) / np.maximum(lengths, np.float32(1e-12))
        return Reconstructions(
            images=space.images(found),
            solved=np.ones(len(stolen), dtype=bool),
            queries=np.zeros(len(stolen), dtype=np.int64),
        )

    def _learn(
        self, knowledge: Knowledge, rng: np.random.Generator
    ) -> tuple[LatentSpace, decoding.LatentDecoder]:
        faces = knowledge.learned
        space = self.generator.space(
            faces if self.generator.learns else None,
            faces.size,
            rng,
            progress=knowledge.progress,
        )
        latents = space.latents(faces.images)
        if latents is None:
            raise InputError(_no_latents(self.generator.name))
        wanted = normalized(knowledge.templates)
        given = wanted[rng.permutation(len(wanted))] if self.shuffled else wanted
        start = LinearMap.ridge(given, latents, faces.identity, nearness)
        device = knowledge.embedder.device if knowledge.embedder else choose_device()
        learning = decoding.LatentDecoder(start, self.hidden, device, rng)
        learning.fit_latents(
            given, latents, decoding.Stage(self.steps, self.batch, self.rate), knowledge.progress
        )
        if self.refine:
            self._refine(learning, space, given, wanted, knowledge)
        return space, learning

    def _refine(
        self,
        learning: decoding.LatentDecoder,
        space: LatentSpace,
        given: FloatArray,
        wanted: FloatArray,
        knowledge: Knowledge,
    ) -> None:
        embedder = knowledge.own_embedder()
        pictures = space.differentiable()
        if pictures is None:
            raise InputError(_no_derivatives(self.generator.name))
        learning.fit_answers(
            given,
            wanted,
            pictures.to(embedder.device),
            embedder.differentiable(),
            decoding.Stage(self.shown, _SHOWN, self.rate),
            prior=self.prior,
            shift=pixels_of(self.shift, embedder.size),
            flip=self.flip,
            progress=knowledge.progress,
        )


def _no_latents(name: str) -> str:
    return (
        f"expected a generator that knows the latents of photos, got {name!r}; try "
        "principal_components or pixels"
    )


def _no_derivatives(name: str) -> str:
    return (
        f"expected a generator that derivatives flow through, got {name!r}; set refine to false, "
        "or try principal_components or pixels"
    )
