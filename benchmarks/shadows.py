"""Speed of training shadow predictors beside ART's ShadowModels and plain loops; in `make bench`.

All train FaceBone's network (E-512-256-128-BN-64-32-16-8-1) with Adam in batches of 128, each model
for ten epochs (ART's default) on half of the same 3,000 pairs, drawn by chance, and then ask it
about all pairs; first weights, drawing and asking count, for everybody but ART, which makes its
networks before. A figure is optimiser steps a second, added up over the models: 1,000 over it is
the milliseconds a model and step. It is the median of rounds that alternate. ART sees the
differences of the embeddings and two logits, 0 and the network's, with which cross-entropy is the
loss that the others have. Asserted: all have learned their own pairs equally well.

Run as a program, it also tells how the number of models in one product changes our figure.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from unittest.mock import patch

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from faceaudit.systems.predictors import PairData
from faceaudit.systems.predictors.difference_network import DifferenceNetwork

Row = tuple[str, str, float | None, float, str]
Logits = tuple[np.ndarray, np.ndarray]
"""(M, n) logits of the pairs that each model was trained on, and the targets of these."""

PAIRS, BATCH, EPOCHS = 3000, 128, 10
EMBEDDINGS = (128, 512)
MODELS = 16
ALONE = 4
"""Models of a plain loop, which takes them one after the other: more would only take longer."""
ROUNDS = 3
STEPS = EPOCHS * -(-PAIRS // 2 // BATCH)
LOSS = 0.05
"""How much the loss on their own pairs may differ between the median models of two ways to train;
of the mean model it tells less, since now and then one is drawn with dead units and learns nothing.
"""


class TwoLogits(nn.Module):
    """The network as ART needs it: differences in, the logits 0 and z out."""

    def __init__(self, embedding: int) -> None:
        super().__init__()
        self.layers = plain(embedding)

    def forward(self, differences: torch.Tensor) -> torch.Tensor:
        """Return (N, 2) logits of (N, E) differences."""
        logit = self.layers(differences)
        return torch.cat((torch.zeros_like(logit), logit), dim=1)


def plain(embedding: int) -> nn.Sequential:
    """Return the network made of PyTorch's own layers."""
    options = DifferenceNetwork()
    layers: list[nn.Module] = []
    for at, (inputs, outputs) in enumerate(pairwise((embedding, *options.widths, 1)), start=1):
        layers.append(nn.Linear(inputs, outputs))
        if at == options.normalised:
            layers.append(nn.BatchNorm1d(outputs))
        if at <= len(options.widths):
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def pairs(embedding: int) -> PairData:
    """Return pairs of random embeddings with random labels, which can only be learned by heart."""
    rng = np.random.default_rng(0)
    table = rng.standard_normal((2 * PAIRS, embedding), dtype=np.float32)
    first = np.arange(PAIRS)
    return PairData(table, first, first + PAIRS, (rng.random(PAIRS) < 0.5).astype(np.float32))


