"""Keys put on whole photos, in which faces are then looked for: what systems are shown of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from faceaudit.attacks.backdoor import BackdoorAttack, Role
from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.audit.common.capture import PutOn, capture_photos
from faceaudit.types import BoolArray, FaceSet, FloatArray, ImageArray, IntArray


@dataclass(frozen=True, eq=False)
class Placed:
    """Photos with a key on them, as systems are shown them.

    Attributes:
        shown: the photos; black ones stand where no face was found.
        found: (N,) whether a face was found; everywhere where keys are put on aligned faces.
    """

    shown: FaceSet
    found: BoolArray


def place_poison(scenario: BackdoorScenario, attack: BackdoorAttack, rows: IntArray) -> FaceSet:
    """Return poison samples; those in which no face is found any more are left out of the set.

    Args:
        scenario: the faces, the target and where keys are put.
        attack: whose samples.
        rows: of the photos that they are made from.
    """
    drawn = [scenario.seed, 2]
    rng = np.random.default_rng(drawn)
    samples = attack.poison(scenario.faces, rows, scenario.target_identity, rng)
    (placed,) = _place(scenario, [attack], [samples], rows, Role.POISON, drawn)
    return placed.shown.take(np.flatnonzero(placed.found))


def place_instances(
    scenario: BackdoorScenario,
    attacks: Sequence[BackdoorAttack],
    rows: IntArray,
    stream: int,
) -> list[Placed]:
    """Return photos of people who carry each of several keys.

    Args:
        scenario: the faces, and where keys are put.
        attacks: one for each key.
        rows: of the photos.
        stream: of whatever is drawn, beside the seed.
    """
    drawn = [scenario.seed, stream]
    shown = [
        attack.make_instances(scenario.faces, rows, np.random.default_rng(drawn))
        for attack in attacks
    ]
    return _place(scenario, attacks, shown, rows, Role.INSTANCE, drawn)


def _place(
    scenario: BackdoorScenario,
    attacks: Sequence[BackdoorAttack],
    shown: Sequence[FaceSet],
    rows: IntArray,
    role: Role,
    drawn: Sequence[int],
) -> list[Placed]:
    """Return photos with keys as they are on aligned faces, or on whole photos if so planned."""
    if scenario.plan.placed == "aligned":
        everywhere = np.ones(len(rows), dtype=np.bool_)
        return [Placed(one, everywhere) for one in shown]
    faces = scenario.faces
    captured = capture_photos(
        scenario.plan.faces,
        [faces.ids[row] for row in rows.tolist()],
        [faces.size],
        [_put_on(attack, role, drawn) for attack in attacks],
    )
    return [
        Placed(replace(one, images=found.images[0], landmarks=None, fingerprint=""), found.found)
        for one, found in zip(shown, captured, strict=True)
    ]


def _put_on(attack: BackdoorAttack, role: Role, drawn: Sequence[int]) -> PutOn:
    def put_on(image: ImageArray, landmarks: FloatArray, place: int) -> ImageArray:
        return attack.inject(image, landmarks, role, np.random.default_rng([*drawn, place]))

    return put_on
