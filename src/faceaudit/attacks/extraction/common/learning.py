"""How a copy learns: a network that is to answer as the victim did."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.errors import CaseError, InputError
from faceaudit.networks import Network
from faceaudit.progress import Progress, silent
from faceaudit.registry import Options
from faceaudit.training.determinism import cpu_threads, deterministic, seeded
from faceaudit.training.device import DeviceChoice, choose_device
from faceaudit.types import FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    import torch
    from torch import Tensor
    from torch.nn import functional

    from faceaudit.training import classifier
else:
    torch = deferred("torch")
    functional = deferred("torch.nn.functional")
    classifier = deferred("faceaudit.training.classifier")

Told = Literal["scores", "templates", "cosines"]
"""What answers are: probabilities of people, templates, or cosines of pairs."""
VERSION = 2
"""Of how copies learn; ids of copies hold it."""
TRIES = 3
"""Trainings of a copy at most, each at a third of the step size of the one before."""
LOOKED_AT = 64
"""Photos by which is told whether a copy's units have died."""


class CopyTraining(Options):
    """How a copy is trained: by so many steps, whatever the budget, on what the victim answered.

    Nothing is held out of few answers, so that nothing tells when to stop; Adam's step falls to
    zero as a cosine.
    """

    steps: int = Field(300, ge=1, description="steps")
    batch: int = Field(32, ge=2, description="answers a step")
    learning_rate: float = Field(0.002, gt=0, description="Adam's step size at the start")
    mirrored: bool = Field(
        default=True, description="whether each photo is shown as its mirror image half the time"
    )
    device: DeviceChoice = Field("auto", description="where to train")
    threads: int | None = Field(
        None,
        ge=1,
        description="CPU threads to train with, on which the figures depend; none means as many "
        "as there are cores, and with 1 several copies are trained side by side",
    )


@dataclass(frozen=True, eq=False)
class Lesson:
    """What a copy learns from.

    Attributes:
        images: (N, H, W, 3) uint8, the attacker's photos.
        rows: (Q,) the photos that answers are about, or (Q, 2) the pairs.
        targets: (Q, K) the answers.
        told: what they are.
        width: of the copy's own answers: K, or of cosines the length of its templates.
    """

    images: ImageArray
    rows: IntArray
    targets: FloatArray
    told: Told
    width: int

    def __post_init__(self) -> None:
        wanted = 2 if self.told == "cosines" else 1
        if self.rows.ndim != wanted or len(self.rows) != len(self.targets):
            raise InputError(
                f"expected answers to {'pairs (Q, 2)' if wanted == 2 else 'photos (Q,)'}, got "
                f"{self.rows.shape} and {self.targets.shape}"
            )


def untrained_copy(network: Network, width: int, seed: int) -> Mapping[str, Tensor]:
    """Return the weights that a copy starts from; a head of `width` answers is behind it."""
    with seeded(f"copy {seed}"):
        model = classifier.Classifier(network.build(), width)
    return {name: tensor.detach().clone() for name, tensor in model.state_dict().items()}


