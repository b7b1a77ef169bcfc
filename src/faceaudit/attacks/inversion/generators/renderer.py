"""Generator: the renderer of people who do not exist."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import numpy.typing as npt

from faceaudit.attacks.inversion.generators.base import Generator, LatentSpace, generators
from faceaudit.deferred import deferred
from faceaudit.errors import InputError
from faceaudit.faces.alignment.common.similarity import similarity, template
from faceaudit.faces.synthetic.light import Light
from faceaudit.faces.synthetic.portrait import Place, Portraits, Sitting
from faceaudit.faces.synthetic.traits import SHAPE, UNIFORM, Floats, Person, make_person
from faceaudit.progress import Progress, silent
from faceaudit.types import FaceSet, Float64Array, FloatArray, ImageArray

special = deferred("scipy.special")

MEASURE = 1.8
"""How many spreads from the mean a measure of the head may be, as for people of the source."""
FARTHEST = 2.5
"""The same for everything else."""
UNUSED = (12, 13)
"""What `make_person` does not look at of its numbers from 0 to 1."""
SITTING = 16
"""Latents of what is not the person; the last four say where the face is."""
_CUTS = np.cumsum([len(SHAPE), 1, UNIFORM - len(UNUSED), SITTING - 4])


@generators.register
class Renderer(Generator):
    """The 3D heads of the source `synthetic`: traits, hair, light, pose and expression are latents.

    No photo of anybody is a part of the faces. Of the learned photos only the landmarks are looked
    at: they say where faces are in a picture, and how much that varies. Without any, faces are
    where networks expect them.
    """

    name: ClassVar[str] = "renderer"
    descends: ClassVar[bool] = False
    knows_photos: ClassVar[bool] = False
    paper: ClassVar[str] = (
        "Blanz and Vetter 1999, A Morphable Model for the Synthesis of 3D Faces, whose "
        "coefficients are searched; the model is the product's own"
    )

    def space(
        self,
        faces: FaceSet | None,
        size: tuple[int, int],
        rng: np.random.Generator,
        *,
        progress: Progress = silent,
    ) -> LatentSpace:
        """Return the space of rendered people.

        Raises:
            InputError: there is no such size: 40 to 256 pixels, neither twice the other.
        """
        del rng, progress
        low, high = sorted(size)
        if low < 40 or high > 256 or high > 2 * low:
            raise InputError(
                "expected 40 to 256 pixels with neither side more than twice the other to render "
                f"at, got {size}; try the generator principal_components"
            )
        return RenderedSpace(size, Framing.of(faces, size))


class Framing:
    """Where faces are in pictures.

    Args:
        landmarks: (5, 2) where the five landmarks usually are.
        spreads: (4,) standard deviations of the logarithm of the scale, of the lean in radians, and
            of the shift to the right and down in pixels.
    """

    def __init__(self, landmarks: Float64Array, spreads: Float64Array) -> None:
        self._landmarks, self._spreads = landmarks, spreads

    @classmethod
    def of(cls, faces: FaceSet | None, size: tuple[int, int]) -> Framing:
        """Return the framing of photos; that which networks expect where they have no landmarks."""
        points = None if faces is None else faces.landmarks
        if points is not None:
            points = points[np.isfinite(points).all(axis=(1, 2))]
        if points is None or len(points) < 2:
            return cls(template(size), np.zeros(4))
        usual = np.median(points, axis=0).astype(np.float64)
        moved = similarity(np.repeat(usual[None], len(points), axis=0), points)
        centre = usual.mean(axis=0)
        shift = moved[:, :, :2] @ centre + moved[:, :, 2] - centre
        scale, lean = _scale_and_lean(moved)
        return cls(usual, np.column_stack([np.log(scale), lean, shift]).std(axis=0))

    def place(self, z: Floats) -> Place:
        """Return what brings a head's landmarks here, off by (4,) in spreads."""
        log_scale, lean, *shift = (self._spreads * z).tolist()
        factor = np.exp(log_scale)
        turn = factor * np.array([[np.cos(lean), -np.sin(lean)], [np.sin(lean), np.cos(lean)]])
        centre = self._landmarks.mean(axis=0)

        def placed(points: Floats) -> Floats:
            matrix: Floats = similarity(points[None], self._landmarks)[0]
            matrix[:, 2] = turn @ (matrix[:, 2] - centre) + centre + shift
            matrix[:, :2] = turn @ matrix[:, :2]
            return matrix

        return placed


