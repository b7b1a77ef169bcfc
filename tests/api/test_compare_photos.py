"""faceaudit.compare_photos: the score of two photos, on the scale of thresholds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn

import faceaudit
from faceaudit import Embedder
from faceaudit.errors import InputError, OptionError, PhotoError


class Coarse(nn.Module):
    """Coarse pixels as an embedding."""

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        return nn.functional.avg_pool2d(pixels, 10).flatten(1)


@pytest.fixture
def two() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, 256, (2, 32, 32, 3), dtype=np.uint8)
    return first, second


def test_it_is_the_cosine_of_both_embeddings(
    embedder: Embedder, two: tuple[np.ndarray, np.ndarray]
) -> None:
    one, other = faceaudit.embed(embedder, np.stack(two)).astype(np.float64)
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    found = faceaudit.compare_photos(*two, embedder)
    assert found.cosine == pytest.approx(cosine, abs=1e-6)
    assert found.score == pytest.approx(cosine - 1, abs=1e-6)
    assert [photo.images[0].shape for photo in found.photos] == [(1, 32, 32, 3)] * 2
    assert found.faces == (None, None)


def test_the_order_does_not_matter_and_a_photo_is_most_like_itself(
    embedder: Embedder, two: tuple[np.ndarray, np.ndarray]
) -> None:
    first, second = two
    one = faceaudit.compare_photos(first, second, embedder)
    other = faceaudit.compare_photos(second, first, embedder)
    assert one.score == pytest.approx(other.score, abs=1e-6)
    assert faceaudit.compare_photos(first, first, embedder).score == 0
    assert one.score < 0


def test_files_and_pixels_give_the_same(
    embedder: Embedder, two: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    for name, pixels in zip("ab", two, strict=True):
        Image.fromarray(pixels).save(tmp_path / f"{name}.png")
    files = faceaudit.compare_photos(tmp_path / "a.png", str(tmp_path / "b.png"), embedder)
    assert files.score == faceaudit.compare_photos(*two, embedder).score


def test_the_score_is_that_of_an_evaluation(tmp_path: Path) -> None:
    faces = faceaudit.load_faces(
        "synthetic", (40, 40), people=4, photos=2, sessions=1, cache=tmp_path
    ).faces
    small = Embedder.wrap(Coarse(), size=(40, 40))
    scores = tmp_path / "scores.csv"
    faceaudit.evaluate_verification(small, faces, scores_out=scores, cache=tmp_path, groups=[])
    line = scores.read_text(encoding="utf-8").splitlines()[1].split(",")
    first, second = (np.array(faces.images[faces.ids.index(one)]) for one in line[:2])
    found = faceaudit.compare_photos(first, second, small)
    assert found.score == pytest.approx(float(line[-1]), abs=1e-6)


def test_what_is_no_photo_is_refused(
    embedder: Embedder, two: tuple[np.ndarray, np.ndarray], tmp_path: Path
) -> None:
    (tmp_path / "broken.png").write_bytes(b"broken")
    with pytest.raises(PhotoError, match=r"broken\.png"):
        faceaudit.compare_photos(two[0], tmp_path / "broken.png", embedder)
    with pytest.raises(PhotoError, match="no file"):
        faceaudit.compare_photos(two[0], tmp_path / "absent.png", embedder)
    with pytest.raises(InputError):
        faceaudit.compare_photos(two[0], two[1][None], embedder)
    with pytest.raises(InputError, match="Embedder"):
        faceaudit.compare_photos(*two, "deepid")  # type: ignore[arg-type]
    with pytest.raises(OptionError):
        faceaudit.compare_photos(*two, embedder, align={"align": "yunet"})
