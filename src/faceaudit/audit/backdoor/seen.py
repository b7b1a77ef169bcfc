"""What a mitigation is shown: photos, and what a system makes of them."""

from __future__ import annotations

import numpy as np

from faceaudit.audit.backdoor.scenario import BackdoorScenario
from faceaudit.mitigations.backdoor.base import SeenPhotos
from faceaudit.systems.identifiers.base import System
from faceaudit.types import FaceSet, IntArray


def see_clean(scenario: BackdoorScenario, system: System, rows: IntArray) -> SeenPhotos:
    """Return photos of the faces at `rows`, as a system sees them."""
    faces = scenario.faces
    landmarks = None if faces.landmarks is None else faces.landmarks[rows]
    return SeenPhotos(
        images=np.ascontiguousarray(faces.images[rows]),
        landmarks=landmarks,
        label=scenario.split.label[rows],
        embeddings=system.embed(faces.images, rows),
        logits=system.logits(faces.images, rows),
    )


def see_others(system: System, faces: FaceSet, rows: IntArray) -> SeenPhotos:
    """Return photos of people whom a system does not know, as it sees them."""
    return SeenPhotos(
        images=np.ascontiguousarray(faces.images[rows]),
        landmarks=None if faces.landmarks is None else faces.landmarks[rows],
        label=np.full(len(rows), -1),
        embeddings=system.embed(faces.images, rows),
        logits=system.logits(faces.images, rows),
    )


def see_training_set(
    scenario: BackdoorScenario, system: System, poison: FaceSet | None
) -> SeenPhotos:
    """Return the photos that a system was trained on, the poison samples last, as it sees them."""
    clean = see_clean(scenario, system, scenario.split.train)
    if poison is None:
        return clean
    landmarks = None
    if clean.landmarks is not None and poison.landmarks is not None:
        landmarks = np.concatenate([clean.landmarks, poison.landmarks])
    return SeenPhotos(
        images=np.concatenate([clean.images, poison.images]),
        landmarks=landmarks,
        label=np.concatenate([clean.label, np.full(len(poison), scenario.target)]),
        embeddings=np.concatenate([clean.embeddings, system.embed(poison.images)]),
        logits=np.concatenate([clean.logits, system.logits(poison.images)]),
    )