class RenderedSpace(LatentSpace):
    """Rendered people; the same latents give the same picture.

    Args:
        size: height and width.
        framing: where faces are.
    """

    def __init__(self, size: tuple[int, int], framing: Framing) -> None:
        self.size = size
        self.dimensions = len(SHAPE) + 1 + UNIFORM - len(UNUSED) + SITTING
        self._framing = framing
        self._portraits = Portraits(size)

    def images(self, latents: FloatArray) -> ImageArray:
        """Return the pictures of latents, which are clipped to where people come from."""
        out = np.empty((len(latents), *self.size, 3), dtype=np.uint8)
        for into, row in zip(out, np.asarray(latents, dtype=np.float64), strict=True):
            parts = iter(np.split(row, _CUTS))
            person = person_of(next(parts), next(parts), next(parts))
            sitting, frame = sitting_of(next(parts)), np.clip(next(parts), -FARTHEST, FARTHEST)
            into[:] = self._portraits.shoot(person, sitting, self._framing.place(frame))
        return out


def person_of(measures: Float64Array, sex: Float64Array, others: Float64Array) -> Person:
    """Return the person with latents: of `SHAPE`, of the sex-typed shape, and of everything else.

    Half of the people are male-typed, and nearly all are clearly one or the other.
    """
    uniform = np.full(UNIFORM, 0.5)
    used = np.setdiff1d(np.arange(UNIFORM), UNUSED)
    uniform[used] = np.minimum(special.ndtr(np.clip(others, -FARTHEST, FARTHEST)), 0.9999)
    male = float(special.ndtr(4 * sex[0]))
    return make_person(np.clip(measures, -MEASURE, MEASURE), male, uniform)


def sitting_of(z: Float64Array) -> Sitting:
    """Return how a person sits for (12,) latents; spreads are those of the source's sessions."""
    z = np.clip(z, -FARTHEST, FARTHEST)
    azimuth, elevation = 0.6 * z[4], 0.55 + 0.3 * z[5]
    contrast = float(np.clip(0.55 + 0.16 * z[6], 0.25, 0.8))
    tint = np.exp(0.09 * z[7] * np.array([1.0, 0.0, -1.0]))
    towards = [
        np.sin(azimuth) * np.cos(elevation),
        -np.sin(elevation),
        np.cos(azimuth) * np.cos(elevation),
    ]
    return Sitting(
        volume=float(np.exp(0.2 * z[0])),
        line=float(0.22 * z[1]),
        part=float(0.4 * z[2]),
        tint=float(np.exp(0.12 * z[3])),
        light=Light(
            np.array(towards, dtype=np.float32),
            (1.35 * contrast * tint).astype(np.float32),
            ((1 - contrast) / np.sqrt(tint)).astype(np.float32),
        ),
        exposure=float(np.exp(0.15 * z[8])),
        yaw=float(10 * z[9]),
        pitch=float(4.7 * z[10]),
        smile=float(np.clip(0.32 + 0.42 * z[11], -0.4, 1.1)),
        lids=1.0,
        brows=0.0,
        background=0.2,
    )


def _scale_and_lean(matrices: npt.NDArray[np.float64]) -> tuple[Float64Array, Float64Array]:
    """Return the scale and the lean in radians of matrices (N, 2, 3)."""
    factor = matrices[:, 0, 0] + 1j * matrices[:, 1, 0]
    return np.abs(factor), np.angle(factor)
