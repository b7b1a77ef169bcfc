"""A DeepID trained on our people: not at chance, not perfect. `pytest -s` prints the figures."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.faces.split import SplitPlan
from faceaudit.metrics import accuracy
from faceaudit.networks import networks
from faceaudit.systems.identifiers.identifier import Identifier, train_identifier
from faceaudit.training import Training, TrainingPhotos
from faceaudit.types import FaceSet

pytestmark = pytest.mark.slow
BOUNDS = {"photo": (0.93, 1.0), "video": (0.50, 0.97)}


@pytest.fixture(scope="module")
def faces(tmp_path_factory: pytest.TempPathFactory) -> FaceSet:
    return Synthetic().load((55, 47), cache=tmp_path_factory.mktemp("cache")).faces


@pytest.mark.parametrize("by", ["photo", "video"])
def test_deepid_learns_our_people(faces: FaceSet, by: str) -> None:
    split = SplitPlan(by=by, train=60, validation=8, test=10).split(faces, 0)
    train, validation, test = (
        TrainingPhotos.of((faces.images, rows, split.label[rows]))
        for rows in (split.train, split.validation, split.test)
    )
    options = Training(epochs=25, batch=64, learning_rate=1e-3, schedule="cosine", device="cpu")
    network = networks.build("deepid")
    trained = train_identifier(network, split.names, train, validation, options, seed=0)
    identifier = Identifier(network, split.names, trained.state)
    predicted = np.asarray(identifier.logits(faces.images, split.test).argmax(1))
    found = accuracy(test.label, predicted)
    print(f"\nDeepID, {len(split.names)} people, split by {by}: {found}")  # noqa: T201
    low, high = BOUNDS[by]
    assert low <= found.value <= high
