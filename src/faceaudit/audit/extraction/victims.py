"""The protocol of victims: what an extraction asks, what a copy of one learns, what both decide."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import safetensors.torch

from faceaudit.attacks.extraction import Answers, Asked, Photos
from faceaudit.audit.common.training_once import train_once
from faceaudit.mitigations.membership.rounding import rounded
from faceaudit.records.extraction import Role
from faceaudit.registry import digest
from faceaudit.store import Store, SystemRecord
from faceaudit.systems.identifiers.identifier import Identifier
from faceaudit.types import FloatArray, IntArray

if TYPE_CHECKING:
    from torch import Tensor

    from faceaudit.audit.common.workspace import Workspace

State = Mapping[str, "Tensor"]
Learned = tuple[State, tuple[Mapping[str, float], ...]]
NOTHING: tuple[Mapping[str, float], ...] = ()


@dataclass(frozen=True, eq=False)
class HeldOut:
    """What a victim and its copies are held against one another on.

    Attributes:
        ids: T ids of photos, or of pairs as two ids with a space between.
        people: (T,) whom each photo shows, or (T, 2) the two people of each pair.
        truth: (T,) the right decisions.
    """

    ids: tuple[str, ...]
    people: IntArray
    truth: IntArray


class Victim(ABC):
    """A system to copy, with the photos that the attacker has and those that copies are judged on.

    Attributes:
        role: what is copied.
        title: what it is called.
        asked: whose photos the attacker has: "others" or "enrolled".
        source: registered name of the source of the people that copies are judged on.
        knowledge: what the attacker has beside the answers, in words.
        null: what takes a copy's place as the null, in words.
        why_no_truth: why no model can be trained on the same photos with true labels; empty where
            one can.
        fmr: the false match rate at which it accepts, where it accepts by a threshold.
        demonstration: whether its people are synthetic and it was trained here.
    """

    role: ClassVar[Role]
    null: ClassVar[str]
    title: str
    asked: str
    source: str
    knowledge: str
    demonstration: bool
    why_no_truth: str = ""
    fmr: float | None = None

    @property
    @abstractmethod
    def system_id(self) -> str:
        """The id of what is copied; nothing is trained for it."""

    @abstractmethod
    def identity(self) -> dict[str, Any]:
        """Return what determines its answers and those of its copies, attack and budget aside."""

    @abstractmethod
    def photos(self, unit: Asked) -> Photos:
        """Return what the attacker can ask about, by what one query is about."""

    @abstractmethod
    def answer(self, unit: Asked) -> Callable[[IntArray], FloatArray]:
        """Return the victim as an attack asks it; it is trained now where it is not kept."""

    @abstractmethod
    def learn(self, unit: Asked, told: Answers, title: str) -> Learned:
        """Train a copy on answers."""

    @abstractmethod
    def learn_truth(self, unit: Asked, rows: IntArray, title: str) -> Learned:
        """Train a model of the copy's shape on the same photos with true labels."""

    @abstractmethod
    def learn_nothing(self, unit: Asked, told: Answers) -> Learned:
        """Return what takes a copy's place as the null."""

    @cached_property
    @abstractmethod
    def held_out(self) -> HeldOut:
        """The photos or pairs that copies are judged on."""

    @cached_property
    @abstractmethod
    def decisions(self) -> IntArray:
        """The victim's (T,) decisions on what is held out."""

    @abstractmethod
    def decide(self, state: State, *, truth: bool = False) -> tuple[IntArray, FloatArray]:
        """Return the (T,) decisions of a copy, and its (T,) raw scores of the victim's decisions.

        Args:
            state: its weights.
            truth: whether it learned from true labels.
        """

    def limited(self, answers: FloatArray, decimals: int | None) -> FloatArray:
        """Return answers rounded to decimals; a decision on a pair stays what it is."""
        if decimals is None:
            return answers
        if self.role == "verifier":
            return rounded(answers, decimals)
        return np.round(answers, decimals).astype(np.float32)


def kept(
    spec: Mapping[str, Any], learn: Callable[[], Learned], store: Store, work: Workspace
) -> tuple[str, State]:
    """Return the id and the weights of what is learned; trained now unless the store has it."""
    id_ = digest(spec)

    def train() -> None:
        state, curve = learn()
        store.write_system(SystemRecord(id_, spec, curve, Identifier.dump(state)))

    train_once(id_, train, store, folder=work.unfinished, progress=work.progress)
    return id_, safetensors.torch.load(store.system(id_).weights_bytes)
