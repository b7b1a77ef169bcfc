"""Cases: the combinations of a plan, each with an id of everything that determines it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from faceaudit.attacks.backdoor import BackdoorAttack
from faceaudit.audit.common.backbone import Backbone
from faceaudit.audit.common.systems import SystemPlan
from faceaudit.audit.plan import Plan
from faceaudit.errors import UnknownName
from faceaudit.faces.split import Split
from faceaudit.registry import digest
from faceaudit.store.store import SCHEMA
from faceaudit.systems import Embedder
from faceaudit.types import FaceSet


@dataclass(frozen=True, eq=False)
class BackdoorScenario:
    """Faces that are split, with a target: what several cases share.

    Attributes:
        plan: the plan.
        system: the system to train.
        seed: the seed of everything drawn.
        faces: all faces, at the system's input size.
        split: who is enrolled and which photos do what.
        target: the target's label.
        backbone: the trained network that the system starts from, or None.
    """

    plan: Plan
    system: SystemPlan
    seed: int
    faces: FaceSet
    split: Split
    target: int
    backbone: Backbone | None = None

    @cached_property
    def embedder(self) -> Embedder:
        """The backbone, ready to embed photos."""
        assert self.backbone is not None
        return self.backbone.embedder(self.system.training.torch_device())

    @property
    def target_identity(self) -> int:
        """The target's index in `faces.names`."""
        return self.faces.names.index(self.split.names[self.target])

    @cached_property
    def values(self) -> dict[str, Any]:
        """What determines everything trained in this setting, as plain values."""
        return {
            "schema": SCHEMA,
            "fingerprint": self.faces.fingerprint,
            "split": self.plan.split.model_dump(mode="json"),
            "system": _system_values(self.system),
            "backbone": None if self.backbone is None else self.backbone.id,
            "seed": self.seed,
        }

    def system_spec(self, poison: FaceSet | None) -> dict[str, Any]:
        """Return what determines a trained system; no poison means the pristine one."""
        poisoned = None
        if poison is not None:
            poisoned = {"fingerprint": poison.fingerprint, "as": self.split.names[self.target]}
        return {**self.values, "poison": poisoned}


def _system_values(system: SystemPlan) -> dict[str, Any]:
    """Return what determines a system beside its backbone, whose id says what that is."""
    values = system.model_dump(mode="json")
    if system.network.is_file:  # where its file lies does not change what is in it
        values["network"] = {k: v for k, v in values["network"].items() if k != "path"}
    return {key: value for key, value in values.items() if key not in ("weights", "pretraining")}


@dataclass(frozen=True, eq=False)
class Case:
    """One attack, or none, on one system."""

    setting: BackdoorScenario
    attack: BackdoorAttack | None
    default_samples: int | None

    @cached_property
    def spec(self) -> dict[str, Any]:
        """Return the case as plain values."""
        setting = self.setting
        attack = None if self.attack is None else self.attack.spec().as_json()
        assert setting.plan.faces is not None
        return {
            **setting.values,
            "faces": setting.plan.faces.spec().as_json(),
            "attack": attack,
            "key_picture": None if self.attack is None else _picture_digest(self.attack, setting),
            "defense": None,
            "target": None if attack is None else setting.split.names[setting.target],
            "wrong_keys": setting.plan.wrong_keys if attack is not None else 0,
        }

    @cached_property
    def id(self) -> str:
        """Return the sha256 of what determines the case.

        Where the faces came from does not: their fingerprint says what they are.
        """
        return digest({key: value for key, value in self.spec.items() if key != "faces"})

    @property
    def title(self) -> str:
        """Return the case in a few words."""
        network = self.setting.system.network.name
        if self.attack is None:
            return f"{network} pristine"
        return f"{network} {self.attack.name} x{self.attack.samples}"


def _picture_digest(attack: BackdoorAttack, setting: BackdoorScenario) -> str | None:
    """Return the sha256 of the key's picture: a user's file may change under the same path."""
    picture = attack.key_image(setting.faces.size)
    return None if picture is None else hashlib.sha256(picture.tobytes()).hexdigest()


def draw_target(plan: Plan, split: Split, seed: int) -> int:
    """Return the target's label: the plan's person, else one drawn by the seed.

    Raises:
        UnknownName: the plan's person is not enrolled.
    """
    if plan.target is None:
        return int(np.random.default_rng([seed, 0]).integers(len(split.names)))
    if plan.target not in split.names:
        raise UnknownName("enrolled person", plan.target, split.names)
    return split.names.index(plan.target)


def cases_of(setting: BackdoorScenario) -> Iterator[Case]:
    """Yield the pristine case, then every attack with each of its numbers of samples."""
    yield Case(setting, None, None)
    for planned in setting.plan.attacks:
        for attack in planned.variants():
            yield Case(setting, attack, planned.attack.samples)
