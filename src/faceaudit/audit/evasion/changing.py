"""Photos changed, and shown to every system."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from faceaudit.attacks.evasion import Shown
from faceaudit.audit.common.matching import MatchingSystem
from faceaudit.audit.common.matching_scenario import Surrogate
from faceaudit.audit.evasion.cases import EvasionCase
from faceaudit.registry import digest
from faceaudit.types import Float64Array, ImageArray, IntArray

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class Changed:
    """What a case's attack makes of people's photos, and how these do.

    Of each person the first photo is shown, and others are enrolled. Who dodges is compared with
    their own; who impersonates with those of the next person, of everybody in a ring.

    Attributes:
        case: the attack.
    """

    case: EvasionCase

    @cached_property
    def rows(self) -> IntArray:
        """Rows of people's photos, (N, 1 + m): the one that is shown, then those enrolled."""
        return self.case.scenario.attacked(1 + self.case.tried.mitigation.enrolled)

    @cached_property
    def claimed(self) -> IntArray:
        """Whom each person is compared with, (N,)."""
        each = np.arange(len(self.rows))
        return each if self.case.goal == "dodge" else np.roll(each, -1)

    @cached_property
    def photos(self) -> ImageArray:
        """The (N, H, W, 3) photos as they are, at the first network's size."""
        return np.ascontiguousarray(self.case.scenario.embedded.images(0)[self.rows[:, 0]])

    @cached_property
    def changed(self) -> ImageArray:
        """The (N, H, W, 3) photos as the attack changes them; once for all mitigations alike.

        An attacker who knows of no mitigation makes the same photos whichever there is.
        """
        scenario, tried = self.case.scenario, self.case.tried
        made = tried.identity() | ({} if tried.aware else {"mitigation": None})
        key = [scenario.spec(), made, self.case.goal, self.case.plan.target_photo]
        # With several enrolled photos others may be changed, or attacked with another one.
        whole = [key, self.rows[:, 0].tolist(), self._known[self.claimed].tolist()]
        memo = scenario.embedded.work.memo
        return memo.get("evasion photos", whole, lambda: self._perturb(digest(whole)))

    @property
    def _known(self) -> IntArray:
        """Rows of the photo of each person that the attacker has, (N, 1)."""
        place = 1 if self.case.plan.target_photo == "enrolled" else 0
        return self.rows[:, place : place + 1]

    @cached_property
    def surrogate(self) -> Surrogate:
        """The system as the attacker knows it."""
        return self.case.scenario.surrogate(self.case.tried, self.aimed)

    @property
    def aimed(self) -> float:
        """The false match rate whose threshold is taken off a score that is to rise or fall.

        It weighs several networks; with one alone nothing hangs on it.
        """
        return max(self.case.plan.fmrs)

    def _perturb(self, key: str) -> ImageArray:
        scenario, attack = self.case.scenario, self.case.tried.attack
        enrolled = self.surrogate.system.templates(self._known[self.claimed, 0])
        flow = self.surrogate.flow(enrolled)
        sign = -1.0 if self.case.goal == "dodge" else 1.0

        def score(pixels: Tensor, rows: Tensor) -> Tensor:
            return sign * flow.paired(pixels, rows)

        rng = np.random.default_rng([scenario.seed, int(key[:8], 16)])
        return attack.perturb(Shown(self.photos, score, scenario.embedded.work.progress), rng)

    @cached_property
    def noised(self) -> ImageArray:
        """The photos with random noise of the same budget and region."""
        rng = np.random.default_rng([self.case.scenario.seed, 2])
        return self.case.tried.attack.noise(self.photos, rng)

    @cached_property
    def judges(self) -> tuple[MatchingSystem, ...]:
        """The systems that photos are shown to."""
        return self.case.scenario.judges(self.case.tried.mitigation)

    def scores(self, system: MatchingSystem, images: ImageArray) -> Float64Array:
        """Return the (N,) scores of photos with the enrolled people whom they are compared with."""
        enrolled = system.enrol(self.rows[self.claimed, 1:])
        return system.score(system.templates_of(images), enrolled)

    def people(self) -> IntArray:
        """Return (N, 2) who is on each photo, and whom it is compared with."""
        each = np.arange(len(self.rows))
        return np.column_stack([each, self.claimed])

    def ids(self) -> tuple[str, ...]:
        """Return the ids of the photos that are changed."""
        ids = self.case.scenario.embedded.faces.ids
        return tuple(ids[row] for row in self.rows[:, 0].tolist())

    def moved(self) -> float:
        """Return the mean absolute change of a value of a pixel."""
        return float(np.abs(self.changed.astype(np.int16) - self.photos).mean())
