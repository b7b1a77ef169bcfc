"""Speed of filters of training sets beside ART's, and of inverting triggers together; `make bench`.

Filters see the same embeddings: people as clouds, and poison as another cloud under the target's
label. ART's network is the identity, so that its activations are the embeddings at no cost, and it
is asked for two clusters of ten principal components. How well poison is told from the target's own
photos is a row of its own; ART's answer is which photos it flags. ART's NeuralCleanse takes Keras
networks alone, so triggers that are inverted together are beside the same, one class at a time.
"""

from __future__ import annotations

import logging
import time
import warnings
from collections.abc import Callable
from functools import cached_property, partial

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from faceaudit.mitigations.backdoor import backdoor_mitigations
from faceaudit.mitigations.backdoor.base import SeenPhotos, TrainingFilter
from faceaudit.mitigations.scan.common.inversion import invert
from faceaudit.networks import networks
from faceaudit.progress import silent

Row = tuple[str, str, float | None, float, str]

PEOPLE, PHOTOS, EMBEDDING, POISON = 200, 50, 160, 20
TARGET = 3
ROUNDS = 3
CLASSES, STEPS = 16, 10


class Case:
    """Embeddings of a training set with poison under one label."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        own = np.repeat(np.arange(PEOPLE), PHOTOS)
        self.label = np.concatenate((own, np.full(POISON, TARGET)))
        self.poison = np.arange(len(self.label)) >= len(own)
        centres = rng.standard_normal((PEOPLE + 1, EMBEDDING))
        cloud = np.where(self.poison, PEOPLE, self.label)
        spread = rng.standard_normal((len(cloud), EMBEDDING))
        self.embeddings = (centres[cloud] + spread).astype(np.float32)

    @cached_property
    def seen(self) -> SeenPhotos:
        """The training set as our filters take it; pixels are not looked at."""
        return self._of(np.arange(len(self.label)))

    def _of(self, rows: np.ndarray) -> SeenPhotos:
        return SeenPhotos(
            images=np.zeros((len(rows), 1, 1, 3), dtype=np.uint8),
            landmarks=None,
            label=self.label[rows],
            embeddings=self.embeddings[rows],
            logits=np.zeros((len(rows), PEOPLE), dtype=np.float32),
        )

    def ours(self, name: str) -> np.ndarray:
        """Return a filter's suspicion of every photo, without photos that somebody vouches for."""
        method = backdoor_mitigations.build(name)
        assert isinstance(method, TrainingFilter)
        nobody = self._of(np.arange(0))
        return method.suspect(self.seen, nobody, np.random.default_rng(0)).photos

    def art(self, name: str) -> np.ndarray:
        """Return which photos ART's filter of that name flags, or how much it suspects them."""
        from art.defences.detector.poison import (  # noqa: PLC0415
            ActivationDefence,
            SpectralSignatureDefense,
        )
        from art.estimators.classification import PyTorchClassifier  # noqa: PLC0415

        classifier = PyTorchClassifier(
            torch.nn.Sequential(torch.nn.Identity()),
            loss=torch.nn.CrossEntropyLoss(),
            input_shape=(EMBEDDING,),
            nb_classes=PEOPLE,
            device_type="cpu",
        )
        if name == "activation_clustering":
            defence = ActivationDefence(classifier, self.embeddings, self.label)
            _, clean = defence.detect_poison(nb_clusters=2, nb_dims=10, reduce="PCA")
            return 1 - np.asarray(clean)
        share = POISON / (PHOTOS + POISON)
        spectral = SpectralSignatureDefense(
            classifier, self.embeddings, self.label, expected_pp_poison=share, eps_multiplier=1.0
        )
        _, clean = spectral.detect_poison()
        return 1 - np.asarray(clean)

    def auc(self, suspicion: np.ndarray) -> float:
        """Return how well poison is told from the target's own photos, in per cent."""
        mine = self.label == TARGET
        return 100 * float(roc_auc_score(self.poison[mine], suspicion[mine]))


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    """Return what `work` does and the seconds it took."""
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def filter_rows() -> list[Row]:
    """Return rows of both filters that ART has as well."""
    case = Case()
    rows: list[Row] = []
    for name, peer in (
        ("activation_clustering", "ART ActivationDefence, PCA"),
        ("spectral_signatures", "ART SpectralSignatureDefense"),
    ):
        theirs, own = [], []
        for _ in range(ROUNDS):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                logging.getLogger("art").setLevel(logging.ERROR)
                theirs.append(timed(partial(case.art, name)))
            own.append(timed(partial(case.ours, name)))
        work, count = f"filter {len(case.label):,} embeddings, {name}", len(case.label)
        slow, fast = (count / min(seconds for _, seconds in each) for each in (theirs, own))
        rows.append((work, peer, slow, fast, "photos/s"))
        rows.append(
            (
                f"{name}: AUC within the target",
                peer,
                case.auc(theirs[0][0]),
                case.auc(own[0][0]),
                "%",
            )
        )
    return rows


class Identifier(torch.nn.Module):
    """A DeepID with random weights, from pixels to scores."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.network = networks.build("deepid").build().eval()
        self.head = torch.nn.Linear(self.network.embedding_size, CLASSES)

    def forward(self, shown: torch.Tensor) -> torch.Tensor:
        """Return (N, CLASSES) scores of (N, H, W, 3) pixels of 0 to 255."""
        scores: torch.Tensor = self.head(self.network(self.network.prepare(shown)))
        return scores


def inversion_rows() -> list[Row]:
    """Return the row of triggers that are inverted together."""
    model = Identifier()
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (64, *model.network.input_size, 3), dtype=np.uint8)

    def some(classes: np.ndarray) -> np.ndarray:
        draws = np.random.default_rng(1)
        found = invert(model, images, classes, steps=STEPS, batch=16, rng=draws, progress=silent)
        return found.mask

    everybody = np.arange(CLASSES)
    alone, together = [], []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for one in everybody:
            some(everybody[one : one + 1])
        alone.append(time.perf_counter() - start)
        together.append(timed(lambda: some(everybody))[1])
    work = f"invert triggers of {CLASSES} classes, DeepID, {STEPS} steps"
    return [(work, "the same, one class at a time", min(alone), min(together), "s")]


def backdoor_mitigation_rows() -> list[Row]:
    """Return every row: work, peer, the peer's figure, ours, unit."""
    return [*filter_rows(), *inversion_rows()]


if __name__ == "__main__":
    torch.set_num_threads(1)
    for row in backdoor_mitigation_rows():
        print(*row, sep=" | ")
