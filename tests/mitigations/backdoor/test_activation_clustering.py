"""Activation clustering, against scikit-learn's."""

from __future__ import annotations

import numpy as np
from sklearn.cluster import KMeans
from sklearn.decomposition import PCA
from sklearn.metrics import silhouette_score

from faceaudit.mitigations.backdoor.activation_clustering import ActivationClustering
from mitigations.backdoor.planted import auc_within, gaussian, none_of, suspect


def test_clusters_and_silhouettes_are_those_of_scikit_learn() -> None:
    seen, clean, _ = gaussian(people=6)
    found = suspect(ActivationClustering(components=4), seen, none_of(clean))
    for person in range(6):
        mine = np.flatnonzero(seen.label == person)
        points = seen.embeddings[mine].astype(np.float64)
        white = PCA(4, whiten=True, svd_solver="full").fit_transform(points)
        group = KMeans(2, n_init=50, random_state=0).fit_predict(white)
        own = found.photos[mine] > 0
        if person == 3:  # two real groups; the others' best cut is a matter of luck
            assert max((own == group).mean(), (own != group).mean()) == 1
        expected = silhouette_score(white, own)
        np.testing.assert_allclose(found.people[person], expected, rtol=1e-4)


def test_a_larger_part_of_poison_is_told_by_clean_photos() -> None:
    """Without any the smaller cluster is suspected, which is then that of the clean photos."""
    seen, clean, poison = gaussian(photos=20, poison=50, shift=12.0)
    with_clean = suspect(ActivationClustering(), seen, clean)
    without = suspect(ActivationClustering(), seen, none_of(clean))
    assert auc_within(with_clean, seen, poison) > 0.95
    assert auc_within(without, seen, poison) < 0.05
