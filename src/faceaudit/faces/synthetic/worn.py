"""What a head can carry beside its own looks: something on the skin, before the face, or a light.

An object is a `Worn`: a cover, which lies on the surface of the head and turns, hides and takes
light with it; plates, flat pictures that stand before the head; a tint of the lamp; or several of
these. `faceaudit.faces.synthetic.objects` draws those that are built in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.faces.synthetic.bust import Bust
from faceaudit.faces.synthetic.camera import Poses
from faceaudit.faces.synthetic.head import Head, normals
from faceaudit.faces.synthetic.light import Light
from faceaudit.faces.synthetic.scene import lay_plate
from faceaudit.faces.synthetic.traits import Floats, Person

SKY_SHARE = 0.5
"""How much of a coloured lamp's tint its reflections give to the light from everywhere."""


@dataclass(frozen=True, eq=False)
class Cover:
    """Something that lies on the head's surface.

    Attributes:
        alpha: (V, U) share of the surface that it hides, 0 to 1.
        colour: (3, V, U) linear reflectance.
        gloss: of it.
        thickness: (V, U) centimetres by which it stands out.
    """

    alpha: Floats
    colour: Floats
    gloss: float
    thickness: Floats


@dataclass(frozen=True, eq=False)
class Plate:
    """A flat picture before the head.

    Attributes:
        texture: (T, T', 4) linear colours, premultiplied, and alpha.
        extent: left, top, right, bottom in the head's centimetres.
        depth: z of it, above 0.
    """

    texture: Floats
    extent: tuple[float, float, float, float]
    depth: float


@dataclass(frozen=True)
class Worn:
    """An object on a head, or a light on it.

    Attributes:
        name: what it is called.
        cover: makes what lies on the surface, for a person and their head; None for nothing.
        plates: makes what stands before the head, from back to front.
        lamp: linear red, green and blue by which the lamp's light is multiplied.
        replaces_glasses: whether glasses that are worn by choice are taken off for it.
    """

    name: str
    cover: Callable[[Person, Head], Cover] | None = None
    plates: Callable[[Person, Head], tuple[Plate, ...]] | None = None
    lamp: tuple[float, float, float] | None = None
    replaces_glasses: bool = False


def dress(bust: Bust, worn: Worn) -> Bust:
    """Return the bust with what lies on its surface; expressions stay as they are."""
    if worn.cover is None:
        return bust
    cover = worn.cover(bust.person, bust.head)
    radius = (bust.radius + cover.thickness / 9.0).astype(np.float32)
    return replace(
        bust,
        radius=radius,
        reach=(bust.reach[0], bust.reach[1] + float(cover.thickness.max()) / 9.0),
        normal=normals(bust.head.points * (radius / bust.head.radius)),
        cover=(cover.alpha, cover.colour, cover.gloss),
    )


def tint_light(light: Light, worn: Worn) -> Light:
    """Return the light with the object's colour; the sky takes a part of it."""
    if worn.lamp is None:
        return light
    tint = np.asarray(worn.lamp, dtype=np.float32)
    share = np.float32(SKY_SHARE)
    return replace(light, lamp=light.lamp * tint, sky=light.sky * (1 - share + share * tint))


def lay_plates(images: Floats, plates: tuple[Plate, ...], poses: Poses, light: Light) -> None:
    """Lay plates over linear images (B, H, W, 3), lit like the neck and clothes, in place."""
    lit = np.append(light.lamp * np.float32(0.7) + light.sky, np.float32(1))
    for plate in plates:
        lay_plate(images, plate.texture * lit, plate.extent, poses, plate.depth)