def learn_copy(
    network: Network,
    lesson: Lesson,
    options: CopyTraining,
    *,
    seed: int,
    start: Mapping[str, Tensor] | None = None,
    progress: Progress = silent,
    title: str = "copy",
) -> tuple[Mapping[str, Tensor], tuple[Mapping[str, float], ...]]:
    """Return the weights of a trained copy, and its loss over ten parts of the training.

    The same seed gives the same bits on one kind of CPU and one number of threads. A copy whose
    units all died, as those of rectifiers may at a large step size, is trained again at a third of
    it: its answers are known, and nothing more is asked.

    Args:
        network: the copy's own; the attacker need not know the victim's.
        lesson: what the victim answered.
        options: how.
        seed: of first weights, of the order of answers and of what is mirrored.
        start: trained weights of the network alone; None starts from scratch.
        progress: told of every step.
        title: what to call the training there.

    Raises:
        CaseError: the training diverged.
    """
    device = choose_device(options.device)
    for attempt in range(TRIES):
        rate = options.learning_rate / 3**attempt
        model, losses = _train(
            network,
            lesson,
            options,
            rate,
            device,
            seed=seed,
            start=start,
            progress=progress,
            title=title,
        )
        if not np.isfinite(losses).all():
            raise CaseError(
                "expected a copy whose loss stays a finite number, got one that diverged; try a "
                f"smaller learning_rate than {options.learning_rate:g}"
            )
        if not _is_dead(model, lesson, device):
            break
    curve = [
        {"epoch": float(place), "train_loss": float(np.mean(part))}
        for place, part in enumerate(np.array_split(losses, min(10, len(losses))))
    ]
    state = {name: tensor.detach().cpu().clone() for name, tensor in model.state_dict().items()}
    return state, tuple(curve)


def _train(
    network: Network,
    lesson: Lesson,
    options: CopyTraining,
    rate: float,
    device: torch.device,
    *,
    seed: int,
    start: Mapping[str, Tensor] | None,
    progress: Progress,
    title: str,
) -> tuple[classifier.Classifier, list[float]]:
    """Return a trained copy and its loss at each step."""
    with seeded(f"copy {seed}"):
        model = classifier.Classifier(network.build(), lesson.width)
    if start is not None:
        model.network.load_state_dict(start)
    model.to(device).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=rate, weight_decay=0.0, fused=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, options.steps)
    rng = np.random.default_rng([seed, 31])
    losses: list[float] = []
    with (
        deterministic(device),
        cpu_threads(options.threads),
        seeded(f"copy dropout {seed}", device),
        progress.task(title, options.steps) as advance,
    ):
        order = _endless(len(lesson.rows), options.steps * options.batch, rng)
        for step in range(options.steps):
            some = order[step * options.batch : (step + 1) * options.batch]
            loss = _loss(model, lesson, some, options, rng, device)
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
            losses.append(float(loss.detach()))
            advance(1)
    return model, losses


def _is_dead(model: classifier.Classifier, lesson: Lesson, device: torch.device) -> bool:
    """Return whether a copy's units have all died: its embeddings of known photos are all zero."""
    rows = np.unique(lesson.rows)[:LOOKED_AT]
    pixels = torch.from_numpy(np.ascontiguousarray(lesson.images[rows])).to(device)
    model.eval()
    with torch.inference_mode():
        return not bool(model.network(model.network.prepare(pixels)).any())


def _endless(count: int, wanted: int, rng: np.random.Generator) -> IntArray:
    """Return an order that goes over all again and again, each time in another one."""
    rounds = -(-wanted // count)
    return np.concatenate([rng.permutation(count) for _ in range(rounds)])[:wanted]


def _loss(
    model: classifier.Classifier,
    lesson: Lesson,
    some: IntArray,
    options: CopyTraining,
    rng: np.random.Generator,
    device: torch.device,
) -> Tensor:
    rows = lesson.rows[some]
    shown = lesson.images[rows.ravel()]  # of a pair, one photo behind the other
    if options.mirrored:
        mirrored = rng.random(len(shown)) < 0.5
        shown[mirrored] = shown[mirrored][:, :, ::-1]
    pixels = torch.from_numpy(np.ascontiguousarray(shown)).to(device)
    answers = model(model.network.prepare(pixels))
    target = torch.from_numpy(lesson.targets[some]).to(device)
    loss: Tensor
    if lesson.told == "scores":
        loss = -(target * functional.log_softmax(answers, dim=1)).sum(dim=1).mean()
    elif lesson.told == "templates":
        loss = (1 - functional.cosine_similarity(answers, target)).mean()
    else:
        first, second = answers[0::2], answers[1::2]
        found = functional.cosine_similarity(first, second)
        loss = (found - target[:, 0]).square().mean()
    return loss
