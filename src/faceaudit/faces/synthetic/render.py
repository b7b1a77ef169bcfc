"""Rendering, from a person, a session and expressions to photos with exact landmarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.deferred import deferred
from faceaudit.faces.synthetic.camera import (
    Poses,
    cast_rays,
    jpeg,
    project,
    rotations,
    sample,
    soften,
)
from faceaudit.faces.synthetic.features import Expressions, corners, paint_eyes, paint_mouth
from faceaudit.faces.synthetic.head import build_head, normals, texels
from faceaudit.faces.synthetic.light import Canvas, draw_light, shade
from faceaudit.faces.synthetic.scene import (
    BODY,
    FRAME,
    Glasses,
    paint_background,
    paint_body,
    paint_glasses,
)
from faceaudit.faces.synthetic.skin import draw_fields, paint_hair, paint_skin, ramp
from faceaudit.faces.synthetic.traits import Floats, Person, draw_person, stream
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    import cv2
else:
    cv2 = deferred("cv2")

SMALL = 80
DRAWS = 20


@dataclass(frozen=True, eq=False)
class RenderedPhotos:
    """Rendered photos of one session: images (B, H, W, 3), landmarks (B, 5, 2)."""

    images: ImageArray
    landmarks: Floats
    glasses: bool


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
        draws = stream(seed, 3, person, session).standard_normal((photos, DRAWS))
        frames = np.clip(draws, -2.5, 2.5).astype(np.float32)
        starts = range(0, photos, self.block)
        parts = [look.render(frames[start : start + self.block]) for start in starts]
        return RenderedPhotos(
            np.concatenate([images for images, _ in parts]),
            np.concatenate([points for _, points in parts]),
            look.glasses is not None,
        )


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
        cover, colour, thickness = paint_hair(person, head, studio.fields, look)
        self.albedo = studio.skin + (colour - studio.skin) * cover
        self.gloss = studio.gloss * (1 - cover) + 0.35 * cover
        self.radius = head.radius + thickness / 9.0
        # Of the session and not of the photos in hand, which may be more or fewer another time.
        self.reach = (
            float(min(self.radius.min(), (self.radius + head.jaw).min())),
            float(max(self.radius.max(), (self.radius + head.jaw).max())),
        )
        points = head.points * (self.radius / head.radius)
        self.normal = normals(points)
        self.occlusion = head.occlusion * (1 - 0.25 * cover * ramp(thickness, 1.0))
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

    def render(self, z: Floats) -> tuple[ImageArray, Floats]:
        """Return images (B, H, W, 3) and landmarks (B, 5, 2) from draws (B, DRAWS)."""
        studio = self.studio
        faces, poses = self._make_expressions(z), self._make_poses(z)
        count = len(z)
        canvas = studio.canvas
        albedo, gloss, radius = canvas.albedo[:count], canvas.gloss[:count], canvas.radius[:count]
        albedo[:] = self.albedo
        gloss[:] = self.gloss
        paint_eyes(albedo, gloss, studio.person, studio.head, studio.fields, faces)
        paint_mouth(albedo, gloss, studio.person, studio.head, faces)
        np.multiply(faces.opening[:, None, None], studio.head.jaw, out=radius)
        radius += self.radius
        lit = shade(canvas, self.light, self.normal, self.occlusion, poses.rotation)
        lookup, coverage = cast_rays(radius, poses, studio.size, self.reach)
        face = sample(lit, lookup)
        images = self._paint_surroundings(z, poses)
        images += coverage[..., None] * (face - images)
        if self.glasses is not None:
            self._over(images, self.glasses.plate, FRAME, poses, self.glasses.depth)
        return self._develop_photos(images, z), self._project_landmarks(faces, poses)

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
        scale = min(height / 22.0, width / 18.6) * (1 + 0.035 * vary * z[:, 7])
        yaw = _within(self.yaw + 8 * vary * z[:, 8], 22 * vary)
        pitch = _within(self.pitch + 4 * vary * z[:, 9], 12 * vary)
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
        self._over(images, self.body * np.append(light, np.float32(1)), BODY, poses, -2.0)
        return images

    def _over(
        self,
        images: Floats,
        plate: Floats,
        extent: tuple[float, float, float, float],
        poses: Poses,
        depth: float,
    ) -> None:
        """Lay a flat plate at z = `depth` of the head over the images, in place."""
        height, width = images.shape[1:3]
        left, top, right, bottom = extent
        per_x = (right - left) / plate.shape[1]
        per_y = (bottom - top) / plate.shape[0]
        # The body leans with the head a little, but does not turn with it.
        turn = poses.rotation[:, :2, :2] if depth > 0 else np.eye(2, dtype=np.float32)[None]
        turn = turn * poses.scale[:, None, None]
        corner = np.array([left + 0.5 * per_x, top + 0.5 * per_y])
        away = poses.rotation[:, :2, 2] * poses.scale[:, None] * np.float32(depth)
        origin = turn[..., 0] * corner[0] + turn[..., 1] * corner[1] + away + poses.shift
        place = np.concatenate([turn * np.array([per_x, per_y]), origin[..., None]], axis=2)
        for image, matrix in zip(images, place, strict=True):
            over = cv2.warpAffine(plate, matrix, (width, height), flags=cv2.INTER_LINEAR)
            np.multiply(image, 1 - over[..., 3:], out=image)
            np.add(image, over[..., :3], out=image)

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

    def _project_landmarks(self, faces: Expressions, poses: Poses) -> Floats:
        person = self.studio.person
        s = person.shape
        count = len(faces.smile)
        corner = corners(person, faces)
        x = np.empty((count, 5))
        y = np.empty((count, 5))
        x[:, 0], x[:, 1], x[:, 2] = -s["eye_gap"], s["eye_gap"], 0.0
        y[:, :2] = s["eye_line"]
        y[:, 2] = s["nose_length"]
        x[:, 3], x[:, 4] = -corner[:, 0], corner[:, 0]
        y[:, 3] = y[:, 4] = corner[:, 1]
        z = self.studio.head.surface.front(x, y)
        points = np.stack([x, y, z], axis=-1).astype(np.float32)
        # An open jaw moves the surface along its rays, and the mouth's corners with it.
        points *= 1 + faces.opening[:, None, None] * self.studio.head.give(points)[..., None]
        return project(points.astype(np.float32), poses)


def _within(angle: Floats, limit: float) -> Floats:
    """Return angles in radians, bent so that none passes `limit` degrees."""
    soft = max(limit, 1e-6)
    bent: Floats = np.radians(soft * np.tanh(angle / soft)).astype(np.float32)
    return bent
