"""Rendering, from a person, a session and expressions to photos with exact landmarks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.faces.synthetic.bust import landmark_points, make_bust
from faceaudit.faces.synthetic.camera import Poses, jpeg, project, rotations, soften
from faceaudit.faces.synthetic.features import Expressions
from faceaudit.faces.synthetic.head import build_head, texels
from faceaudit.faces.synthetic.light import Canvas, Light, draw_light
from faceaudit.faces.synthetic.scene import (
    BODY,
    FRAME,
    Glasses,
    lay_plate,
    paint_background,
    paint_body,
    paint_glasses,
)
from faceaudit.faces.synthetic.skin import draw_fields, paint_skin
from faceaudit.faces.synthetic.traits import Floats, Person, draw_person, stream
from faceaudit.faces.synthetic.worn import Plate, Worn, dress, lay_plates, tint_light
from faceaudit.types import ImageArray

SMALL = 80
DRAWS = 20


@dataclass(frozen=True, eq=False)
class RenderedPhotos:
    """Rendered photos of one session: images (B, H, W, 3), landmarks (B, 5, 2)."""

    images: ImageArray
    landmarks: Floats
    glasses: bool


@dataclass(frozen=True)
class Stage:
    """Conditions of photos that are set instead of drawn.

    Attributes:
        yaw, pitch: of the head in degrees; None leaves them to the session and the photo.
        light: of all photos; None leaves it to the session.
    """

    yaw: float | None = None
    pitch: float | None = None
    light: Light | None = None


class Studio:
    """Everything of a person that does not change from photo to photo, at one size.

    Args:
        seed: the source's seed.
        person: index of the person.
        size: height and width of the photos.
        glasses: share of people who wear glasses.
        variation: how much light, pose and camera vary; 1 is usual.
    """

    def __init__(
        self, seed: int, person: int, size: tuple[int, int], *, glasses: float, variation: float
    ) -> None:
        self.person: Person = draw_person(seed, person, glasses=glasses)
        self.size = size
        self.variation = variation
        self._entropy = (seed, person)
        self._shape = texels(size)
        # As much as the processor's cache holds; few and large steps where photos are small.
        self.block = 16 if max(size) <= SMALL else 8
        self.head = build_head(self.person, self._shape)
        self.fields = draw_fields(self.person, self._shape)
        self.skin, self.gloss = paint_skin(self.person, self.head, self.fields)
        self.canvas = Canvas(self.block, self._shape)

    def shoot(self, session: int, photos: int) -> RenderedPhotos:
        """Return the first `photos` photos of a session."""
        seed, person = self._entropy
        look = _Session(self, stream(seed, 2, person, session))
        frames = self._frames(session, photos)
        starts = range(0, photos, self.block)
        parts = [look.render(frames[start : start + self.block]) for start in starts]
        return RenderedPhotos(
            np.concatenate([images for images, _ in parts]),
            np.concatenate([points for _, points in parts]),
            look.glasses is not None,
        )

    def reshoot(
        self,
        session: int,
        photos: Sequence[int],
        *,
        worn: Worn | None = None,
        stage: Stage | None = None,
    ) -> RenderedPhotos:
        """Return some photos of a session, by number, as they are or changed in one thing.

        Everything that is not changed is as in the photo of that number: expression, background,
        clothes, hair, camera, and light and pose where `stage` does not set them. Each is rendered
        alone, so that it does not matter which others are asked for; from `shoot`, which renders
        several at once, one in some hundred values differs by a grey level, as sums are rounded.

        Args:
            session: index of the session.
            photos: indices of photos in it.
            worn: what the person carries on all of them.
            stage: conditions that are set.
        """
        seed, person = self._entropy
        look = _Session(self, stream(seed, 2, person, session))
        look.change(worn, stage)
        frames = self._frames(session, max(photos) + 1)
        parts = [look.render(frames[photo : photo + 1]) for photo in photos]
        return RenderedPhotos(
            np.concatenate([images for images, _ in parts]),
            np.concatenate([points for _, points in parts]),
            look.glasses is not None,
        )

    def _frames(self, session: int, photos: int) -> Floats:
        """Return what changes from photo to photo, (photos, DRAWS), of a session."""
        seed, person = self._entropy
        draws = stream(seed, 3, person, session).standard_normal((photos, DRAWS))
        return np.clip(draws, -2.5, 2.5).astype(np.float32)


class _Session:
    """One session: its light, background, clothes, hair of the day and camera."""

    def __init__(self, studio: Studio, rng: np.random.Generator) -> None:
        self.studio = studio
        person, head, size = studio.person, studio.head, studio.size
        vary = studio.variation
        look = {
            "volume": float(np.exp(0.2 * vary * rng.standard_normal())),
            "line": float(0.22 * vary * rng.standard_normal()),
            "part": float(0.4 * vary * rng.standard_normal()),
            "tint": float(np.exp(0.12 * vary * rng.standard_normal())),
        }
        self.bust = make_bust(person, head, studio.fields, (studio.skin, studio.gloss), look)
        self.background = paint_background(rng, size)
        self.body = paint_body(person, rng, look, round(1.3 * max(size)))
        # Drawn for everyone: what comes after it must not depend on who wears glasses.
        wears = rng.random() < 0.85 and person.glasses
        eye = np.array([[person.shape["eye_gap"]], [person.shape["eye_line"]]], dtype=np.float32)
        z = float(head.surface.front(eye[0], eye[1])[0])
        self.glasses: Glasses | None = None
        if wears:
            self.glasses = paint_glasses(person, z + 1.5, max(size))
        self.light = draw_light(rng, vary)
        # A camera's metering takes back a part of the skin's tone.
        metered = (0.28 / float(person.skin.mean())) ** 0.22
        self.exposure = float(metered * np.exp(0.14 * vary * rng.standard_normal()))
        self.yaw = float(6 * vary * rng.standard_normal())
        self.pitch = float(2.5 * vary * rng.standard_normal())
        self.blur = float(np.abs(0.05 * vary * rng.standard_normal()))
        self.noise = float(0.005 + 0.010 * vary * rng.random())
        self.quality = int(rng.integers(72, 96))
        self.grain = rng.standard_normal((2 * size[0], 2 * size[1], 3)).astype(np.float32)
        self.plates: tuple[Plate, ...] = ()
        self.stage = Stage()

    def change(self, worn: Worn | None, stage: Stage | None) -> None:
        """Set what the person carries and the conditions; nothing is drawn."""
        if stage is not None:
            self.stage = stage
            self.light = stage.light or self.light
        if worn is not None:
            person, head = self.studio.person, self.studio.head
            self.bust = dress(self.bust, worn)
            self.light = tint_light(self.light, worn)
            self.plates = () if worn.plates is None else worn.plates(person, head)
            self.glasses = None if worn.replaces_glasses else self.glasses

    def render(self, z: Floats) -> tuple[ImageArray, Floats]:
        """Return images (B, H, W, 3) and landmarks (B, 5, 2) from draws (B, DRAWS)."""
        studio = self.studio
        faces, poses = self._make_expressions(z), self._make_poses(z)
        face, coverage = self.bust.photograph(studio.canvas, faces, poses, self.light, studio.size)
        images = self._paint_surroundings(z, poses)
        images += coverage[..., None] * (face - images)
        if self.glasses is not None:
            lay_plate(images, self.glasses.plate, FRAME, poses, self.glasses.depth)
        lay_plates(images, self.plates, poses, self.light)
        points = landmark_points(studio.person, studio.head, faces)
        return self._develop_photos(images, z), project(points, poses)

    def _make_expressions(self, z: Floats) -> Expressions:
        vary = min(self.studio.variation, 1.5)
        return Expressions(
            smile=np.clip(0.32 + 0.42 * vary * z[:, 0], -0.4, 1.1),
            opening=np.clip(0.45 * vary * z[:, 1] - 0.25, 0, 0.8),
            lids=np.clip(1 + 0.14 * vary * z[:, 2] - (z[:, 3] > 2.1), 0.12, 1.2),
            brows=0.14 * vary * z[:, 4],
            gaze=0.13 * vary * z[:, 5:7] * np.array([1.0, 0.45], dtype=np.float32),
        )

    def _make_poses(self, z: Floats) -> Poses:
        vary = self.studio.variation
        height, width = self.studio.size
        scale = head_scale(self.studio.size) * (1 + 0.035 * vary * z[:, 7])
        yaw = _within(self.yaw + 8 * vary * z[:, 8], 22 * vary)
        pitch = _within(self.pitch + 4 * vary * z[:, 9], 12 * vary)
        if self.stage.yaw is not None:
            yaw = np.full_like(yaw, np.radians(self.stage.yaw))
        if self.stage.pitch is not None:
            pitch = np.full_like(pitch, np.radians(self.stage.pitch))
        rotation = rotations(yaw, pitch, np.radians(3.5 * vary * z[:, 10]))
        middle = np.array([[[0.0, 2.4, 6.5]]], dtype=np.float32).repeat(len(z), axis=0)
        centre = np.array([(width - 1) / 2, (height - 1) / 2], dtype=np.float32)
        jitter = 0.35 * vary * z[:, 11:13] * scale[:, None]
        free = Poses(rotation, scale.astype(np.float32), np.zeros((len(z), 2), np.float32))
        shift = centre + jitter - project(middle, free)[:, 0]
        return Poses(rotation, free.scale, shift.astype(np.float32))

    def _paint_surroundings(self, z: Floats, poses: Poses) -> Floats:
        height, width = self.studio.size
        rows, columns = self.background.shape[0] - height, self.background.shape[1] - width
        top = np.clip(np.round((z[:, 13] * 0.12 + 0.5) * rows), 0, rows).astype(int)
        left = np.clip(np.round((z[:, 14] * 0.12 + 0.5) * columns), 0, columns).astype(int)
        images = np.stack(
            [self.background[i : i + height, j : j + width] for i, j in zip(top, left, strict=True)]
        )
        light = self.light.lamp * np.float32(0.7) + self.light.sky
        lay_plate(images, self.body * np.append(light, np.float32(1)), BODY, poses, -2.0)
        return images

    def _develop_photos(self, images: Floats, z: Floats) -> ImageArray:
        """Return what the camera stores: exposure, blur, noise, 8 bits and JPEG."""
        vary = self.studio.variation
        gain = 1.25 * self.exposure * np.exp(0.06 * vary * z[:, 15])
        images *= gain.astype(np.float32)[:, None, None, None]
        np.maximum(images, 0, out=images)
        np.sqrt(images, out=images)
        images = soften(images, np.clip(self.blur + 0.03 * vary * np.abs(z[:, 16]), 0, 0.25))
        height, width = self.studio.size
        top = ((z[:, 17] * 0.19 + 0.5) * height).astype(int)
        left = ((z[:, 18] * 0.19 + 0.5) * width).astype(int)
        for image, i, j in zip(images, top, left, strict=True):
            np.add(image, self.noise * self.grain[i : i + height, j : j + width], out=image)
        images *= 255
        images += 0.5
        np.clip(images, 0, 255, out=images)
        stored = images.astype(np.uint8)
        return jpeg(stored, self.quality)


def head_scale(size: tuple[int, int]) -> float:
    """Return how many pixels a centimetre of a head takes in photos of `size` (height, width)."""
    return min(size[0] / 22.0, size[1] / 18.6)


def _within(angle: Floats, limit: float) -> Floats:
    """Return angles in radians, bent so that none passes `limit` degrees."""
    soft = max(limit, 1e-6)
    bent: Floats = np.radians(soft * np.tanh(angle / soft)).astype(np.float32)
    return bent
