"""A system to train on split faces, with a target: the shared state of backdoor cases."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.common.backbone import Backbone
from faceaudit.audit.common.groups import groupings_of
from faceaudit.audit.common.identifiers import IdentifierTraining
from faceaudit.audit.common.systems import SystemPlan
from faceaudit.errors import UnknownName
from faceaudit.faces.groups import Grouping
from faceaudit.faces.split import Split
from faceaudit.types import FaceSet


@dataclass(frozen=True, eq=False)
class BackdoorScenario:
    """Shared state of backdoor cases: split faces with a target, and a system to train.

    Attributes:
        plan: the section of the plan.
        system: the system to train.
        seed: the seed of everything drawn.
        faces: all faces, at the system's input size.
        split: who is enrolled and which photos do what.
        target: the target's label.
        backbone: the trained network that the system starts from, or None.
        others: photos of people whom the system does not know, at its input size, for whoever
            mitigates; None where the plan has none.
    """

    plan: BackdoorPlan
    system: SystemPlan
    seed: int
    faces: FaceSet
    split: Split
    target: int
    backbone: Backbone | None = None
    others: FaceSet | None = None

    @cached_property
    def identifier(self) -> IdentifierTraining:
        """How the system comes to know the people, without any poison."""
        return IdentifierTraining(
            self.system, self.plan.split, self.seed, self.faces, self.split, self.backbone
        )

    @property
    def target_identity(self) -> int:
        """The target's index in `faces.names`."""
        return self.faces.names.index(self.split.names[self.target])

    @cached_property
    def groupings(self) -> tuple[Grouping, ...]:
        """The groups of people and of photos that figures are given by."""
        return groupings_of(self.faces, self.plan.faces, self.plan.groups)

    @cached_property
    def source(self) -> dict[str, Any]:
        """Where the faces come from, as plain values."""
        return self.plan.faces.spec().as_json()

    @cached_property
    def values(self) -> dict[str, Any]:
        """What determines everything trained in this scenario, as plain values."""
        plan = self.plan
        unseen: dict[str, Any] = {"unseen": plan.unseen} if plan.unseen else {}
        if plan.unseen and plan.unseen_from != "enrolled":
            unseen["unseen_from"] = plan.unseen_from
        return {**unseen, **self.identifier.values}

    def system_spec(self, poison: FaceSet | None) -> dict[str, Any]:
        """Return what determines a trained system; no poison means the pristine one."""
        poisoned = None
        if poison is not None:
            # By label, not by name: with a name in it, an id could be tried for names.
            poisoned = {"fingerprint": poison.fingerprint, "as": self.target}
        return {**self.values, "poison": poisoned}


def draw_target(plan: BackdoorPlan, split: Split, seed: int) -> int:
    """Return the target's label: the plan's person, else one drawn by the seed.

    Raises:
        UnknownName: the plan's person is not enrolled.
    """
    if plan.target is None:
        return int(np.random.default_rng([seed, 0]).integers(len(split.names)))
    if plan.target not in split.names:
        raise UnknownName("enrolled person", plan.target, split.names)
    return split.names.index(plan.target)
