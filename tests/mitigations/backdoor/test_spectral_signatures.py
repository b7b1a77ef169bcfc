"""Spectral signatures, against one singular value decomposition a person."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.mitigations.backdoor.spectral_signatures import SpectralSignatures
from mitigations.backdoor.planted import gaussian, none_of, suspect


@pytest.mark.parametrize("photos", [5, 30])
def test_scores_are_squared_projections_on_the_first_singular_vector(photos: int) -> None:
    seen, clean, _ = gaussian(people=5, photos=photos)
    found = suspect(SpectralSignatures(), seen, none_of(clean))
    for person in range(5):
        mine = seen.label == person
        points = seen.embeddings[mine].astype(np.float64)
        centred = points - points.mean(axis=0)
        values, axes = np.linalg.svd(centred, full_matrices=False)[1:]
        np.testing.assert_allclose(found.photos[mine], (centred @ axes[0]) ** 2, rtol=1e-4)
        np.testing.assert_allclose(
            found.people[person], values[0] ** 2 / (values**2).sum(), rtol=1e-4
        )
