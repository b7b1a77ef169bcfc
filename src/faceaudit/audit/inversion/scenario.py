"""What the cases of a section and seed have in common: faces, parties, networks, thresholds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from faceaudit.audit.common.embedded import EmbeddedFaces, embed_faces
from faceaudit.audit.common.parties import Parties, deal_parties
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.inversion.attacked import AttackedSystem, Rules
from faceaudit.audit.inversion.plan import InversionPlan
from faceaudit.mitigations.templates import TemplateProtection
from faceaudit.protocols.matching import Matcher, fix_thresholds
from faceaudit.registry import digest
from faceaudit.store import Store
from faceaudit.types import FaceSet, IntArray

T = TypeVar("T")


@dataclass(frozen=True, eq=False)
class InversionScenario:
    """One seed of a section.

    Attributes:
        plan: by what faces are judged.
        seed: deals people to parties, and is what attacks draw by.
        embedded: the faces as every network has them; nothing is embedded before it is needed.
        parties: who is attacked, who is learned from, who fixes thresholds.
        work: local folders, and who is told of progress.
    """

    plan: Rules
    seed: int
    embedded: EmbeddedFaces
    parties: Parties
    work: Workspace
    _built: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def faces(self) -> FaceSet:
        """The faces at the attacked network's size."""
        return self.embedded.faces

    @property
    def people(self) -> IntArray:
        """(A,) numbers of the attacked people."""
        return self.faces.identity[self.parties.stolen]

    @cached_property
    def learned(self) -> FaceSet:
        """The photos that the attacker learns from."""
        return self.faces.take(self.parties.learned)

    def matcher(self, number: int) -> Matcher:
        """Return the thresholds of a network's templates without protection."""

        def fix() -> Matcher:
            enrolled = self.embedded.enrolled(number, self.parties.thresholds)
            return fix_thresholds(enrolled, self.plan.fmrs, seed=self.seed)

        return self.once(f"matcher {number}", fix)

    def system(self, protection: TemplateProtection) -> AttackedSystem:
        """Return the attacked system with a protection of its templates."""
        return self.once(
            f"system {digest(protection.identity())}",
            lambda: AttackedSystem(self.plan, self.embedded, self.parties, protection, self.seed),
        )

    def once(self, key: str, build: Callable[[], T]) -> T:
        """Return what `build` gives; built once."""
        if key not in self._built:
            self._built[key] = build()
        found: T = self._built[key]
        return found


def build_scenario(
    plan: InversionPlan, seed: int, store: Store, work: Workspace
) -> InversionScenario:
    """Load the faces, find the networks and deal the people; nothing is trained or embedded.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: there are too few people for the parties.
        OptionError: a network was pretrained on people of the audit.
    """
    embedded = embed_faces(plan.embedders, plan.faces, store, work)
    parties = deal_parties(embedded.faces, plan.parties, seed)
    return InversionScenario(plan, seed, embedded, parties, work)
