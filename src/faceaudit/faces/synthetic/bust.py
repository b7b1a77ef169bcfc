"""A head with its hair, ready to be photographed in any pose, expression and light."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from faceaudit.faces.synthetic.camera import Poses, cast_rays, sample
from faceaudit.faces.synthetic.features import Expressions, corners, paint_eyes, paint_mouth
from faceaudit.faces.synthetic.head import Head, normals
from faceaudit.faces.synthetic.light import Canvas, Light, shade
from faceaudit.faces.synthetic.skin import Fields, paint_hair, ramp
from faceaudit.faces.synthetic.traits import Floats, Person


@dataclass(frozen=True, eq=False)
class Bust:
    """A person's head with the hair of a day.

    Attributes:
        person, head, fields: whose it is.
        albedo: (3, V, U) linear reflectance without eyes and mouth.
        gloss: (V, U).
        radius: (V, U) relief, hair included, of the closed mouth.
        reach: the innermost and the outermost relief, whatever the mouth does.
        normal: (3, V, U) unit normals.
        occlusion: (V, U) share of ambient light that arrives.
        cover: alpha (V, U), colour (3, V, U) and gloss of what lies over skin, hair and mouth.
    """

    person: Person
    head: Head
    fields: Fields
    albedo: Floats
    gloss: Floats
    radius: Floats
    reach: tuple[float, float]
    normal: Floats
    occlusion: Floats
    cover: tuple[Floats, Floats, float] | None = None

    def photograph(
        self, canvas: Canvas, faces: Expressions, poses: Poses, light: Light, size: tuple[int, int]
    ) -> tuple[Floats, Floats]:
        """Return linear colours (B, H, W, 3) and coverage (B, H, W) of B photos of the head.

        Args:
            canvas: of B photos or more, which are worked out in it.
            faces: B expressions.
            poses: B poses.
            light: of all of them.
            size: height and width.
        """
        count = len(faces.smile)
        albedo, gloss, radius = canvas.albedo[:count], canvas.gloss[:count], canvas.radius[:count]
        albedo[:] = self.albedo
        gloss[:] = self.gloss
        paint_eyes(albedo, gloss, self.person, self.head, self.fields, faces)
        paint_mouth(albedo, gloss, self.person, self.head, faces)
        if self.cover is not None:
            alpha, colour, shine = self.cover
            albedo += (colour - albedo) * alpha
            gloss += (np.float32(shine) - gloss) * alpha
        np.multiply(faces.opening[:, None, None], self.head.jaw, out=radius)
        radius += self.radius
        lit = shade(canvas, light, self.normal, self.occlusion, poses.rotation)
        lookup, coverage = cast_rays(radius, poses, size, self.reach)
        return sample(lit, lookup), coverage


def make_bust(
    person: Person,
    head: Head,
    fields: Fields,
    skin: tuple[Floats, Floats],
    look: Mapping[str, float],
) -> Bust:
    """Return a head with hair on it.

    Args:
        person: whose head it is.
        head: their surface.
        fields: their textures.
        skin: albedo (3, V, U) and gloss (V, U) of the shaved head.
        look: what a day changes, see `paint_hair`.
    """
    cover, colour, thickness = paint_hair(person, head, fields, look)
    radius = head.radius + thickness / 9.0
    return Bust(
        person,
        head,
        fields,
        albedo=skin[0] + (colour - skin[0]) * cover,
        gloss=skin[1] * (1 - cover) + 0.35 * cover,
        radius=radius,
        # Of the person and not of the photos in hand, which may be more or fewer another time.
        reach=(
            float(min(radius.min(), (radius + head.jaw).min())),
            float(max(radius.max(), (radius + head.jaw).max())),
        ),
        normal=normals(head.points * (radius / head.radius)),
        occlusion=head.occlusion * (1 - 0.25 * cover * ramp(thickness, 1.0)),
    )


def landmark_points(person: Person, head: Head, faces: Expressions) -> Floats:
    """Return the five landmarks (B, 5, 3) of B expressions, in the head's centimetres."""
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
    z = head.surface.front(x, y)
    points = np.stack([x, y, z], axis=-1).astype(np.float32)
    # An open jaw moves the surface along its rays, and the mouth's corners with it.
    points *= 1 + faces.opening[:, None, None] * head.give(points)[..., None]
    return points.astype(np.float32)
