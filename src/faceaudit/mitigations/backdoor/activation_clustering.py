"""A filter of training photos: two clusters of what the network makes of a person's photos."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from pydantic import Field

from faceaudit.mitigations.backdoor.base import (
    SeenPhotos,
    Suspicion,
    TrainingFilter,
    backdoor_mitigations,
)
from faceaudit.mitigations.backdoor.common.people import blocks_of, means_by_person
from faceaudit.mitigations.backdoor.common.principal import principal_scores, whitened
from faceaudit.mitigations.backdoor.common.two_groups import (
    silhouettes,
    suspected_second,
    two_groups,
)


@backdoor_mitigations.register
class ActivationClustering(TrainingFilter):
    """Each person's embeddings are cut into two clusters, one of which is suspected.

    A photo is suspected the more, the closer it is to the suspected cluster's centre than to the
    other's; a person, the better their clusters are apart (mean silhouette).

    Where we differ: principal components of variance 1 take the place of independent ones, which
    are the same components turned, so that no distance is another. Clusters start from cuts along
    each axis, not from drawn photos. The smaller cluster is suspected as in the paper, but
    where somebody vouches for photos of the person, it is the cluster further from their mean:
    poison may be the larger part. People with fewer than three photos are left out.
    """

    name: ClassVar[str] = "activation_clustering"
    paper: ClassVar[str] = (
        "Chen, Carvalho, Baracaldo, Ludwig, Edwards, Lee, Molloy, Srivastava 2018, Detecting "
        "backdoor attacks on deep neural networks by activation clustering, arXiv 1811.03728"
    )

    components: int = Field(10, ge=1, description="principal components that are clustered")

    def suspect(self, seen: SeenPhotos, clean: SeenPhotos, rng: np.random.Generator) -> Suspicion:
        """Return how close photos are to the suspected cluster, and how well clusters are apart."""
        del rng
        people, size = seen.logits.shape[1], seen.embeddings.shape[1]
        vouched = means_by_person(clean.embeddings, clean.label, people)
        photos, persons = np.zeros(len(seen)), np.full(people, np.nan)
        for block in blocks_of(seen.label, people, lambda m: m * max(m, size), least=3):
            points = block.gather(seen.embeddings)
            mean = points.sum(axis=1) / block.count[:, None]
            centred = np.where(block.there[..., None], points - mean[:, None], 0)
            scores, values = principal_scores(centred, self.components)
            scaled = whitened(scores, values, block.count)
            groups = suspected_second(
                two_groups(scaled, block.there, scores), points, block.there, vouched[block.people]
            )
            block.put(photos, groups.margin(scaled))
            persons[block.people] = silhouettes(scaled, block.there, groups.second)
        return Suspicion(photos.astype(np.float32), persons.astype(np.float32))
