"""Traits of rendered people, and what changes from session to session and photo to photo.

Lengths are in centimetres; x runs to the image's right, y down, z towards the camera, and the
origin is the middle of the head at the height of the eyes. The adult averages follow published
anthropometry (Farkas 1994) to within a few millimetres; the spreads are wider than nature's, as a
thumbnail loses most of what tells two real people apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

# Float arrays: single precision wherever photos are rendered, double where people are drawn.
Floats = npt.NDArray[Any]

# name: (female mean, male mean, spread)
SHAPE: Mapping[str, tuple[float, float, float]] = {
    "skull_width": (0.0, 0.12, 0.30),
    "forehead_height": (0.0, 0.1, 0.45),
    "forehead_slope": (0.0, 0.35, 0.35),
    "face_width": (-0.1, 0.1, 0.34),
    "cheekbone": (0.42, 0.3, 0.26),
    "cheek": (0.0, -0.12, 0.38),
    "jaw_width": (-0.32, 0.32, 0.50),
    "chin_width": (-0.25, 0.35, 0.45),
    "chin_length": (-0.30, 0.35, 0.48),
    "chin_depth": (0.1, 0.3, 0.32),
    "brow_ridge": (0.05, 0.45, 0.16),
    "eye_gap": (3.12, 3.22, 0.22),
    "eye_width": (1.50, 1.48, 0.14),
    "eye_height": (0.70, 0.64, 0.10),
    "eye_tilt": (0.10, 0.04, 0.11),
    "eye_depth": (0.55, 0.75, 0.20),
    "eye_line": (0.0, 0.05, 0.16),
    "lid_crease": (0.30, 0.24, 0.13),
    "brow_height": (1.75, 1.45, 0.24),
    "brow_thickness": (0.24, 0.36, 0.09),
    "brow_arch": (0.34, 0.16, 0.18),
    "brow_tilt": (0.05, 0.0, 0.16),
    "brow_density": (0.68, 0.85, 0.15),
    "brow_inner": (1.15, 1.0, 0.25),
    "nose_length": (3.75, 4.05, 0.34),
    "nose_width": (1.22, 1.40, 0.20),
    "nose_height": (2.0, 2.3, 0.28),
    "nose_bridge": (0.85, 1.15, 0.28),
    "nose_bridge_width": (0.66, 0.74, 0.11),
    "nose_tip": (0.0, 0.0, 0.28),
    "mouth_line": (7.0, 7.25, 0.30),
    "mouth_width": (2.40, 2.60, 0.22),
    "upper_lip": (0.62, 0.50, 0.17),
    "lower_lip": (0.80, 0.68, 0.18),
    "lip_colour": (0.85, 0.50, 0.20),
    "cupid": (0.14, 0.10, 0.08),
    "mouth_slant": (0.0, -0.04, 0.14),
    "ear_size": (0.85, 1.0, 0.25),
    "redness": (0.35, 0.4, 0.25),
    "freckles": (-0.6, -0.7, 0.7),
    "mottling": (0.35, 0.4, 0.16),
    "eye_bags": (0.25, 0.3, 0.22),
    "gloss": (0.30, 0.34, 0.12),
}

# Six skin tone groups from lightest to deepest, hair and iris colours: sRGB-like, gamma 2.
SKIN = (
    np.array(
        [
            [238, 203, 184],
            [228, 184, 156],
            [208, 157, 122],
            [176, 122, 88],
            [130, 86, 62],
            [88, 58, 46],
        ],
        dtype=np.float64,
    )
    / 255.0
)
HAIR = (
    np.array(
        [
            [28, 24, 23],
            [52, 38, 30],
            [84, 58, 40],
            [122, 88, 56],
            [186, 150, 96],
            [128, 62, 34],
            [150, 148, 146],
        ],
        dtype=np.float64,
    )
    / 255.0
)
IRIS = (
    np.array(
        [[46, 28, 18], [84, 54, 30], [106, 92, 50], [74, 98, 92], [84, 112, 140]],
        dtype=np.float64,
    )
    / 255.0
)

AGE_GROUPS = (30, 45, 60)
UNIFORM = 24
"""Numbers from 0 to 1 that tell people apart beside their `SHAPE`."""
BEARDS = ("none", "stubble", "moustache", "goatee", "full")


@dataclass(frozen=True, eq=False)
class Person:
    """A person who does not exist.

    Attributes:
        shape: centimetres and shares by name, see `SHAPE`.
        sex: 0 female-typed shape, 1 male-typed shape.
        age: years, 18 to 76.
        tone: skin tone on a scale from 0 (lightest) to 5 (deepest).
        beard: index into `BEARDS`.
        glasses: whether glasses are worn, by choice, in most sessions.
        skin, hair, iris, lips: (3,) linear reflectance.
        style: the haircut's centimetres and shares by name.
        frame: centimetres and shares of the glasses, whether or not they are worn.
        moles: (M, 4) x, y, radius, strength.
        seed: entropy for what is drawn on the skin.
    """

    shape: Mapping[str, float]
    sex: int
    age: float
    tone: float
    beard: int
    glasses: bool
    skin: Floats
    hair: Floats
    iris: Floats
    lips: Floats
    style: Mapping[str, float]
    frame: Mapping[str, float]
    moles: Floats
    seed: tuple[int, ...]

    @property
    def age_group(self) -> int:
        """0 below 30 years, 1 below 45, 2 below 60, 3 from there on."""
        return sum(self.age >= limit for limit in AGE_GROUPS)

    @property
    def skin_tone(self) -> int:
        """0 (lightest) to 5 (deepest)."""
        return round(self.tone)


def stream(*entropy: int) -> np.random.Generator:
    """Return a random stream that depends on `entropy` alone (Salmon et al. 2011, Philox)."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(entropy)))


