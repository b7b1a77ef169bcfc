"""People who do not exist, at poses that are asked for, with all else as it was."""

from __future__ import annotations

import numpy as np

from faceaudit.faces.synthetic.camera import Poses, project, rotations
from faceaudit.faces.synthetic.render import Studio, _Session
from faceaudit.faces.synthetic.traits import stream


def posed(
    person: int,
    *,
    yaw: tuple[float, ...],
    pitch: tuple[float, ...],
    roll: tuple[float, ...],
    size: tuple[int, int] = (152, 152),
    seed: int = 77,
) -> tuple[np.ndarray, np.ndarray]:
    """Return up to 8 photos (B, H, W, 3) of one session and their true landmarks (B, 5, 2).

    Angles are in degrees. Expression, light, background and camera are those of the session.
    """
    look = _Session(
        Studio(seed, person, size, glasses=0.0, variation=1.0), stream(seed, 2, person, 0)
    )
    angles = (np.radians(np.array(each, dtype=np.float32)) for each in (yaw, pitch, roll))
    rotation = rotations(*angles)
    count = len(rotation)
    scale = np.full(count, min(size[0] / 22.0, size[1] / 18.6), dtype=np.float32)
    free = Poses(rotation, scale, np.zeros((count, 2), dtype=np.float32))
    middle = np.array([[[0.0, 2.4, 6.5]]], dtype=np.float32).repeat(count, axis=0)
    centre = np.array([(size[1] - 1) / 2, (size[0] - 1) / 2], dtype=np.float32)
    look._make_poses = lambda _: Poses(rotation, scale, centre - project(middle, free)[:, 0])
    return look.render(np.zeros((count, 20), dtype=np.float32))