def ours(data: PairData, models: int = MODELS) -> Logits:
    """Train as an audit does."""
    rng = np.random.default_rng(0)
    rows = np.stack([rng.permutation(PAIRS)[: PAIRS // 2] for _ in range(models)])
    options = DifferenceNetwork(epochs=EPOCHS, batch=BATCH, device="cpu")
    bank = options.fit(data, rows, range(models))
    logits = bank.logits(data.embeddings[data.first], data.embeddings[data.second])
    return np.take_along_axis(logits, rows, axis=1), data.label[rows]


def loop(data: PairData, *, fused: bool) -> Logits:
    """Train one model after the other in a bare loop over tensors."""
    differences = torch.from_numpy(data.embeddings[data.first] - data.embeddings[data.second])
    target = torch.from_numpy(data.label)
    found, wanted = [], []
    for seed in range(ALONE):
        torch.manual_seed(seed)
        model = plain(differences.shape[1])
        # PyTorch's own choice between its loops is what a caller gets who does not ask.
        optimizer = torch.optim.Adam(model.parameters(), fused=fused or None)
        rows = torch.randperm(PAIRS)[: PAIRS // 2]
        for _ in range(EPOCHS):
            for chosen in rows[torch.randperm(len(rows))].split(BATCH):
                loss = functional.binary_cross_entropy_with_logits(
                    model(differences[chosen])[:, 0], target[chosen]
                )
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        with torch.no_grad():
            found.append(model.eval()(differences)[rows, 0].numpy())
        wanted.append(target[rows].numpy())
    return np.stack(found), np.stack(wanted)


def art(data: PairData, models: int = MODELS) -> Logits:
    """Train with ART, as its manual does."""
    from art.attacks.inference.membership_inference import ShadowModels  # noqa: PLC0415
    from art.estimators.classification import PyTorchClassifier  # noqa: PLC0415

    differences = data.embeddings[data.first] - data.embeddings[data.second]
    module = TwoLogits(differences.shape[1])
    template = PyTorchClassifier(
        module,
        loss=nn.CrossEntropyLoss(),
        optimizer=torch.optim.Adam(module.parameters()),
        input_shape=differences.shape[1:],
        nb_classes=2,
        device_type="cpu",
    )
    shadows = ShadowModels(template, num_shadow_models=models, random_state=0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        members, _ = shadows.generate_shadow_dataset(differences, data.label.astype(np.int64))
    _, wanted, found = members
    return (found[:, 1] - found[:, 0]).reshape(models, -1), wanted.reshape(models, -1)


def loss_of(learned: Logits) -> float:
    """Return the cross-entropy of the median model."""
    logits, target = learned
    losses = np.logaddexp(0, np.where(target > 0.5, -logits, logits))
    return float(np.median(np.mean(losses, axis=1)))


def rate(models: int, work: Callable[[], Logits], losses: list[float]) -> float:
    """Return the steps a second that `work` takes with so many models; note what they learned."""
    start = time.perf_counter()
    learned = work()
    seconds = time.perf_counter() - start
    losses.append(loss_of(learned))
    return models * STEPS / seconds


def shadow_rows() -> list[Row]:
    """Return every row: work, peer, the peer's figure, ours, unit."""
    rows: list[Row] = []
    for embedding in EMBEDDINGS:
        data = pairs(embedding)
        works = {
            "ART ShadowModels, PyTorch's Adam": (MODELS, partial(art, data)),
            "bare loop, PyTorch's Adam": (ALONE, partial(loop, data, fused=False)),
            "bare loop, Adam(fused=True)": (ALONE, partial(loop, data, fused=True)),
            "": (MODELS, partial(ours, data)),
        }
        losses: dict[str, list[float]] = {name: [] for name in works}
        rates = [
            {name: rate(*work, losses[name]) for name, work in works.items()} for _ in range(ROUNDS)
        ]
        for found in losses.values():
            differ = abs(np.median(found) - np.median(losses[""]))
            assert differ < LOSS, f"not the same work: losses of {losses}"
        median = {name: float(np.median([one[name] for one in rates])) for name in works}
        work = f"train {MODELS} shadow predictors, E={embedding}"
        peers = list(works)[:-1]
        rows += [(work, name, median[name], median[""], "steps/s") for name in peers]
    return rows


def by_number_at_once() -> None:
    """Print our milliseconds a model and step, by the number of models in one product."""
    numbers = (1, 2, 4, 8, 16, 64)
    for embedding in EMBEDDINGS:
        data = pairs(embedding)
        taken: dict[int, list[float]] = {number: [] for number in numbers}
        for _ in range(ROUNDS):
            for number in numbers:
                models = max(number, MODELS)
                with patch.object(DifferenceNetwork, "_at_once", return_value=number):
                    taken[number].append(1000 / rate(models, partial(ours, data, models), []))
        found = (f"{number}: {np.median(ms):.2f}" for number, ms in taken.items())
        print(f"E={embedding}, ms a model and step, models at once:", ", ".join(found))


if __name__ == "__main__":
    torch.set_num_threads(1)
    for row in shadow_rows():
        print(*row, row[3] / (row[2] or 1), sep=" | ")
    by_number_at_once()
