"""Speed of the protocols' figures beside that of the peers; part of `make bench`.

The peers' work is done as their files do it, written afresh: a loop over thresholds for the
accuracy on folds (insightface), a sort of all scores for the rates (scikit-learn). Equal figures
are asserted before anything is timed. The comparison has no peer, but a target: 10,000 x 10,000 in
5 s, which is 20 million scores a second, and in 1 GiB.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial

import numpy as np

from faceaudit.metrics import (
    Gallery,
    closed_set,
    compare_people,
    k_fold_accuracy,
    normalized,
    tar_at_far,
    tar_at_far_of,
)

Row = tuple[str, str, float | None, float, str]

PAIRS, FOLDS = 6000, 10
SCORES = 15_700_000
GENUINE = 700_000
FARS = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
FACES = 10_000
GIBIBYTES = 1


def best(work: Callable[[], object], rounds: int) -> float:
    """Return the least seconds that `work` took."""
    taken = []
    for _ in range(rounds):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def loop_accuracy(
    distances: np.ndarray, same: np.ndarray, folds: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Do what insightface's `calculate_roc` does, threshold by threshold.

    Folds are equal runs of pairs. Returns the mean true and false accept rate at each of 400
    thresholds and the accuracy of each fold.
    """
    grid = np.arange(0, 4, 0.01)

    def rates(limit: float, values: np.ndarray, truth: np.ndarray) -> tuple[float, float, float]:
        accepted = values < limit
        hits, misses = np.sum(accepted & truth), np.sum(~accepted & truth)
        false, rejects = np.sum(accepted & ~truth), np.sum(~accepted & ~truth)
        return hits / (hits + misses), false / (false + rejects), (hits + rejects) / len(values)

    true_accepts, false_accepts = np.zeros((folds, len(grid))), np.zeros((folds, len(grid)))
    accuracy = np.zeros(folds)
    size = len(distances) // folds
    for fold in range(folds):
        tested = np.zeros(len(distances), dtype=bool)
        tested[fold * size : (fold + 1) * size] = True
        others = [rates(limit, distances[~tested], same[~tested])[2] for limit in grid]
        for at, limit in enumerate(grid):
            of_fold = rates(limit, distances[tested], same[tested])
            true_accepts[fold, at], false_accepts[fold, at] = of_fold[:2]
        accuracy[fold] = rates(grid[np.argmax(others)], distances[tested], same[tested])[2]
    return true_accepts.mean(axis=0), false_accepts.mean(axis=0), accuracy