def draw_person(seed: int, person: int, *, glasses: float) -> Person:
    """Return the look of one person; it depends on (seed, person) and the share of glasses.

    Args:
        seed: the source's seed.
        person: index of the person.
        glasses: share of people who wear glasses.
    """
    rng = stream(seed, 0, person)
    z = np.clip(rng.standard_normal(len(SHAPE)), -1.8, 1.8)
    uniform = rng.random(UNIFORM)
    spots = int(3 + 7 * uniform[12])
    moles = np.stack(
        [
            rng.uniform(-5.2, 5.2, 12),
            rng.uniform(-5.5, 10.5, 12),
            rng.uniform(0.10, 0.26, 12),
            rng.uniform(0.25, 0.75, 12),
        ],
        axis=1,
    )[:spots]
    frame = {
        "width": 2.35 + 0.7 * rng.random(),
        "height": 1.45 + 0.75 * rng.random(),
        "round": 2.2 + 4 * rng.random(),
        "rim": 0.12 + 0.26 * rng.random(),
        "dark": 0.02 + 0.28 * rng.random() ** 2,
        "warm": rng.random(),
    }
    return make_person(
        z,
        person % 2,
        uniform,
        glasses=bool(uniform[13] < glasses),
        moles=moles,
        frame=frame,
        seed=(seed, 1, person),
    )


def make_person(
    z: Floats,
    male: float,
    uniform: Floats,
    *,
    glasses: bool = False,
    moles: Floats | None = None,
    frame: Mapping[str, float] | None = None,
    seed: tuple[int, ...] = (),
) -> Person:
    """Return the person with given traits.

    Args:
        z: a value a measure of `SHAPE`, in spreads from its mean.
        male: how male-typed the shape is, 0 to 1; beards and haircuts go by which it is nearer to.
        uniform: (`UNIFORM`,) 0 to 1, what else tells people apart: age, tone, three tints of the
            skin, four of the hair, two of the iris, beard, two that are not used here, and ten of
            the haircut.
        glasses: whether glasses are worn, by choice.
        moles: (M, 4) x, y, radius, strength; none where None.
        frame: centimetres and shares of the glasses; only people without any may lack them.
        seed: entropy for what is drawn on the skin.
    """
    sex = int(male >= 0.5)
    age = float(18 + 58 * uniform[0] ** 1.6)
    old = float(np.clip((age - 30) / 45, 0, 1))
    shape = {
        name: float(female * (1 - male) + other * male + spread * value)
        for (name, (female, other, spread)), value in zip(SHAPE.items(), z, strict=True)
    }
    shape["upper_lip"] *= 1 - 0.3 * old
    shape["lower_lip"] *= 1 - 0.2 * old
    shape["nose_length"] += 0.25 * old
    shape["eye_bags"] += 0.5 * old
    shape["age"] = old
    tone = float(np.clip(5.98 * uniform[1] - 0.49, 0, 5))
    shade = SKIN[int(tone)] * (1 - tone % 1) + SKIN[min(int(tone) + 1, 5)] * (tone % 1)
    shade = shade + 0.12 * (shade.mean() - shade)
    skin = shade * (1 + 0.05 * (uniform[2:5] - 0.5))
    hair = _choose_hair_colour(tone, age, uniform[5:9])
    iris = IRIS[0 if tone > 3 else int(uniform[9] * 5)] * (0.8 + 0.4 * uniform[10])
    rose = shade * np.array([0.92, 0.50, 0.52]) + np.array([0.04, 0.0, 0.01])
    red = float(np.clip(shape["lip_colour"], 0, 1.1))
    lips = shade * (0.88 - 0.62 * red) + rose * 0.66 * red
    return Person(
        shape=shape,
        sex=sex,
        age=age,
        tone=tone,
        beard=_choose_beard(sex, uniform[11]),
        glasses=glasses,
        skin=np.square(skin).astype(np.float32),
        hair=np.square(hair).astype(np.float32),
        iris=np.square(iris).astype(np.float32),
        lips=np.square(lips).astype(np.float32),
        style=_choose_haircut(sex, old, uniform[14:24]),
        frame=frame or {},
        moles=(np.empty((0, 4)) if moles is None else moles).astype(np.float32),
        seed=seed,
    )


