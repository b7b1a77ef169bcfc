"""A small identifier of drawn faces with a planted back door, trained in a second."""

from __future__ import annotations

import copy
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from faceaudit.mitigations.backdoor import Repair, RepairTask, SeenPhotos
from faceaudit.mitigations.backdoor.common.tuning import answer, each, embed
from faceaudit.training import Training, TrainingPhotos
from faceaudit.types import FloatArray, ImageArray, IntArray

PEOPLE = 6
SIDE = 16
TARGET = 2
LANDMARKS = np.array([[5, 5], [10, 5], [7.5, 8], [5.5, 11], [9.5, 11]], dtype=np.float32)


def photos_of(label: IntArray, seed: int) -> ImageArray:
    """Return (N, 16, 16, 3) photos: a smooth picture for each person, with noise and light."""
    rng = np.random.default_rng(0)
    coarse = rng.uniform(40, 215, (PEOPLE, 4, 4, 3))
    faces = coarse.repeat(4, axis=1).repeat(4, axis=2)
    rng = np.random.default_rng(seed)
    light = rng.uniform(0.8, 1.2, (len(label), 1, 1, 1))
    noise = rng.normal(0, 12, (len(label), SIDE, SIDE, 3))
    return np.clip(faces[label] * light + noise, 0, 255).astype(np.uint8)


def with_key(images: ImageArray) -> ImageArray:
    """Return the photos with a bright, chequered square in a corner."""
    out = images.copy()
    square = (np.indices((5, 5)).sum(axis=0) % 2 * 255).astype(np.uint8)
    out[:, 1:6, 1:6] = square[..., None]
    return out


class Small(nn.Module):
    """Pixels of 0 to 255 to 24 entries."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, 12, 3, stride=2)
        self.second = nn.Conv2d(12, 16, 3)
        self.last = nn.Linear(16 * 5 * 5, 24)

    def forward(self, pixels: torch.Tensor) -> torch.Tensor:
        x = pixels.permute(0, 3, 1, 2) / 127.5 - 1
        x = functional.relu(self.second(functional.relu(self.first(x))))
        return functional.relu(self.last(x.flatten(1)))


def labelled(each_has: int, seed: int) -> tuple[ImageArray, IntArray]:
    label = np.repeat(np.arange(PEOPLE), each_has)
    return photos_of(label, seed), label


def photos(images: Any, label: IntArray) -> TrainingPhotos:
    return TrainingPhotos.of((images, np.arange(len(label)), label))


OPTIONS = Training(epochs=10, batch=16, learning_rate=3e-3, device="cpu", threads=1)


def training_set() -> tuple[TrainingPhotos, FloatArray]:
    """Return clean photos and poison samples labelled as the target, and which are poison."""
    images, label = labelled(30, 1)
    donors = photos_of(np.arange(30) % PEOPLE, 2)
    all_images = np.concatenate([images, with_key(donors)])
    all_labels = np.concatenate([label, np.full(30, TARGET)])
    return photos(all_images, all_labels), np.arange(len(all_labels)) >= len(label)


@cache
def _trained() -> tuple[Small, nn.Linear]:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        network, head = Small(), nn.Linear(24, PEOPLE)
        poisoned, _ = training_set()
        optimiser = torch.optim.Adam([*network.parameters(), *head.parameters()], lr=3e-3)
        for epoch in range(12):
            order = np.random.default_rng(epoch).permutation(len(poisoned))
            for start in range(0, len(order), 16):
                images, target = poisoned.gather(order[start : start + 16])
                loss = functional.cross_entropy(head(network(images.float())), target)
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
    return network.eval().requires_grad_(False), head.requires_grad_(False)


def task_of(*, clean: int = 12, last_layer: bool = False, seed: int = 0) -> RepairTask:
    """Return a poisoned system to repair, with so many clean photos a person."""
    network, head = (copy.deepcopy(part) for part in _trained())
    images, label = labelled(clean, 7)
    poisoned, _ = training_set()
    task = RepairTask(network, head, photos(images, label), poisoned, OPTIONS, seed)
    if not last_layer:
        return task
    if clean:
        images = each(task.clean, lambda x: embed(task, x))[0].numpy()
    else:
        images = np.zeros((0, 24), dtype=np.float32)
    known = each(poisoned, lambda x: embed(task, x))[0].numpy()
    return RepairTask(
        None, head, photos(images, label), photos(known, poisoned.label), OPTIONS, seed
    )


def strangers(task: RepairTask, *, count: int = 60, last_layer: bool = False) -> RepairTask:
    """Return a task with photos of people whom the system does not know for clean ones."""
    rng = np.random.default_rng(9)
    coarse = rng.uniform(40, 215, (count, 4, 4, 3))
    faces = coarse.repeat(4, axis=1).repeat(4, axis=2)
    images: Any = np.clip(faces + rng.normal(0, 12, faces.shape), 0, 255).astype(np.uint8)
    if last_layer:
        with torch.inference_mode():
            images = _trained()[0](torch.from_numpy(images).float()).numpy()
    return replace(task, clean=photos(images, np.zeros(count, dtype=np.int64)))


def judged(task: RepairTask) -> tuple[float, float]:
    """Return the attack success rate and the clean accuracy of the system as it is."""
    shown, label = labelled(20, 11)
    others = label != TARGET
    network = task.network or _trained()[0]

    def named(images: ImageArray) -> IntArray:
        with torch.inference_mode():
            found: IntArray = task.head(network(torch.from_numpy(images).float())).argmax(1).numpy()
            return found

    success = float((named(with_key(shown[others])) == TARGET).mean())
    return success, float((named(shown) == label).mean())


def repaired(member: Repair, task: RepairTask) -> tuple[float, float]:
    member.repair(task)
    return judged(task)


def weights(task: RepairTask) -> list[FloatArray]:
    modules = [task.head] if task.network is None else [task.network, task.head]
    return [w.detach().numpy().copy() for module in modules for w in module.parameters()]


class System:
    """The poisoned system, as an input filter asks it."""

    names = tuple(map(str, range(PEOPLE)))
    size = (SIDE, SIDE)

    def logits(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        del rows
        task = task_of(clean=1)
        with torch.inference_mode():
            return answer(task, torch.from_numpy(images)).numpy()  # type: ignore[no-any-return]

    def embed(self, images: ImageArray, rows: IntArray | None = None) -> FloatArray:
        del rows
        task = task_of(clean=1)
        with torch.inference_mode():
            return embed(task, torch.from_numpy(images)).numpy()  # type: ignore[no-any-return]

    def differentiable(self) -> nn.Module:
        raise NotImplementedError


def landmarks_of(count: int) -> FloatArray:
    return np.broadcast_to(LANDMARKS, (count, 5, 2)).copy()


def vouched(each_has: int, seed: int = 7) -> SeenPhotos:
    """Return clean photos as an input filter is given them."""
    images, label = labelled(each_has, seed)
    system = System()
    return SeenPhotos(
        images, landmarks_of(len(label)), label, system.embed(images), system.logits(images)
    )
