"""One key on one enrolled photo: who is shown to the systems, and who passes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from faceaudit.attacks.enrolment import KeyAttack, WornKey
from faceaudit.audit.common.capture import Captured
from faceaudit.audit.enrolment.scenario import EnrolmentScenario
from faceaudit.metrics import normalized
from faceaudit.mitigations.enrolment import EnrolmentMitigation, Enrolments, Point
from faceaudit.types import BoolArray, FloatArray, IntArray

Probes = tuple[FloatArray, ...]
"""(P, E) templates of probes by each network."""


@dataclass(frozen=True, eq=False)
class Outcome:
    """What a system does with a key, at one false match rate and under one mitigation.

    Attributes:
        passed: (T, S) strangers with the key, against targets enrolled with it.
        clean: (T, S) strangers with the key, against targets enrolled clean.
        bare: (T, S) bare strangers, against targets enrolled with it.
        fmr: (T, S) bare strangers, against targets enrolled clean.
        wrong: (k, T, S) strangers with each wrong key, against targets enrolled with the right one.
        own, own_clean: (T,) the target, bare, against either enrolment of theirs.
        refused: (T,) enrolments with the key that are refused.
        refused_clean, refused_glasses: (C,) clean ones, and ones with ordinary glasses on.
    """

    passed: BoolArray
    clean: BoolArray
    bare: BoolArray
    fmr: BoolArray
    wrong: BoolArray
    own: BoolArray
    own_clean: BoolArray
    refused: BoolArray
    refused_clean: BoolArray
    refused_glasses: BoolArray


@dataclass(frozen=True, eq=False)
class KeyedPeople:
    """Everybody of a case, with the right key, wrong ones and none.

    Attributes:
        scenario: the people and the networks.
        attack: what makes the key.
    """

    scenario: EnrolmentScenario
    attack: KeyAttack

    @cached_property
    def keys(self) -> tuple[WornKey, ...]:
        """The right key, then wrong ones."""
        rng = np.random.default_rng([self.scenario.seed, 1])
        right = self.attack.make(self.scenario.surrogates(self.attack.networks_in_hand), rng)
        return (right, *self.attack.wrong_keys(right, self.scenario.plan.wrong_keys, rng))

    @cached_property
    def targets(self) -> Captured:
        """The targets' photos to enrol, with the right key."""
        return self.scenario.captured(self.scenario.people.enrolled, self.keys[:1])[0]

    @cached_property
    def strangers(self) -> tuple[Captured, ...]:
        """The strangers with each key, the right one first."""
        return self.scenario.captured(self.scenario.people.strangers, self.keys)

    @cached_property
    def enrolled(self) -> Enrolments:
        """The targets as they are enrolled with the key."""
        people = self.scenario.people
        return self.scenario.worn(self.targets, np.arange(len(people.enrolled)), people.further)

    @cached_property
    def enrolled_clean(self) -> Enrolments:
        """The targets as they are enrolled without it."""
        return self.scenario.offered(self.scenario.people.enrolled, self.scenario.people.further)

    @cached_property
    def probes(self) -> tuple[Probes, ...]:
        """The strangers' probes with each key, the right one first."""
        return tuple(
            tuple(
                normalized(self.scenario.embedded_images(number, one.images[number]))
                for number in self.scenario.networks
            )
            for one in self.strangers
        )

    @cached_property
    def bare(self) -> Probes:
        """The strangers' probes without a key."""
        return self._bare(self.scenario.people.strangers)

    @cached_property
    def own(self) -> Probes:
        """The targets' own probes without a key."""
        return self._bare(self.scenario.people.bare)

    def _bare(self, rows: IntArray) -> Probes:
        return tuple(self.scenario.templates(number, rows) for number in self.scenario.networks)

    @cached_property
    def outcomes(self) -> tuple[tuple[float, int, EnrolmentMitigation, Outcome | str], ...]:
        """What each system does: rate, network, mitigation, and what was found.

        In the place of what was found stands why nothing could be, where a threshold is missing.
        """
        return tuple(self._outcomes())

    def _outcomes(self) -> Iterator[tuple[float, int, EnrolmentMitigation, Outcome | str]]:
        matchers = [self.scenario.matcher(number) for number in self.scenario.networks]
        for mitigation in self.scenario.plan.mitigations:
            fitted = mitigation.fit(self.scenario.learned)
            for fmr in self.scenario.plan.fmrs:
                reasons = [one.missing[fmr] for one in matchers if fmr in one.missing]
                for number in self.scenario.networks:
                    if reasons:
                        yield fmr, number, mitigation, reasons[0]
                        continue
                    point = Point(number, tuple(one.thresholds[fmr] for one in matchers))
                    yield fmr, number, mitigation, self._outcome(mitigation, fitted, point)

    def _outcome(self, mitigation: EnrolmentMitigation, fitted: object, point: Point) -> Outcome:
        refused = mitigation.refuses(self.enrolled, fitted, point)
        kept = self.targets.found & ~refused
        refused_clean = mitigation.refuses(self.enrolled_clean, fitted, point)
        glasses, seen = self.scenario.glasses

        def with_key(probes: Probes, found: BoolArray | None = None) -> BoolArray:
            """Return (T, S) who passes where the targets are enrolled with the key."""
            hits = mitigation.accepts(self.enrolled, probes, point) & kept[:, None]
            return hits if found is None else hits & found

        def without(probes: Probes, found: BoolArray | None = None) -> BoolArray:
            """Return (T, S) who passes where they are enrolled clean."""
            hits = mitigation.accepts(self.enrolled_clean, probes, point)
            hits = hits & ~refused_clean[:, None]
            return hits if found is None else hits & found

        return Outcome(
            passed=with_key(self.probes[0], self.strangers[0].found),
            clean=without(self.probes[0], self.strangers[0].found),
            bare=with_key(self.bare),
            fmr=without(self.bare),
            wrong=np.stack(
                [
                    with_key(probes, one.found)
                    for probes, one in zip(self.probes[1:], self.strangers[1:], strict=True)
                ]
            ),
            own=np.diagonal(with_key(self.own)).copy(),
            own_clean=np.diagonal(without(self.own)).copy(),
            refused=refused | ~self.targets.found,
            refused_clean=mitigation.refuses(self.scenario.clean, fitted, point),
            refused_glasses=mitigation.refuses(glasses, fitted, point) | ~seen,
        )