def pair_distances(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return squared distances of 6,000 pairs in ten runs, whether they are genuine, their fold."""
    rng = np.random.default_rng(seed)
    run = PAIRS // FOLDS
    same = np.tile(np.arange(run) < run // 2, FOLDS)
    cosine = np.where(same, rng.normal(0.62, 0.14, PAIRS), rng.normal(0.02, 0.08, PAIRS))
    return 2 - 2 * np.clip(cosine, -1, 1), same, np.repeat(np.arange(FOLDS), run)


def fold_accuracy() -> list[Row]:
    """Accuracy and ROC of LFW's protocol."""
    distances, same, fold = pair_distances(0)
    ours = partial(k_fold_accuracy, distances, same, fold, convention="insightface")
    theirs = partial(loop_accuracy, distances, same, FOLDS)
    for seed in range(3):
        values, truth, rows = pair_distances(seed)
        found = k_fold_accuracy(values, truth, rows, convention="insightface")
        expected = (found.true_accepts, found.false_accepts, found.folds)
        for one, other in zip(loop_accuracy(values, truth, FOLDS), expected, strict=True):
            assert np.array_equal(one, other), "not the same figures"
    rates = PAIRS / best(theirs, 5), PAIRS / best(ours, 50)
    work = f"ROC and accuracy of {PAIRS:,} pairs on {FOLDS} folds"
    return [(work, "insightface's loop over thresholds", *rates, "pairs/s")]


def tar_of_many() -> list[Row]:
    """True accept rates at six false accept rates."""
    from sklearn.metrics import roc_curve  # noqa: PLC0415

    rng = np.random.default_rng(0)
    genuine = rng.normal(0.45, 0.15, GENUINE).astype(np.float32)
    impostor = rng.normal(0, 0.06, SCORES - GENUINE).astype(np.float32)

    def theirs() -> list[float]:
        scores = np.concatenate((genuine, impostor))
        truth = np.concatenate((np.ones(len(genuine), bool), np.zeros(len(impostor), bool)))
        fpr, tpr, _ = roc_curve(truth, scores)
        return [float(tpr[np.searchsorted(fpr, far, side="right") - 1]) for far in FARS]

    def ours() -> list[float]:
        found = tar_at_far(genuine, impostor, FARS)
        return [one.tar.value for one in found if one.tar]

    assert theirs() == ours(), "not the same figures"
    rates = SCORES / best(theirs, 2) / 1e6, SCORES / best(ours, 5) / 1e6
    work = f"TAR at six FARs of {SCORES / 1e6:.1f} M scores"
    return [(work, "sklearn.metrics.roc_curve", *rates, "M scores/s")]


def comparison() -> list[Row]:
    """Compare 10,000 faces with 10,000, in a process of its own to see its memory."""
    rows: list[Row] = []
    for size in (128, 512):
        command = [sys.executable, __file__, str(size)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True)
        seconds, bytes_more = json.loads(answer.stdout.splitlines()[-1])
        assert bytes_more < GIBIBYTES * 2**30, f"{bytes_more / 2**20:.0f} MiB beyond inputs"
        work = f"compare {FACES:,} x {FACES:,}, E={size}: histograms, TAR at FAR, ranks"
        rows.append((work, "", None, FACES**2 / seconds / 1e6, "M scores/s"))
        rows.append((f"{work}: memory beyond inputs", "", None, bytes_more / 2**20, "MiB"))
    return rows


def compare_once(size: int) -> tuple[float, int]:
    """Return the seconds a comparison took and the bytes its process grew by at most."""
    rng = np.random.default_rng(0)
    person = np.arange(FACES)
    centre = rng.standard_normal((FACES, size), dtype=np.float32)
    probes, gallery = (
        normalized(centre + rng.standard_normal((FACES, size), dtype=np.float32)) for _ in range(2)
    )
    probes, gallery = probes.astype(np.float32), gallery.astype(np.float32)
    del centre
    Gallery.of(person)
    np.matmul(probes[:64], gallery[:64].T)  # the product's own threads and buffers
    _forget_peak()
    before, start = _memory("VmRSS"), time.perf_counter()
    found = compare_people(probes, gallery, person, person)
    rates = tar_at_far_of(found.curve(), FARS)
    ranks = closed_set(found.searches) if found.searches else []
    seconds = time.perf_counter() - start
    assert found.genuine.total == FACES
    assert found.impostor.total == FACES * (FACES - 1)
    assert all(one.tar for one in rates)
    assert all(one.rate for one in ranks)
    return seconds, _memory("VmHWM") - before


def _memory(field: str) -> int:
    with open("/proc/self/status", encoding="utf-8") as status:  # noqa: PTH123
        return next(int(line.split()[1]) for line in status if line.startswith(field)) * 1024


def _forget_peak() -> None:
    with open("/proc/self/clear_refs", "w", encoding="utf-8") as marks:  # noqa: PTH123
        marks.write("5")


def protocols() -> list[Row]:
    """Return every row: work, peer, the peer's figure, ours, unit."""
    return [*fold_accuracy(), *tar_of_many(), *comparison()]


if __name__ == "__main__":
    if len(sys.argv) > 1:
        runs = [compare_once(int(sys.argv[1])) for _ in range(3)]
        print(json.dumps([min(run[0] for run in runs), max(run[1] for run in runs)]))
    else:
        for row in protocols():
            print(*row, sep=" | ")
