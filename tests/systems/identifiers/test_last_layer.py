"""The last layer on the features of a backbone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from faceaudit.networks import networks
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.identifiers.last_layer import LastLayer, features_of, train_last_layer
from faceaudit.training import Training, TrainingPhotos
from faceaudit.types import FaceSet
from helpers.faces import blocks

OPTIONS = Training(epochs=30, batch=32, learning_rate=0.02, patience=30, device="cpu")


@pytest.fixture(scope="module")
def people() -> FaceSet:
    return blocks()


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    torch.manual_seed(0)
    network = networks.build("deepid")
    return Embedder.of(network, network.build().state_dict())


def photos(faces: FaceSet, start: int, step: int) -> TrainingPhotos:
    chosen = np.arange(start, len(faces), step)
    return TrainingPhotos.of((faces.images, chosen, faces.identity[chosen]))


def test_learns_what_a_regression_learns(
    people: FaceSet, embedder: Embedder, tmp_path: Path
) -> None:
    learn, test = photos(people, 0, 2), photos(people, 1, 2)
    trained = train_last_layer(embedder, people.names, learn, test, OPTIONS, seed=0, cache=tmp_path)
    system = LastLayer(embedder, people.names, trained.state, tmp_path)
    logits = system.logits(people.images, test.row)
    accuracy = float(np.mean(logits.argmax(axis=1) == test.label))
    features = embedder.embed(people.images)
    judge = LogisticRegression(max_iter=2000).fit(features[learn.row], learn.label)
    assert accuracy >= judge.score(features[test.row], test.label) - 0.02
    assert accuracy > 0.9
    assert system.size == (55, 47)


def test_the_backbone_sees_each_photo_once(
    people: FaceSet, embedder: Embedder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []
    embed = Embedder.embed

    def counted(self: Embedder, images: np.ndarray, rows: np.ndarray | None = None) -> np.ndarray:
        seen.append(len(images) if rows is None else len(rows))
        return embed(self, images, rows)

    monkeypatch.setattr(Embedder, "embed", counted)
    learn = photos(people, 0, 2).with_mirrored()
    options = Training(epochs=3, batch=32, device="cpu")
    for seed in (0, 1):
        train_last_layer(
            embedder, people.names, learn, photos(people, 1, 2), options, seed=seed, cache=tmp_path
        )
    assert sum(seen) == len(learn) + len(people) // 2


def test_mirrored_photos_have_their_own_features(
    people: FaceSet, embedder: Embedder, tmp_path: Path
) -> None:
    plain = photos(people, 0, 4)
    features = features_of(embedder, plain.with_mirrored(), cache=tmp_path)
    found, labels = features.gather(np.arange(len(features)))
    assert labels.tolist() == [*plain.label, *plain.label]
    mirrored = np.ascontiguousarray(people.images[plain.row][:, :, ::-1])
    np.testing.assert_allclose(found[len(plain) :], embedder.embed(mirrored), atol=1e-5)
    np.testing.assert_allclose(found[: len(plain)], embedder.embed(people.images, plain.row))


def test_the_same_seed_gives_the_same_bits(
    people: FaceSet, embedder: Embedder, tmp_path: Path
) -> None:
    learn, watch = photos(people, 0, 2), photos(people, 1, 2)
    options = Training(epochs=2, batch=32, device="cpu")
    first, again, other = (
        train_last_layer(
            embedder, people.names, learn, watch, options, seed=seed, cache=tmp_path
        ).state["head.weight"]
        for seed in (0, 0, 1)
    )
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
