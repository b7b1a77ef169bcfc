"""Whom mitigations are fitted on, and whose comparisons say what they cost: planted templates."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast

import numpy as np

from audit.linkage.planted import NETWORK, PlantedFaces, people_apart
from faceaudit.audit.attribute_inference.cost import recognition_figures
from faceaudit.audit.attribute_inference.plan import AttributeInferencePlan
from faceaudit.audit.attribute_inference.scenario import AttributeScenario, deal_roles
from faceaudit.audit.common.embedded import EmbeddedFaces
from faceaudit.metrics import normalized
from faceaudit.mitigations.attribute_inference import AttributeMitigation, Known
from faceaudit.types import FloatArray


class Seen(AttributeMitigation):
    """Stores templates as they are, and keeps whom it was fitted on."""

    name: ClassVar[str] = "seen"
    paper: ClassVar[str] = "none"
    people: ClassVar[list[int]] = []

    def fit(self, known: Known, rng: np.random.Generator) -> Any:
        del rng
        type(self).people[:] = sorted(set(known.people.tolist()))

        def change(given: Sequence[FloatArray]) -> FloatArray:
            return given[0]

        return change


def scenario_of(found: FloatArray) -> AttributeScenario:
    plan = AttributeInferencePlan(
        faces={"source": "synthetic"},
        embedders=[NETWORK],
        parties={"attacked": 60, "learn": 0.5},
        fmrs=[0.05],
    )
    embedded = PlantedFaces((found,))
    roles = deal_roles(embedded.faces, plan.parties, plan.owner, 0)
    return AttributeScenario(plan, 0, cast("EmbeddedFaces", embedded), roles, ())


def test_a_mitigation_is_fitted_on_the_owners_people_alone() -> None:
    scenario = scenario_of(people_apart(0.5))
    scenario.stored(Seen())
    roles, person = scenario.roles, scenario.person
    assert Seen.people == sorted(set(person[roles.owner].tolist()))
    others = {*person[roles.attacked].tolist(), *roles.labelled.tolist()}
    assert not others & set(Seen.people)


def test_the_cost_is_of_attacked_people_at_thresholds_of_others() -> None:
    """Strangers among those who fix thresholds are as alike as one person's photos are."""
    plain = people_apart(0.5)
    scenario = scenario_of(plain)
    alike = plain.copy()
    rows = scenario.roles.parties.thresholds
    alike[rows] = normalized(plain[rows[:1]] + 0.05 * plain[rows])
    figures = {one.metric: one.estimate for one in recognition_figures(scenario, alike, plain)}
    stored, without = figures["tmr@fmr=0.05"], figures["tmr_unmitigated@fmr=0.05"]
    change = figures["tmr_change@fmr=0.05"]
    assert stored is not None
    assert without is not None
    assert change is not None
    assert stored.value == 0
    assert without.value > 0.9
    assert change.value == stored.value - without.value
    assert change.n == without.n == 60 * 3
