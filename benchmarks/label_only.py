"""Speed of the label-only membership attack beside ART's at equal attack AUC; part of `make bench`.

Both attack one trained predictor, which memorised random labels of random embeddings, and are
scored on the same records, half of them members. ART (LabelOnlyDecisionBoundary, HopSkipJump) is
run twice beside our defaults: with as many iterations, and with so many that more do not raise its
AUC. It sees the differences of the embeddings and two logits, 0 and the predictor's, since it takes
one logit to be of class 0 always. It draws its starts without a seed, so its AUC is not the same
in every run.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from faceaudit.attacks.membership import Observation, Oracle
from faceaudit.attacks.membership.label_only import LabelOnly
from faceaudit.systems.predictors import PairData
from faceaudit.systems.predictors.difference_network import DifferenceNetwork
from faceaudit.systems.verifiers.bank import VerifierBank

Row = tuple[str, str, float | None, float, str]

PAIRS, EMBEDDING, EPOCHS = 1200, 128, 40
RECORDS = 120
"""Records that ART is scored on; ours on these and on many more."""
MANY = 600
ITERATIONS = (LabelOnly().iterations, 10)
"""ART's iterations; ours are the default, and so are the queries of an estimate, for both."""


class TwoLogits(torch.nn.Module):
    """A predictor as ART can see it: differences in, the logits 0 and z out."""

    def __init__(self, verifier: VerifierBank) -> None:
        super().__init__()
        self._layers = verifier.bank.layers

    def forward(self, differences: torch.Tensor) -> torch.Tensor:
        """Return (N, 2) logits of (N, E) differences."""
        logit = self._layers(differences[None].float())[0]
        return torch.stack((torch.zeros_like(logit), logit), dim=1)


class Case:
    """A predictor that memorised half of the pairs, and records to attack, half of them members."""

    def __init__(self, seed: int = 0) -> None:
        rng = np.random.default_rng(seed)
        table = rng.standard_normal((2 * PAIRS, EMBEDDING), dtype=np.float32)
        one, two = np.arange(PAIRS), np.arange(PAIRS) + PAIRS
        same = rng.random(PAIRS) < 0.5
        inside = rng.permutation(PAIRS) < PAIRS // 2
        data = PairData(table, one, two, same.astype(np.float32))
        network = DifferenceNetwork(epochs=EPOCHS, device="cpu")
        stack = network.fit(data, np.flatnonzero(inside)[None], [seed])
        self.verifier = VerifierBank(stack, user_backbones=np.zeros((PAIRS, 1), dtype=np.int64))
        self.first, self.second = table[one][:, None], table[two][:, None]
        self.same, self.inside = same, inside

    def rows(self, count: int) -> np.ndarray:
        """Return `count` records, half of them members."""
        members, nonmembers = np.flatnonzero(self.inside), np.flatnonzero(~self.inside)
        return np.concatenate((members[: count // 2], nonmembers[: count // 2]))

    def auc(self, rows: np.ndarray, scores: np.ndarray) -> float:
        """Return how well scores tell members from non-members, in per cent."""
        return 100 * float(roc_auc_score(self.inside[rows], scores))

    def ours(self, rows: np.ndarray) -> np.ndarray:
        """Return our scores."""
        seen = Observation(
            self.same[rows],
            np.zeros((len(rows), 1), dtype=np.float32),
            np.arange(len(rows)),
            oracle=Oracle(self.verifier, "labels"),
            first=self.first[rows],
            second=self.second[rows],
        )
        return LabelOnly().score(seen, np.random.default_rng(0))

    def art(self, rows: np.ndarray, iterations: int) -> np.ndarray:
        """Return ART's scores, a rising function of its distances."""
        from art.attacks.inference.membership_inference import (  # noqa: PLC0415
            LabelOnlyDecisionBoundary,
        )
        from art.estimators.classification import PyTorchClassifier  # noqa: PLC0415

        differences = (self.first - self.second)[:, 0]
        classifier = PyTorchClassifier(
            TwoLogits(self.verifier),
            loss=torch.nn.CrossEntropyLoss(),
            input_shape=(EMBEDDING,),
            nb_classes=2,
            clip_values=(float(differences.min()), float(differences.max())),
            device_type="cpu",
        )
        attack = LabelOnlyDecisionBoundary(classifier, distance_threshold_tau=5.0)
        evaluations = LabelOnly().evaluations
        np.random.seed(0)  # noqa: NPY002 (where ART draws from)
        found = attack.infer(
            differences[rows],
            self.same[rows].astype(np.int64),
            probabilities=True,
            norm=2,
            max_iter=iterations,
            init_eval=evaluations,
            max_eval=100 * evaluations,
            verbose=False,
        )
        return np.asarray(found)[:, 1]


def timed(work: Callable[[], np.ndarray]) -> tuple[np.ndarray, float]:
    """Return what `work` does and the seconds it took."""
    start = time.perf_counter()
    found = work()
    return found, time.perf_counter() - start


def label_only_rows() -> list[Row]:
    """Return every row: work, peer, the peer's figure, ours, unit."""
    case = Case()
    few, many = case.rows(RECORDS), case.rows(MANY)
    own_auc = case.auc(few, case.ours(few))
    rows: list[Row] = []
    for iterations in ITERATIONS:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found, taken = timed(partial(case.art, few, iterations))
        seconds = min(timed(partial(case.ours, many))[1] for _ in range(3))
        peer = f"ART LabelOnlyDecisionBoundary, {iterations} iterations"
        work = "label-only membership"
        rows.append((work, peer, RECORDS / taken, MANY / seconds, "records/s"))
        rows.append((f"{work}: AUC on {RECORDS}", peer, case.auc(few, found), own_auc, "%"))
    return rows


if __name__ == "__main__":
    torch.set_num_threads(1)
    for row in label_only_rows():
        print(*row, sep=" | ")
