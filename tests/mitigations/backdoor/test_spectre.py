"""SPECTRE: quantum entropy against SciPy's matrix exponential, and what trimming is for."""

from __future__ import annotations

import numpy as np
from scipy.linalg import expm

from faceaudit.mitigations.backdoor.spectral_signatures import SpectralSignatures
from faceaudit.mitigations.backdoor.spectre import Spectre, quantum_entropy
from mitigations.backdoor.planted import auc_within, gaussian, none_of, seen_of, suspect


def test_quantum_entropy_is_that_of_the_matrix_exponential() -> None:
    rng = np.random.default_rng(0)
    white = rng.normal(0, 1.3, (1, 40, 5))
    there = np.arange(40)[None] < 37
    inside = white[0, :37]
    moments = inside.T @ inside / 37
    weight = expm(4 * (moments - np.eye(5)) / (np.linalg.norm(moments, 2) - 1))
    expected = np.einsum("mi,ij,mj->m", inside, weight, inside) / np.trace(weight)
    np.testing.assert_allclose(quantum_entropy(white, there, 4.0)[0, :37], expected, rtol=1e-9)


def test_poison_in_a_direction_of_little_variance_is_found_where_the_first_axis_does_not() -> None:
    """The first principal axis is that of a large variance that everybody has."""
    seen, clean, poison = gaussian(poison=8, shift=0.0, size=6)
    points = seen.embeddings.astype(np.float64)
    points[:, 0] += np.random.default_rng(1).normal(0, 9, len(points))
    points[poison, 1] += 6
    stretched = seen_of(points, seen.label, seen.logits.shape[1])
    robust = suspect(Spectre(components=6), stretched, none_of(clean))
    plain = suspect(SpectralSignatures(), stretched, none_of(clean))
    assert auc_within(robust, seen, poison) > 0.95
    assert auc_within(plain, seen, poison) < 0.75


def test_poison_that_is_the_larger_part_is_found_from_clean_photos() -> None:
    seen, clean, poison = gaussian(photos=30, poison=20, shift=10.0)
    found = suspect(Spectre(share=0.4), seen, clean)
    assert auc_within(found, seen, poison) > 0.95
