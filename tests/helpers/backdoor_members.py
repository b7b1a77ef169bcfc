"""Small mitigations of backdoors whose answers can be told beforehand."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
import pytest
from pydantic import Field

from faceaudit.mitigations.backdoor.base import (
    BackdoorMitigation,
    InputFilter,
    PhotoScore,
    Repair,
    RepairTask,
    SeenPhotos,
    Suspicion,
    TrainingFilter,
    backdoor_mitigations,
)
from faceaudit.systems.identifiers.base import System
from faceaudit.types import FloatArray, ImageArray


class Odd(TrainingFilter):
    """A photo is suspected by its distance from the median photo of its label."""

    name: ClassVar[str] = "odd"
    paper: ClassVar[str] = "made for tests"
    needs_system: ClassVar[bool] = False
    uses_clean: ClassVar[bool] = False

    quiet: bool = Field(default=False, description="whether it says nothing of people")

    def suspect(self, seen: SeenPhotos, clean: SeenPhotos, rng: np.random.Generator) -> Suspicion:
        photos = np.zeros(len(seen), dtype=np.float32)
        people = np.full(seen.logits.shape[1], np.nan, dtype=np.float32)
        for label in np.unique(seen.label):
            own = seen.label == label
            images = seen.images[own].astype(np.float32)
            photos[own] = np.abs(images - np.median(images, axis=0)).mean((1, 2, 3))
            if not self.quiet:
                people[label] = photos[own].max()
        return Suspicion(photos, people)


class Stranger(InputFilter):
    """A photo is suspected by its distance from the nearest clean one of whom it is taken for."""

    name: ClassVar[str] = "stranger"
    paper: ClassVar[str] = "made for tests"

    def fit(self, system: System, clean: SeenPhotos, rng: np.random.Generator) -> PhotoScore:
        known = clean.images.astype(np.float32)

        def score(images: ImageArray, landmarks: FloatArray | None) -> FloatArray:
            taken = system.logits(images).argmax(1)
            return np.array(
                [
                    np.abs(known[clean.label == label] - image).mean((1, 2, 3)).min()
                    for image, label in zip(images.astype(np.float32), taken, strict=True)
                ],
                dtype=np.float32,
            )

        return score


class Means(Repair):
    """The last layer becomes a search for the nearest mean of clean photos."""

    name: ClassVar[str] = "means"
    paper: ClassVar[str] = "made for tests"
    clean_photos: ClassVar[int] = 1

    def repair(self, task: RepairTask) -> None:
        import torch  # noqa: PLC0415 - members are listed without it

        photos, labels = task.clean.gather(np.arange(len(task.clean)))
        with torch.no_grad():
            seen = photos if task.network is None else task.network(photos)
            for label in range(task.head.out_features):
                mean = seen[labels == label].mean(0)
                task.head.weight[label] = mean
                task.head.bias[label] = -mean.square().sum() / 2


class Plain(InputFilter):
    """A photo is suspected by its distance from the mean of clean ones, whoever is on those."""

    name: ClassVar[str] = "plain"
    paper: ClassVar[str] = "made for tests"
    other_photos: ClassVar[int | None] = 1

    def fit(self, system: System, clean: SeenPhotos, rng: np.random.Generator) -> PhotoScore:
        assert (clean.label >= 0).all() or (clean.label == -1).all()
        assert clean.logits.shape == (len(clean), len(system.names))
        mean = clean.images.astype(np.float32).mean(axis=0)

        def score(images: ImageArray, landmarks: FloatArray | None) -> FloatArray:
            return np.abs(images.astype(np.float32) - mean).mean((1, 2, 3))

        return score


class Recall(Repair):
    """The last layer forgets photos and says the mean of what is to be answered to clean ones."""

    name: ClassVar[str] = "recall"
    paper: ClassVar[str] = "made for tests"
    clean_photos: ClassVar[int] = 1
    other_photos: ClassVar[int | None] = 1

    def repair(self, task: RepairTask) -> None:
        import torch  # noqa: PLC0415 - members are listed without it

        people = task.head.out_features
        wanted = np.eye(people)[task.clean.label] if task.answers is None else task.answers
        with torch.no_grad():
            task.head.weight.zero_()
            task.head.bias.copy_(torch.from_numpy(np.log(wanted.mean(axis=0) + 1e-9)))


class Idle(Repair):
    """Nothing is done."""

    name: ClassVar[str] = "idle"
    paper: ClassVar[str] = "made for tests"
    uses_clean: ClassVar[bool] = False

    def repair(self, task: RepairTask) -> None:
        assert len(task.training_set)


class Wild(Idle):
    """Weights become no numbers."""

    name: ClassVar[str] = "wild"

    def repair(self, task: RepairTask) -> None:
        task.head.bias.data[0] = float("nan")


MEMBERS: tuple[type[BackdoorMitigation], ...] = (
    *(Odd, Stranger, Means, Plain, Recall, Idle, Wild),
)


def lend_members(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have plans know them for one test; a list of all members must not."""
    backdoor_mitigations.names()
    for member in MEMBERS:
        monkeypatch.setitem(backdoor_mitigations._members, member.name, member)
