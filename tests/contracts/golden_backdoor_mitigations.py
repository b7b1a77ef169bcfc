"""Golden answers of mitigations of backdoors: filters and repairs of drawn faces."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from faceaudit.mitigations.backdoor import (
    InputFilter,
    Repair,
    RepairTask,
    SeenPhotos,
    TrainingFilter,
    backdoor_mitigations,
)
from faceaudit.types import Float64Array, FloatArray, ImageArray, IntArray
from mitigations.backdoor import drawn_faces, planted
from mitigations.backdoor.small_systems import (
    OPTIONS,
    PEOPLE,
    Small,
    labelled,
    landmarks_of,
    photos,
    training_set,
)

SEED = 7
SHORT = {
    "abl": {"isolation_epochs": 1, "epochs": 1, "isolate": 0.1},
    "strip": {"overlays": 4},
    "i_bau": {"epochs": 1, "ascents": 2},
    **{name: {"epochs": 1} for name in ("fine_pruning", "fine_tuning", "ft_sam", "nad")},
}
"""Options that make a member quick; few steps also round alike everywhere."""


class Untrained:
    """A system with the weights that a seed draws."""

    names = tuple(map(str, range(PEOPLE)))
    size = (16, 16)

    def __init__(self) -> None:
        torch.manual_seed(SEED)
        self.network, self.head = Small(), nn.Linear(24, PEOPLE)

    def embed(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, 24) embeddings."""
        shown = images if rows is None else images[rows]
        with torch.no_grad():
            found: FloatArray = self.network(torch.from_numpy(shown).float()).numpy()
        return found

    def logits(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        """Return (N, 6) logits."""
        with torch.no_grad():
            found: FloatArray = self.head(torch.from_numpy(self.embed(images, rows))).numpy()
        return found

    def differentiable(self) -> nn.Module:
        """Return pixels to logits."""
        return nn.Sequential(self.network, self.head)


def backdoor_mitigation(name: str) -> Float64Array:
    """Return what a filter suspects, or the logits of a system after a repair."""
    member = backdoor_mitigations.build({"mitigation": name, **SHORT.get(name, {})})
    if isinstance(member, TrainingFilter):
        return _suspected(member)
    system = Untrained()
    if isinstance(member, InputFilter):
        return _refused(member, system)
    assert isinstance(member, Repair)
    return _repaired(member, system)


def _suspected(member: TrainingFilter) -> Float64Array:
    seen, clean, _ = planted.gaussian(people=8, photos=12, poison=6, clean=4)
    if not member.needs_system:
        images, _ = drawn_faces.faces(seen.label, SEED)
        seen = SeenPhotos(images, None, seen.label, seen.embeddings, seen.logits)
        images, _ = drawn_faces.faces(clean.label, SEED + 1)
        clean = SeenPhotos(images, None, clean.label, clean.embeddings, clean.logits)
    found = member.suspect(seen, clean, np.random.default_rng(SEED))
    return np.concatenate([found.photos, np.nan_to_num(found.people)]).astype(np.float64)


def _refused(member: InputFilter, system: Untrained) -> Float64Array:
    images, label = labelled(10, SEED)
    landmarks = landmarks_of(len(label))
    clean = SeenPhotos(images, landmarks, label, system.embed(images), system.logits(images))
    score = member.fit(system, clean, np.random.default_rng(SEED))
    shown, _ = labelled(2, SEED + 1)
    return score(shown, landmarks_of(len(shown))).astype(np.float64)


def _repaired(member: Repair, system: Untrained) -> Float64Array:
    clean, label = labelled(4, SEED)
    learned, _ = training_set()
    task = RepairTask(system.network, system.head, photos(clean, label), learned, OPTIONS, SEED)
    member.repair(task)
    return system.logits(clean).astype(np.float64)
