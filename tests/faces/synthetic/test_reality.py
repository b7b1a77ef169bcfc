"""Our people, seen by models that were made for real ones. `pytest -s` prints the figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.metrics import wilson
from faceaudit.types import FaceSet
from faces.synthetic.mobilefacenet import Finder, align, embed, load
from faces.synthetic.verification import auc, draw_pairs, estimate

pytestmark = [pytest.mark.realdata, pytest.mark.slow]
MARGIN = 28


@dataclass(frozen=True, eq=False)
class Seen:
    """Photos of our people, and what YuNet found on each: (5, 2) points or None."""

    faces: FaceSet
    found: list[np.ndarray | None]


@pytest.fixture(scope="module")
def seen(real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    cache = tmp_path_factory.mktemp("cache")
    faces = Synthetic(people=40, photos=24).load((112, 112), cache=cache).faces
    finder = Finder(real_data / "weights", MARGIN)
    return Seen(faces, [finder(image) for image in faces.images])


def test_y1_is_rebuilt_right(real_data: Path) -> None:
    """The oracle's own check: 600 LFW pairs at a threshold chosen on them."""
    finder, images, same = Finder(real_data / "weights"), [], []
    lines = (real_data / "lfw" / "pairs.txt").read_text().splitlines()[1:601]
    for fields in map(str.split, lines):
        same.append(len(fields) == 3)
        first, second = fields[:2], [fields[0], fields[2]] if same[-1] else fields[2:]
        for name, number in (first, second):
            path = real_data / "lfw" / "images" / name / f"{name}_{int(number):04d}.jpg"
            image = cv2.imread(str(path))[..., ::-1]
            points = finder(image)
            assert points is not None
            images.append(align(image, points))
    embedding = embed(np.stack(images), load(real_data / "weights"))
    score = (embedding[::2] * embedding[1::2]).sum(axis=1)
    right = max(((score > limit) == same).mean() for limit in np.linspace(0, 0.6, 121))
    genuine, impostor = score[same].mean(), score[np.logical_not(same)].mean()
    print(f"\ny1 on the first 600 LFW pairs: {right:.4f}")  # noqa: T201
    print(f"mean similarity: genuine {genuine:.3f}, impostor {impostor:.3f}")  # noqa: T201
    assert right > 0.98


def test_yunet_finds_our_faces(seen: Seen) -> None:
    found = wilson(sum(points is not None for points in seen.found), len(seen.found))
    print(f"\nYuNet, margin {MARGIN}: {found}")  # noqa: T201
    assert found.low >= 0.95


def test_yunet_puts_the_landmarks_where_we_say(seen: Seen) -> None:
    there = [row for row, points in enumerate(seen.found) if points is not None]
    apart = np.stack([seen.found[row] for row in there]) - seen.faces.landmarks[there]
    distance = np.linalg.norm(apart, axis=2)
    print(f"\nYuNet's median distance in pixels: {np.median(distance, axis=0).round(2).tolist()}")  # noqa: T201
    print(f"95th percentile: {np.quantile(distance, 0.95, axis=0).round(2).tolist()}")  # noqa: T201
    assert np.median(distance, axis=0).max() < 5
    assert np.median(distance[:, :2]) < 3.5


@pytest.mark.parametrize("points", ["exact", "yunet"])
@pytest.mark.parametrize("across", [False, True], ids=["any", "across sessions"])
def test_y1_tells_our_people_apart(
    seen: Seen, real_data: Path, points: str, *, across: bool
) -> None:
    faces = seen.faces
    place = [
        found if points == "yunet" and found is not None else exact
        for found, exact in zip(seen.found, faces.landmarks, strict=True)
    ]
    aligned = np.stack([align(*pair) for pair in zip(faces.images, place, strict=True)])
    embedding = embed(aligned, load(real_data / "weights"))
    pairs, same = draw_pairs(faces.identity, faces.group, 4000, across=across, seed=0)
    score = (embedding[pairs[:, 0]] * embedding[pairs[:, 1]]).sum(axis=1)
    found = estimate(score, same, faces.identity[pairs])
    which = "genuine pairs across sessions" if across else "genuine pairs of any sessions"
    print(f"\nAUC of y1, {points} landmarks, {which}: {found}")  # noqa: T201
    print(f"mean similarity: genuine {score[same].mean():.3f}, impostor {score[~same].mean():.3f}")  # noqa: T201
    assert found.low >= 0.90
    shuffled = np.random.default_rng(0).permutation(same)
    assert abs(auc(score[shuffled], score[~shuffled]) - 0.5) < 0.05
