"""A template that adapts itself to what it accepts, and an attacker who leads it away."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from faceaudit.attacks.enrolment import UpdateAttack
from faceaudit.audit.enrolment.scenario import EnrolmentScenario
from faceaudit.metrics import clustered_share, normalized, student_mean
from faceaudit.records.enrolment import (
    ADAPTED,
    LOCKED_OUT,
    OWN_CLEAN,
    PHOTOS,
    TAKEN_OVER,
    TAKEN_OVER_BARE,
    at,
)
from faceaudit.types import (
    BoolArray,
    Estimate,
    Evidence,
    Figure,
    Float64Array,
    FloatArray,
    IntArray,
)

RULES = {"growing": 0, "last 10": 10}
"""Templates are the mean of everything accepted so far, or of the last so many."""


@dataclass(frozen=True, eq=False)
class Drift:
    """What became of N victims' templates.

    Attributes:
        taken: (N,) whether the attacker, bare, passes in the end.
        own: (N,) whether the victim, bare, still passes.
        first: (N,) photos shown when the attacker first passed; -1 where never.
    """

    taken: BoolArray
    own: BoolArray
    first: IntArray


def lead_away(
    enrolled: FloatArray,
    shown: FloatArray,
    attacker: FloatArray,
    own: FloatArray,
    threshold: float,
    keep: int,
) -> Drift:
    """Return what becomes of templates that adapt themselves to what they accept.

    Args:
        enrolled: (N, E) templates as they are enrolled.
        shown: (T, N, E) templates of what each attacker shows, step after step.
        attacker: (N, E) of the attackers, bare.
        own: (N, E) of the victims, bare.
        threshold: the cosine that is accepted, and adapted to, from.
        keep: the template is the mean of the last so many that were accepted; 0 means of all.
    """
    template: Float64Array = enrolled.astype(np.float64)
    kept, weights = [template], [np.ones(len(enrolled))]
    first = np.full(len(enrolled), -1, dtype=np.int64)
    for step, one in enumerate(shown, start=1):
        accepted = np.sum(template * one, axis=1) >= threshold
        kept.append(one.astype(np.float64))
        weights.append(accepted.astype(np.float64))
        template = _mean(np.stack(kept), np.stack(weights), keep)
        passes = np.sum(template * attacker, axis=1) >= threshold
        first = np.where((first < 0) & passes, step, first)
    return Drift(
        np.asarray(np.sum(template * attacker, axis=1) >= threshold),
        np.asarray(np.sum(template * own, axis=1) >= threshold),
        first,
    )


def _mean(kept: Float64Array, weights: Float64Array, keep: int) -> Float64Array:
    """Return (N, E) means of length 1 of what was accepted, of each person's last `keep`."""
    if keep:
        later = np.cumsum(weights[::-1], axis=0)[::-1]
        weights = weights * (later <= keep)
    mean = np.sum(kept * weights[..., None], axis=0)
    return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True))


@dataclass(frozen=True, eq=False)
class DriftingPeople:
    """Each target is somebody's victim; attackers are strangers."""

    scenario: EnrolmentScenario
    attack: UpdateAttack
    _built: dict[int, FloatArray] = field(default_factory=dict, repr=False)

    @property
    def attackers(self) -> IntArray:
        """Rows of the attackers' photos, one a target; some again where strangers are fewer."""
        people = self.scenario.people
        return np.resize(people.strangers, len(people.enrolled))

    def drifts(self, number: int, fmr: float, keep: int) -> tuple[Drift, Drift]:
        """Return what the attack does at a network's threshold, and what bare photos do."""
        scenario, people = self.scenario, self.scenario.people
        seen = self._seen(number)
        attacker = scenario.templates(number, self.attackers)
        threshold = scenario.matcher(number).thresholds[fmr]
        enrolled = scenario.templates(number, people.enrolled)
        own = scenario.templates(number, people.bare)
        bare = np.repeat(attacker[None], len(seen), axis=0)
        return (
            lead_away(enrolled, seen, attacker, own, threshold, keep),
            lead_away(enrolled, bare, attacker, own, threshold, keep),
        )

    def steps(self, number: int) -> int:
        """Return how many photos each attacker shows."""
        return len(self._seen(number))

    def _seen(self, number: int) -> FloatArray:
        """Return (T, N, E) templates of what is shown, by a network; embedded once."""
        if number not in self._built:
            self._built[number] = self._embed_shown(number)
        return self._built[number]

    def _embed_shown(self, number: int) -> FloatArray:
        scenario, embedded = self.scenario, self.scenario.embedded
        photos, rows = embedded.images(number), self.attackers
        # The victim's photo that the attacker has is neither the enrolled one nor the later probe.
        theirs = scenario.people.further[:, 0]
        shown = self.attack.shown(
            np.asarray(photos[embedded.rows_in(number, rows)]),
            np.asarray(photos[embedded.rows_in(number, theirs)]),
        )
        return np.stack([normalized(scenario.embedded_images(number, one)) for one in shown])


def drift_figures(people: DriftingPeople) -> Iterator[Figure]:
    """Yield who takes a template over, who is locked out, and after how many photos."""
    scenario = people.scenario
    titles = scenario.embedded.titles()
    for number in scenario.networks:
        matcher = scenario.matcher(number)
        for fmr in scenario.plan.fmrs:
            for rule, keep in RULES.items():

                def name(
                    metric: str, fmr: float = fmr, number: int = number, rule: str = rule
                ) -> str:
                    return at(metric, fmr, titles[number], f"{ADAPTED} {rule}")

                if fmr in matcher.missing:
                    yield Figure(name(TAKEN_OVER), None, matcher.missing[fmr])
                    continue
                led, bare = people.drifts(number, fmr, keep)
                attackers = people.attackers
                yield Figure(name(TAKEN_OVER), clustered_share(led.taken, attackers))
                yield Figure(name(TAKEN_OVER_BARE), clustered_share(bare.taken, attackers))
                yield Figure(name(LOCKED_OUT), clustered_share(~led.own, attackers))
                yield Figure(name(OWN_CLEAN), clustered_share(bare.own, attackers))
                until = photos_until(led.first, attackers, people.steps(number))
                yield Figure(name(PHOTOS), *until)


def photos_until(first: IntArray, attackers: IntArray, steps: int) -> tuple[Estimate | None, str]:
    """Return how many photos attackers show until they pass, in the mean over those who do.

    One who passes for several victims counts once, with the mean: they need about as many photos
    for each.

    Args:
        first: (N,) photos shown when each first passed; -1 where never.
        attackers: (N,) who each is.
        steps: how many are shown at most.

    Returns:
        the mean, and why there is none.
    """
    passed = first >= 0
    who, index = np.unique(attackers[passed], return_inverse=True)
    if len(who) < 2:
        return None, "fewer than two attackers ever passed"
    means = np.bincount(index, first[passed]) / np.bincount(index)
    return student_mean(means, bounds=(1, steps)), ""


def drift_evidence(people: DriftingPeople) -> Evidence:
    """Return each victim and attacker, with when the attacker first passed at the first rate."""
    scenario = people.scenario
    ids, fmr = scenario.faces.ids, scenario.plan.fmrs[0]
    columns = {
        f"first:{scenario.embedded.titles()[number]}": people.drifts(number, fmr, 0)[0].first
        for number in scenario.networks
        if fmr not in scenario.matcher(number).missing
    }
    return Evidence(
        tuple(
            f"{ids[victim]}|{ids[attacker]}"
            for victim, attacker in zip(
                scenario.people.enrolled.tolist(), people.attackers.tolist(), strict=True
            )
        ),
        columns,
    )
