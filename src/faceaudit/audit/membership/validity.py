"""The validity gate on a membership audit's own lists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from faceaudit.attacks.membership import MembershipAttack
from faceaudit.audit.membership.scenario import MembershipScenario
from faceaudit.gate import Check, Gate, PairList, examine, one_answer
from faceaudit.gate.told import adaptive_attacker
from faceaudit.metrics import DISTANCES, student_mean
from faceaudit.mitigations.membership import MembershipMitigation
from faceaudit.mitigations.membership.base import one_backbone
from faceaudit.records.membership import ALWAYS_MEMBER, BLIND_AUC, CheckFacts, QueryStrategy
from faceaudit.types import Estimate, Figure, FloatArray, IntArray

BLIND = "blind baseline"
FLAT = 0.02
"""Range of cosines that tells nothing: two steps of the grid that learned thresholds lie on."""
ADAPTIVE = adaptive_attacker(None).name
TARGETS = 5
"""Targets whose halves are examined: all are drawn alike."""
DRAWN = ("labels", "occurrences of people", "occurrences of photos", BLIND)
"""Checks that look at what is drawn: one in twenty fails by chance."""


class Validity:
    """Checks of a scenario's members and non-members, for each target.

    Drawn halves are examined for each target. A check of counts fails when it fails for one; a
    check of something drawn when it fails for two (or the only one), since with five targets one in
    twenty each would fail for one in more than a fifth of all audits.
    """

    def __init__(self, scenario: MembershipScenario) -> None:
        self._scenario = scenario

    def checks(self, *, adaptive: bool | None) -> tuple[CheckFacts, ...]:
        """Return every check, failed ones first.

        Args:
            adaptive: whether an attack was made that uses what it knows of the mitigation; None
                before any was. All other checks hold for every mitigation.
        """
        joined = [self._join_targets(name) for name in self._names if name != ADAPTIVE]
        joined.append(adaptive_attacker(adaptive))
        joined += self._flat_backbones()
        order = {False: 0, None: 1, True: 2}
        return tuple(
            CheckFacts(name=check.name, passed=check.passed, message=check.message)
            for check in sorted(joined, key=lambda check: order[check.passed])
        )

    def figures(self) -> list[Figure]:
        """Return what answering "member" to everything scores, and the blind baseline's AUC."""
        some = self._scenario.member[0, : self._scenario.pool.candidates]
        always = Figure(ALWAYS_MEMBER, one_answer(int(some.sum()), int((~some).sum())))
        blind = [check for gate in self._gates for check in gate.checks if check.name == BLIND]
        known = [check.figures for check in blind if "auc" in check.figures]
        if not known:
            return [always, Figure(BLIND_AUC, None, blind[0].message)]
        if len(known) > 1:
            mean = student_mean([figures["auc"] for figures in known])
            return [always, Figure(BLIND_AUC, mean)]
        only = known[0]
        size = int(min(only["members"], only["nonmembers"]))
        estimate = Estimate(only["auc"], only["low"], only["high"], size, "people-clustered 95 %")
        return [always, Figure(BLIND_AUC, estimate)]

    def _flat_backbones(self) -> list[Check]:
        """Return a failed check for each backbone that tells hardly any two pairs apart."""
        names = self._scenario.pairs.backbones
        return [
            check
            for name, cosines in zip(names, self._scenario.cosine.T, strict=True)
            if (check := flat_distances(name, cosines)) is not None
        ]

    @cached_property
    def _gates(self) -> Sequence[Gate]:
        scenario, plan = self._scenario, self._scenario.plan
        targets = 1 if scenario.pool.members is not None else min(plan.attacked, TARGETS)
        progress = scenario.work.progress
        gates = []
        with progress.task("validity gate", targets) as advance:
            for number in range(targets):
                member = scenario.member[number, : scenario.pool.candidates]
                members, nonmembers = np.flatnonzero(member), np.flatnonzero(~member)
                gates.append(
                    examine(
                        self._listed(members),
                        self._listed(nonmembers),
                        features=(self._features(members), self._features(nonmembers)),
                        fitted_in_sample=any(
                            getattr(attack, "in_sample", False) for attack in plan.attacks
                        ),
                        adaptive=None,
                        fprs=plan.fprs,
                        rng=np.random.default_rng([scenario.seed, 40, number]),
                    )
                )
                advance(1)
        return gates

    @property
    def _names(self) -> list[str]:
        return [check.name for check in self._gates[0].checks]

    def _join_targets(self, name: str) -> Check:
        """Return one check of all targets."""
        each = [check for gate in self._gates for check in gate.checks if check.name == name]
        failed = [check for check in each if check.passed is False]
        needed = min(len(each), 2) if name in DRAWN else 1
        if len(failed) >= needed:
            if len(each) == 1:
                return failed[0]
            message = f"{failed[0].message} (In {len(failed)} of {len(each)} targets.)"
            return Check(name, False, message, failed[0].figures)  # noqa: FBT003 - what it is about
        others = [check for check in each if check.passed is not False]
        return next((check for check in others if check.passed), (others or each)[0])

    def _listed(self, rows: IntArray) -> PairList:
        pool, faces = self._scenario.pool, self._scenario.faces
        sides = [side[rows].tolist() for side in (pool.first, pool.second)]
        ids = [tuple(faces.ids[one] for one in side) for side in sides]
        people = [tuple(faces.names[faces.identity[one]] for one in side) for side in sides]
        return PairList(ids[0], ids[1], people[0], people[1], pool.same[rows])

    def _features(self, rows: IntArray) -> FloatArray:
        """Return (n, K) distances of pairs by the public backbones: no predictor has a part."""
        pairs = self._scenario.pairs
        columns = []
        for number in range(len(pairs.backbones)):
            first, second = pairs.sides(one_backbone(pairs, number), rows)
            columns.append(DISTANCES["cosine"].pairs(first[:, 0], second[:, 0]))
        return np.stack(columns, axis=1).astype(np.float32)


def flat_distances(backbone: str, cosines: FloatArray) -> Check | None:
    """Return a failed check where nearly all pairs are equally far apart; None where they are not.

    A network whose pixels are not prepared as in its training often finds all faces alike.

    Args:
        backbone: its name.
        cosines: (P,) of pairs by that backbone.

    >>> flat_distances("mine", np.linspace(0.991, 0.999, 100, dtype=np.float32)).passed
    False
    >>> flat_distances("mine", np.linspace(0.1, 0.9, 100, dtype=np.float32)) is None
    True
    """
    low, high = np.quantile(cosines, [0.01, 0.99])
    if high - low >= FLAT:
        return None
    message = (
        f"98 of 100 pairs have a cosine from {low:.3f} to {high:.3f} by {backbone}: it tells "
        "nobody apart. Are pixels prepared, and faces aligned, as in its training?"
    )
    return Check("distances", False, message, {"low": float(low), "high": float(high)})  # noqa: FBT003


def uses_mitigation(
    mitigation: MembershipMitigation, attack: MembershipAttack, strategy: QueryStrategy
) -> bool:
    """Return whether an attack uses what it knows of the mitigation.

    Shadows are trained with the same mitigation, and labels are asked for where scores say little;
    where nothing is done about leaks, there is nothing to know.
    """
    if mitigation.several:
        return strategy != "served"
    return mitigation.name == "none" or attack.shadowed or attack.access == "labels"
