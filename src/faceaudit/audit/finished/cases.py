"""Cases of an audit of finished systems, each with an id of everything that determines it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from faceaudit.attacks.backdoor import BackdoorAttack
from faceaudit.audit.common.groups import groups_spec
from faceaudit.audit.common.systems import plain_values
from faceaudit.audit.finished.opening import AnySystem
from faceaudit.audit.finished.plan import FinishedPlan
from faceaudit.errors import InputError
from faceaudit.files.paths import expand
from faceaudit.records.finished import KIND, Part
from faceaudit.registry import digest
from faceaudit.store.store import SCHEMA
from faceaudit.systems.under_test.base import IdentifierUnderTest
from faceaudit.types import FaceSet

VERSION = 1
"""Of what is asked of finished systems, and how answers are counted."""


@dataclass(frozen=True, eq=False)
class FinishedCase:
    """One part of the audit of one system.

    Attributes:
        plan: the section of the plan.
        number: the system's place in it.
        system: the system, opened.
        faces: the plan's faces at its size.
        unseen: the plan's unseen people at its size, or None.
        seed: of everything drawn.
        part: what is asked.
        attack: whose keys are tried, for the part "keys".
    """

    plan: FinishedPlan
    number: int
    system: AnySystem
    faces: FaceSet
    unseen: FaceSet | None
    seed: int
    part: Part
    attack: BackdoorAttack | None = None

    @property
    def title(self) -> str:
        """Return the case in a few words."""
        what = f"keys of {self.attack.name}, {self.attack.key}" if self.attack else self.part
        return f"{self.system.title}: {what}"

    @cached_property
    def spec(self) -> dict[str, Any]:
        """Return the case as plain values."""
        door = self.plan.systems[self.number]
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "version": VERSION,
            "system": {"door": door.name, "id": self.system.id, "version": door.version},
            "asked": {"role": self.system.role, "access": sorted(self.system.access)},
            "title": self.system.title,
            "part": self.part,
            "fingerprint": self.faces.fingerprint,
            "faces": self.plan.faces.spec().as_json(),
            "options": self._options(),
            "seed": self.seed,
        }

    @cached_property
    def id(self) -> str:
        """Return the sha256 of what determines the case.

        How the system is named and where the faces came from does not.
        """
        left_out = ("title", "faces")
        return digest({key: value for key, value in self.spec.items() if key not in left_out})

    def _options(self) -> dict[str, Any]:
        """Return the options that this part depends on, and no others."""
        plan = self.plan
        drawn = {"people": plan.people, "photos": plan.photos}
        groups = groups_spec(plan.groups)
        match self.part:
            case "recognition":
                return {**drawn, **groups}
            case "verification":
                unseen = None if self.unseen is None else self.unseen.fingerprint
                listed = {"pairs": _file_digest(plan.pairs), "unseen": unseen}
                return {**drawn, **groups, **listed, "per_person": plan.per_person}
            case "keys":
                assert self.attack is not None
                picture = self.attack.key_image(self.faces.size)
                return {
                    **drawn,
                    "attack": {**plain_values(self.attack), "version": self.attack.version},
                    "key_picture": None if picture is None else _bytes_digest(picture.tobytes()),
                    "other_keys": plan.other_keys,
                    "donors": plan.donors,
                    "impostors": plan.impostors,
                    "tests": plan.tests,
                }
            case "membership":
                lists = [_file_digest(path) for path in (plan.members, plan.nonmembers)]
                return {"lists": lists, "listed": plan.listed, "strict": plan.strict}
        return {}


def parts_of(plan: FinishedPlan, system: AnySystem) -> Iterator[tuple[Part, BackdoorAttack | None]]:
    """Yield what is asked of a system of this role, in the order of the report."""
    yield "access", None
    if isinstance(system, IdentifierUnderTest):
        yield "recognition", None
    yield "verification", None
    for attack in plan.attacks:
        yield "keys", attack
    if plan.members is not None:
        yield "membership", None


def _file_digest(path: str | None) -> str | None:
    return None if path is None else _bytes_digest(_bytes_of(expand(path, error=InputError)))


def _bytes_of(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"expected a file that can be read, got {path} ({error})") from None


def _bytes_digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
