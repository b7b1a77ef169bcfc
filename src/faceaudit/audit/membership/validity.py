"""The validity gate on a privacy audit's own lists."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from faceaudit.audit.membership.scenario import MembershipScenario
from faceaudit.gate import Check, Gate, PairList, examine
from faceaudit.metrics import DISTANCES, over_seeds
from faceaudit.metrics.intervals import wilson
from faceaudit.mitigations.membership import MembershipMitigation
from faceaudit.mitigations.membership.base import one_backbone
from faceaudit.store import Figure
from faceaudit.types import Estimate, FloatArray, IntArray

BLIND = "blind baseline"
DRAWN = ("labels", "occurrences of people", "occurrences of photos", BLIND)
"""Checks that look at what is drawn: one in twenty fails by chance."""


class Validity:
    """What the gate says of a setting's members and others, for each seed.

    Drawn halves are examined for each seed. A check of counts fails when it fails for one; a check
    of something drawn when it fails for two (or the only one), since with five seeds one in twenty
    each would fail for one in more than a fifth of all audits.
    """

    def __init__(self, setting: MembershipScenario) -> None:
        self._setting = setting

    def of(self, mitigation: MembershipMitigation) -> list[dict[str, Any]]:
        """Return every check as plain values, failed ones first."""
        del mitigation  # every mitigation is given its adaptive attacks; see `scoring`
        checks = [self._joined(name) for name in self._names]
        order = {False: 0, None: 1, True: 2}
        return [
            {"name": check.name, "passed": check.passed, "said": check.message}
            for check in sorted(checks, key=lambda check: order[check.passed])
        ]

    def figures(self) -> list[Figure]:
        """Return what answering "member" to everything scores, and the blind baseline's AUC."""
        some = self._setting.inside[0, : self._setting.pool.candidates]
        most = max(int(some.sum()), int((~some).sum()))
        always = Figure("always_member", wilson(int(some.sum()), len(some)))
        if most != int(some.sum()):
            always = Figure("always_member", wilson(most, len(some)))
        blind = [check for gate in self._gates for check in gate.checks if check.name == BLIND]
        known = [check.figures for check in blind if "auc" in check.figures]
        if not known:
            return [always, Figure("blind_auc", None, blind[0].message)]
        if len(known) > 1:
            return [always, Figure("blind_auc", over_seeds([one["auc"] for one in known]))]
        one = known[0]
        size = int(min(one["members"], one["nonmembers"]))
        estimate = Estimate(one["auc"], one["low"], one["high"], size, "people-clustered 95 %")
        return [always, Figure("blind_auc", estimate)]

    @cached_property
    def _gates(self) -> Sequence[Gate]:
        setting, plan = self._setting, self._setting.plan
        seeds = 1 if setting.pool.members is not None else plan.seeds
        progress = setting.work.progress
        found = []
        with progress.task("validity gate", seeds) as advance:
            for number in range(seeds):
                mine = setting.inside[number, : setting.pool.candidates]
                members, others = np.flatnonzero(mine), np.flatnonzero(~mine)
                found.append(
                    examine(
                        self._listed(members),
                        self._listed(others),
                        features=(self._features(members), self._features(others)),
                        fitted_in_sample=any(
                            getattr(attack, "in_sample", False) for attack in plan.attacks
                        ),
                        adaptive=True,
                        fprs=plan.fprs,
                        rng=np.random.default_rng([plan.seed, 40, number]),
                    )
                )
                advance(1)
        return found

    @property
    def _names(self) -> list[str]:
        return [check.name for check in self._gates[0].checks]

    def _joined(self, name: str) -> Check:
        """Return one check of all seeds."""
        each = [check for gate in self._gates for check in gate.checks if check.name == name]
        failed = [check for check in each if check.passed is False]
        needed = min(len(each), 2) if name in DRAWN else 1
        if len(failed) >= needed:
            if len(each) == 1:
                return failed[0]
            said = f"{failed[0].message} (In {len(failed)} of {len(each)} seeds.)"
            return Check(name, False, said, failed[0].figures)  # noqa: FBT003 - what it is about
        return next((check for check in each if check.passed), each[0])

    def _listed(self, rows: IntArray) -> PairList:
        pool, faces = self._setting.pool, self._setting.faces
        sides = [side[rows].tolist() for side in (pool.first, pool.second)]
        ids = [tuple(faces.ids[one] for one in side) for side in sides]
        people = [tuple(faces.names[faces.identity[one]] for one in side) for side in sides]
        return PairList(ids[0], ids[1], people[0], people[1], pool.same[rows])

    def _features(self, rows: IntArray) -> FloatArray:
        """Return (n, K) distances of pairs by the public backbones: no predictor has a part."""
        pairs = self._setting.pairs
        columns = []
        for number in range(len(pairs.backbones)):
            first, second = pairs.sides(one_backbone(pairs, number), rows)
            columns.append(DISTANCES["cosine"].pairs(first[:, 0], second[:, 0]))
        return np.stack(columns, axis=1).astype(np.float32)