def _choose_hair_colour(tone: float, age: float, uniform: Floats) -> Floats:
    """Return gamma-coded hair colour: dark on deeper skin, greying with age."""
    weights = (
        np.array([0.2, 0.26, 0.22, 0.14, 0.12, 0.06])
        if tone < 2
        else np.array([0.45, 0.35, 0.15, 0.04, 0.0, 0.01])
        if tone < 3.3
        else np.array([0.8, 0.18, 0.02, 0.0, 0.0, 0.0])
    )
    colour = HAIR[int(np.searchsorted(np.cumsum(weights), uniform[0] * 0.999))]
    grey = float(np.clip((age - 42 - 16 * uniform[1]) / 22, 0, 0.95))
    mixed = colour * (1 - grey) + HAIR[6] * (0.8 + 0.5 * uniform[2]) * grey
    return np.asarray(mixed * (0.85 + 0.3 * uniform[3]))


def _choose_beard(sex: int, uniform: float) -> int:
    if sex == 0:
        return 0
    return int(np.searchsorted([0.36, 0.58, 0.69, 0.81], uniform))


def _choose_haircut(sex: int, old: float, uniform: Floats) -> dict[str, float]:
    """Return hairline, volume, fringe, sides and length of a haircut."""
    u = [float(value) for value in uniform]
    style = {
        "hairline": -6.3 - 1.5 * u[0],
        "recession": (0.3 + 2.6 * u[1] * (0.3 + old)) if sex else 0.5 * u[1],
        "top": 0.3 + 1.5 * u[2],
        "sides": 0.15 + 0.5 * u[3],
        "low": 0.5 + 2.0 * u[4],
        "forward": 3.4 + 1.0 * u[5],
        "length": 0.0,
        "fringe": 0.0,
        "part": (u[6] - 0.5) * 2,
        "curl": u[7] ** 2,
        "cover": 1.0,
    }
    if sex:
        if u[8] < 0.08 + 0.16 * old:
            style |= {"hairline": -12.5, "top": 0.1, "sides": 0.1, "low": 0.3, "cover": 0.75}
            if u[9] < 0.5:
                style["cover"] = 0.0
        elif u[8] < 0.34:
            style |= {"top": 0.22, "sides": 0.1, "cover": 0.85}
        elif u[8] > 0.92:
            style |= {"length": 6.0 + 6 * u[9], "sides": 0.9, "forward": 3.8}
        elif u[9] > 0.7:
            style["fringe"] = 1.0 + 1.8 * u[3]
        return style
    style |= {"top": 0.7 + 1.0 * u[2], "sides": 0.5 + 0.6 * u[3]}
    if u[8] < 0.55:
        style |= {"length": 12.0 + 8 * u[9], "low": 13.0, "forward": 3.4 + 1.5 * u[5]}
    elif u[8] < 0.82:
        style |= {"length": 6.0 + 5 * u[9], "low": 9.0, "forward": 3.6 + 1.5 * u[5], "sides": 1.0}
    else:
        style |= {"sides": 0.35, "low": 0.0, "forward": 3.6}
    if u[4] > 0.66:
        style["fringe"] = 1.6 + 2.0 * u[3]
    return style
