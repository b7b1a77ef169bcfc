"""Small made-up inputs."""

from __future__ import annotations

import numpy as np

from faceaudit.types import FaceSet


def blocks(
    people: int = 4, photos: int = 40, size: tuple[int, int] = (55, 47), seed: int = 0
) -> FaceSet:
    """Make easy stand-ins for faces: a coarse pattern a person, with noise and a shift a photo.

    Five photos share a video; landmarks lie where eyes would.
    """
    rng = np.random.default_rng(seed)
    height, width = size
    coarse = rng.integers(40, 216, (people, -(-height // 8), -(-width // 8), 3))
    images, ids, group = [], [], []
    for person in range(people):
        base = coarse[person].repeat(8, axis=0).repeat(8, axis=1)[:height, :width]
        for photo in range(photos):
            noisy = np.roll(base, rng.integers(-2, 3), axis=1) + rng.normal(0, 12, base.shape)
            images.append(np.clip(noisy, 0, 255).astype(np.uint8))
            ids.append(f"person-{person}/video-{photo // 5}/{photo:03d}")
            group.append(person * 1000 + photo // 5)
    eyes = np.array([[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.8], [0.65, 0.8]])
    landmarks = (eyes * [width, height]).astype(np.float32)
    return FaceSet(
        images=np.stack(images),
        identity=np.repeat(np.arange(people), photos),
        names=tuple(f"person-{person}" for person in range(people)),
        ids=tuple(ids),
        group=np.array(group),
        landmarks=np.broadcast_to(landmarks, (people * photos, 5, 2)).copy(),
    )
