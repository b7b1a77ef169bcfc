"""Base classes of mitigations of backdoors: filters of training sets, of inputs, and repairs.

Whoever mitigates owns the training set, poison and all, and the system that was trained on it. They
know neither the target nor the key, and have, by budget, clean photos that somebody vouches for: of
the people whom the system knows, or of others, where it knows nobody of them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from faceaudit.progress import Progress, silent
from faceaudit.registry import Component, Registry
from faceaudit.types import FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    from torch import nn

    from faceaudit.systems.identifiers.base import System
    from faceaudit.training import Training, TrainingPhotos

PhotoScore = Callable[[ImageArray, "FloatArray | None"], FloatArray]
"""(N, H, W, 3) uint8 photos and their (N, 5, 2) landmarks, if known, to (N,) suspicion."""


@dataclass(frozen=True, eq=False)
class SeenPhotos:
    """Photos, their labels, and what a system makes of them.

    Attributes:
        images: (N, H, W, 3) uint8.
        landmarks: (N, 5, 2) in pixels, or None where they are not known.
        label: (N,) labels, 0 to K - 1; -1 for people whom the system does not know.
        embeddings: (N, E) float32 by the system, the input of its last layer.
        logits: (N, K) float32 by the system.
    """

    images: ImageArray
    landmarks: FloatArray | None
    label: IntArray
    embeddings: FloatArray
    logits: FloatArray

    def __len__(self) -> int:
        return len(self.label)

    def at(self, rows: IntArray) -> SeenPhotos:
        """Return the photos at `rows`."""
        return SeenPhotos(
            images=self.images[rows],
            landmarks=None if self.landmarks is None else self.landmarks[rows],
            label=self.label[rows],
            embeddings=self.embeddings[rows],
            logits=self.logits[rows],
        )


@dataclass(frozen=True, eq=False)
class Suspicion:
    """How much a filter suspects photos and people; higher is more.

    Attributes:
        photos: (N,) of each training photo, comparable among photos of one label.
        people: (K,) of each person to be a target, comparable among people; NaN where it says
            nothing.
    """

    photos: FloatArray
    people: FloatArray


class BackdoorMitigation(Component):
    """A mitigation of backdoors; an author derives from one of the three classes below.

    Attributes:
        clean_photos: how many clean photos of a person it needs at least.
        uses_clean: whether clean photos change what it does; one that has no use for any is tried
            once, without them.
        other_photos: how many clean photos of people whom the system does not know it needs at
            least, in their place; None where those are of no use to it.
        needs_landmarks: whether it must know where eyes, nose and mouth of clean photos are.
    """

    family: ClassVar[str] = "backdoor_mitigation"
    plan_key: ClassVar[str] = "mitigation"
    clean_photos: ClassVar[int] = 0
    uses_clean: ClassVar[bool] = True
    other_photos: ClassVar[int | None] = None
    needs_landmarks: ClassVar[bool] = False

    @property
    def parts(self) -> tuple[BackdoorMitigation, ...]:
        """Other members that it is made of, whose answers its own rest on."""
        return ()


class TrainingFilter(BackdoorMitigation):
    """Tells which photos of a training set are poison, so that they can be left out.

    Attributes:
        needs_system: whether it goes by what the trained system makes of photos; one that does not
            looks at pixels and labels alone, before anything is trained.
    """

    needs_system: ClassVar[bool] = True

    @abstractmethod
    def suspect(self, seen: SeenPhotos, clean: SeenPhotos, rng: np.random.Generator) -> Suspicion:
        """Return how much each training photo and each person is suspected.

        Args:
            seen: the N training photos, poison among them under the target's label.
            clean: photos that somebody vouches for; perhaps none.
            rng: draws whatever is drawn.
        """


class InputFilter(BackdoorMitigation):
    """Tells photos with a key from others when they are shown to the finished system."""

    @abstractmethod
    def fit(self, system: System, clean: SeenPhotos, rng: np.random.Generator) -> PhotoScore:
        """Return what gives the suspicion of photos; thresholds are set by whoever calls it.

        Args:
            system: the trained one.
            clean: photos that somebody vouches for; of people whom the system does not know, where
                `other_photos` says that those are of use.
            rng: draws whatever is drawn.

        Raises:
            InputError: too few clean photos, or no landmarks where they are needed.
        """


@dataclass(frozen=True, eq=False)
class RepairTask:
    """A trained system to repair.

    Attributes:
        network: a copy in evaluation mode, on the device to train on: pixels (N, H, W, 3) of 0 to
            255 to embeddings (N, E); None where only the last layer was trained, and photos are
            then embeddings already.
        head: a copy of the last layer: embeddings (N, E) to logits (N, K).
        clean: photos that somebody vouches for, by budget; (N, E) embeddings where `network` is
            None. People whom the system does not know have the label of whom it takes them for.
        training_set: the photos it was trained on, poison among them; embeddings likewise.
        options: how it was trained.
        seed: of the repair.
        progress: told of every step.
        title: what to call the repair there.
        answers: (N, K) float32 probabilities that the system gave of the clean photos before the
            repair, in the place of labels, where they are of people whom it does not know; None
            where labels are true.
    """

    network: nn.Module | None
    head: nn.Linear
    clean: TrainingPhotos
    training_set: TrainingPhotos
    options: Training
    seed: int
    progress: Progress = silent
    title: str = "repair"
    answers: FloatArray | None = None


class Repair(BackdoorMitigation):
    """Changes a trained system so that the key no longer opens it."""

    @abstractmethod
    def repair(self, task: RepairTask) -> None:
        """Change `task.network` and `task.head` in place.

        Raises:
            InputError: too few clean photos.
        """


backdoor_mitigations: Registry[BackdoorMitigation] = Registry(
    BackdoorMitigation, "faceaudit.mitigations.backdoor"
)
