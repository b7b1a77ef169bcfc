"""The identification protocol on embeddings that are known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceaudit.errors import SplitError
from faceaudit.metrics import wilson
from faceaudit.protocols import Identification, Result, identify
from protocols.stub import embedder, people

FACES = people(40, 6, 0.9, seed=1)


def run(tmp_path: Path, **options: object) -> Result:
    return identify(embedder(), FACES, Identification(**options), cache=tmp_path)


def brute_force(options: Identification) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return ranks and scores of mated probes, and the top scores of non-mated ones, one by one."""
    found = FACES.images[:, 0, :, 0].astype(np.float64) / 127.5 - 1
    found /= np.linalg.norm(found, axis=1, keepdims=True)
    gallery, probes = options.split(FACES)
    enrolled = sorted(set(FACES.identity[gallery]))
    ranks, scores, tops = [], [], []
    for probe in probes:
        best = {
            one: max(found[probe] @ found[row] for row in gallery if FACES.identity[row] == one)
            for one in enrolled
        }
        mine = FACES.identity[probe]
        if mine in best:
            ranks.append(1 + sum(score > best[mine] for score in best.values()))
            scores.append(best[mine])
        else:
            tops.append(max(best.values()))
    return np.array(ranks), np.array(scores), np.array(tops)


@pytest.mark.parametrize("gallery", [1, 3])
def test_rates_are_those_of_a_search_one_by_one(tmp_path: Path, gallery: int) -> None:
    options = Identification(gallery=gallery, fpirs=(0.1,))
    ranks, scores, tops = brute_force(options)
    result = run(tmp_path, gallery=gallery, fpirs=(0.1,))
    for rank in (1, 5, 10):
        assert result.figure(f"rank-{rank}").value == pytest.approx(np.mean(ranks <= rank))
    assert result.figure("rank-1").n == len(ranks) == result.facts["mated_probes"]
    limit = np.sort(tops)[-int(0.1 * len(tops)) - 1]  # all above it are allowed
    tpir = np.mean((ranks == 1) & (scores > limit))
    assert result.figure("tpir@fpir=0.1").value == pytest.approx(tpir, abs=0.02)
    assert result.curve["share"][0] == result.figure("rank-1").value


def test_strangers_are_not_enrolled() -> None:
    options = Identification(gallery=2, nonmated=0.3, seed=5)
    gallery, probes = options.split(FACES)
    enrolled = set(FACES.identity[gallery])
    assert len(enrolled) == 28
    assert len(gallery) == 56
    assert not set(gallery) & set(probes)
    assert len(gallery) + len(probes) == len(FACES)
    strangers = set(FACES.identity[probes]) - enrolled
    assert len(strangers) == 12


def test_strangers_are_drawn_by_the_seed() -> None:
    drawn = [
        set(FACES.identity[Identification(seed=seed).split(FACES)[0]].tolist()) for seed in range(3)
    ]
    assert drawn[0] != drawn[1] != drawn[2]
    assert all(len(people) == 30 for people in drawn)


def test_the_deal_does_not_depend_on_the_order_of_the_photos() -> None:
    rng = np.random.default_rng(3)
    order = rng.permutation(len(FACES))
    mixed = FACES.take(order)
    options = Identification(gallery=2)
    first = {FACES.ids[row] for row in options.split(FACES)[0]}
    assert {mixed.ids[row] for row in options.split(mixed)[0]} == first
    other = Identification(gallery=2, seed=1)
    assert {FACES.ids[row] for row in other.split(FACES)[0]} != first


def test_more_enrolled_photos_find_more(tmp_path: Path) -> None:
    assert run(tmp_path, gallery=3).figure("rank-1").value > run(tmp_path).figure("rank-1").value


@pytest.mark.parametrize("distance", ["euclidean", "chi_square", "bhattacharyya"])
def test_other_distances(tmp_path: Path, distance: str) -> None:
    result = run(tmp_path, distance=distance)
    assert result.figure("rank-1").value > 5 / 30, "far better than chance"


def test_too_few_photos() -> None:
    with pytest.raises(SplitError, match="expected a person with more than 6 photos, got at most"):
        Identification(gallery=6).split(FACES)


def test_a_rate_that_the_strangers_cannot_resolve_is_unknown(tmp_path: Path) -> None:
    result = run(tmp_path, fpirs=(0.1, 1e-3))
    assert result.figure("tpir@fpir=0.001") is None


def test_probes_of_one_person_are_clusters(tmp_path: Path) -> None:
    """28 or more people are enrolled, each with five probes."""
    result = run(tmp_path, fpirs=(0.1,))
    for metric in ("rank-1", "rank-5", "tpir@fpir=0.1"):
        assert "clusters" in result.figure(metric).method
    alone = wilson(round(result.figure("rank-1").value * 150), 150)
    assert result.figure("rank-1").n == 150
    assert result.figure("rank-1").low < alone.low
    assert result.curve["low"][0] < alone.low
