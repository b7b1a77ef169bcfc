"""Cases of a scan, each with an id of everything that determines it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from faceaudit.audit.common.systems import plain_values
from faceaudit.audit.scan.embedders.asking import Comparing
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.records.scan import KIND
from faceaudit.registry import digest
from faceaudit.store.store import SCHEMA
from faceaudit.systems.under_test.base import IdentifierUnderTest
from faceaudit.types import FaceSet

VERSION = 1
"""Of what is asked of identifiers, and how answers are judged."""
COMPARING_VERSION = 2
"""Likewise of embedders and verifiers."""


@dataclass(frozen=True, eq=False)
class ScanCase:
    """The scan of one system.

    Attributes:
        plan: the section of the plan.
        number: the system's place in it.
        system: the system, opened as its door says.
        strangers: photos of its size.
        seed: of everything drawn.
    """

    plan: ScanPlan
    number: int
    system: IdentifierUnderTest | Comparing
    strangers: FaceSet
    seed: int

    @property
    def title(self) -> str:
        """Return the case in a few words."""
        return f"scan of {self.system.title}"

    @cached_property
    def spec(self) -> dict[str, Any]:
        """Return the case as plain values."""
        plan = self.plan
        door = plan.systems[self.number]
        asked: dict[str, Any] = {
            "fmr": plan.fmr,
            "role": self.system.role,
            "preparations": plan.preparations,
            "universal_trigger": plan.universal_trigger,
        }
        version = COMPARING_VERSION
        if isinstance(self.system, IdentifierUnderTest):
            stages = [{**plain_values(one), "version": one.version} for one in plan.stages]
            asked, version = {"stages": stages, "preparations": plan.preparations}, VERSION
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "version": version,
            "system": {"door": door.name, "id": self.system.id, "version": door.version},
            "access": sorted(self.system.access),
            "title": self.system.title,
            "fingerprint": self.strangers.fingerprint,
            "strangers": plan.strangers.spec().as_json(),
            "options": {
                "photos": plan.photos,
                **asked,
                "level": plan.level,
                "references": plan.references,
                "planted": plan.planted,
                "reference_people": plan.reference_people,
            },
            "seed": self.seed,
        }

    @cached_property
    def id(self) -> str:
        """Return the sha256 of what determines the case.

        How the system is named and where the photos came from does not.
        """
        left_out = ("title", "strangers")
        return digest({key: value for key, value in self.spec.items() if key not in left_out})
