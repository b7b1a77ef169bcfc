"""Thresholds of one half of LFW's people, measured on the other half: 100 random halvings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

import faceaudit
from faceaudit.metrics import operating_points
from faceaudit.protocols.strangers import draw_strangers
from faceaudit.systems.embedding.cache import embeddings

HALVINGS = 100
RATES = (0.01, 0.001)
GENUINE = 10
"""Genuine pairs a person at most."""


def genuine_pairs(identity: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    pairs = []
    order = np.argsort(identity, kind="stable")
    for mine in np.split(order, np.flatnonzero(np.diff(identity[order])) + 1):
        both = np.column_stack(np.triu_indices(len(mine), 1))
        chosen = rng.choice(len(both), min(GENUINE, len(both)), replace=False)
        pairs.append(mine[both[chosen]])
    return np.concatenate(pairs)


@pytest.mark.slow
@pytest.mark.realdata
def test_the_other_half_of_the_people_is_within_the_intervals(
    real_data: Path, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    embedder = faceaudit.load_network(
        "mobilefacenet_y1", real_data / "weights/mobilefacenet_ms1m_y1.safetensors"
    )
    loaded = faceaudit.load_faces(
        f"lfw:{real_data / 'lfw/images'}",
        embedder.size,
        align=f"yunet:{real_data / 'weights/yunet_n_dynamic.onnx'}",
        cache=tmp_path,
    )
    faces = loaded.faces
    vectors = embeddings(embedder, faces.images, cache=tmp_path / "embeddings").take()
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    names = np.array(faces.names)[faces.identity]
    held = []
    for seed in range(HALVINGS):
        rng = np.random.default_rng(seed)
        half = rng.permutation(len(faces.names)) % 2 == 0
        sides = []
        for side in (half, ~half):
            rows = np.flatnonzero(side[faces.identity])
            ids = [faces.ids[row] for row in rows.tolist()]
            strangers = rows[np.column_stack(draw_strangers(ids, names[rows].tolist(), seed=seed))]
            genuine = rows[genuine_pairs(faces.identity[rows], rng)]
            sides.append((genuine, strangers))
        scores = [
            [np.einsum("pe,pe->p", *(vectors[pairs[:, k]] for k in (0, 1))) for pairs in side]
            for side in sides
        ]
        people = tuple(faces.identity[pairs] for pairs in sides[0])
        for point in operating_points(*scores[0], RATES, people=people):
            assert point.threshold is not None
            held.append(
                (
                    point.fmr.low <= np.mean(scores[1][1] >= point.threshold) <= point.fmr.high,
                    point.fnmr.low <= np.mean(scores[1][0] < point.threshold) <= point.fnmr.high,
                )
            )
    times = np.sum(np.array(held).reshape(HALVINGS, len(RATES), 2), axis=0)
    for rate, (fmr, fnmr) in zip(RATES, times.tolist(), strict=True):
        record_property(f"within the intervals at {rate:g}", f"FMR {fmr}, FNMR {fnmr}")
    assert (times[:, 0] >= 95).all(), times
    assert (times[:, 1] >= 93).all(), times
