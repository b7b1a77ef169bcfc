"""The attempts of a case: every attack on every attribute, by labelled people; and the nulls."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.attribute_inference import AttributeAttack, Labelled
from faceaudit.audit.attribute_inference.attributes import Attribute
from faceaudit.audit.attribute_inference.cases import AttributeCase
from faceaudit.audit.attribute_inference.measuring import Inferred, infer
from faceaudit.audit.common.titles import title_of
from faceaudit.errors import FaceAuditError, InputError
from faceaudit.metrics import student_mean
from faceaudit.metrics.classes import above
from faceaudit.records.attribute_inference import (
    AUC,
    BALANCED,
    EXCESS,
    Asked,
    AttemptFacts,
    of_attempt,
)
from faceaudit.types import Estimate, Figure, Float64Array, FloatArray, IntArray

DEALINGS = 5
"""How often labels are dealt anew for the null."""
FILE = "the network is a file with its weights: there is no untrained one"


@dataclass(frozen=True, eq=False)
class Attempt:
    """An attack on an attribute, with what it found.

    Attributes:
        facts: what it was.
        figures: AUC, balanced accuracy and excess, or why there are none.
        rows: (M,) the attacked photos; none where it was not made.
        scores: (M, V) how likely each value is, where photos were attacked once.
    """

    facts: AttemptFacts
    figures: tuple[Figure, ...]
    rows: IntArray
    scores: Float64Array | None = None


class Attempts:
    """All attempts of a case.

    Args:
        case: whose.
        stored: (N, F) what is stored of all photos.
    """

    def __init__(self, case: AttributeCase, stored: FloatArray) -> None:
        self._case, self._stored = case, stored
        self._scenario, self._plan = case.scenario, case.scenario.plan

    def __iter__(self) -> Iterator[Attempt]:
        known = len(self._scenario.roles.labelled)
        most = max((one for one in self._plan.labelled if one <= known), default=0)
        for attribute in self._scenario.attributes:
            for attack in self._plan.attacks:
                for people in self._plan.labelled:
                    why = attribute.why_not
                    if not why and people > known:
                        why = f"the attacker has {known} people to learn from, not {people}"
                    yield self._attempt(attribute, attack, people, "stored", why)
                if self._case.baselines and most:
                    yield from self._nulls(attribute, attack, most)

    def _nulls(
        self, attribute: Attribute, attack: AttributeAttack, people: int
    ) -> Iterator[Attempt]:
        yield self._attempt(attribute, attack, people, "shuffled", attribute.why_not)
        if self._plan.baselines:
            yield self._attempt(attribute, attack, people, "pixels", attribute.why_not)
            file = self._plan.embedders[0].network.is_file
            why = attribute.why_not or (FILE if file else "")
            yield self._attempt(attribute, attack, people, "untrained", why)

    def _attempt(
        self, attribute: Attribute, attack: AttributeAttack, people: int, asked: Asked, why: str
    ) -> Attempt:
        title = title_of(attack)
        key = f"{attribute.name}:{title}:{people}:{asked}"
        facts = AttemptFacts(
            key=key,
            attribute=attribute.name,
            attack=title,
            people=people,
            asked=asked,
            access=attack.access,
            knowledge=attack.knowledge,
        )
        nobody = np.empty(0, dtype=np.int64)
        if why:
            return Attempt(facts, _figures(key, None, why), nobody)
        try:
            found = self._infer(attribute, attack, people, asked)
        except FaceAuditError as error:
            return Attempt(facts, _figures(key, None, str(error)), nobody)
        facts = facts.model_copy(update={"queries": found[0].queries})
        rows = self._attacked(attribute)
        if asked == "shuffled":
            each = [(one.auc, one.balanced_accuracy) for one in found]
            return Attempt(facts, _over_dealings(key, each, len(attribute.names)), rows)
        return Attempt(facts, _figures(key, found[0], ""), rows, found[0].scores)

    def _infer(
        self, attribute: Attribute, attack: AttributeAttack, people: int, asked: Asked
    ) -> list[Inferred]:
        """Return what the attack finds; with labels dealt anew, for each dealing."""
        templates = self._templates(asked)
        rows = self._scenario.labelled(people)
        rows = rows[attribute.value[rows] >= 0]
        if not len(rows):
            raise InputError(
                f"expected labelled people whose {attribute.name} is known, got none of {people}; "
                "try more of them"
            )
        attacked, person = self._attacked(attribute), self._scenario.person
        # One seed for all that is attacked: attempts differ in that alone.
        seed = zlib.crc32(f"{attribute.name} {attack.name} {people}".encode())
        found = []
        for dealing in range(DEALINGS if asked == "shuffled" else 1):
            rng = np.random.default_rng([self._scenario.seed, seed, dealing])
            value = attribute.value[rows]
            if asked == "shuffled":
                value = attribute.shuffled(rows, person[rows], rng)
            labelled = Labelled(templates[rows], value, person[rows], len(attribute.names))
            found.append(
                infer(
                    attack,
                    labelled,
                    templates[attacked],
                    attribute.value[attacked],
                    person[attacked],
                    rng,
                )
            )
        return found

    def _attacked(self, attribute: Attribute) -> IntArray:
        rows = self._scenario.roles.attacked
        return rows[attribute.value[rows] >= 0]

    def _templates(self, asked: Asked) -> FloatArray:
        if asked == "pixels":
            return self._scenario.pixels()
        return self._scenario.untrained() if asked == "untrained" else self._stored


def _figures(key: str, found: Inferred | None, why: str) -> tuple[Figure, ...]:
    estimates = (None,) * 3 if found is None else (found.auc, found.balanced_accuracy, found.excess)
    return tuple(
        Figure(of_attempt(metric, key), one, why)
        for metric, one in zip((AUC, BALANCED, EXCESS), estimates, strict=True)
    )


def _over_dealings(
    key: str, each: list[tuple[Estimate, Estimate]], values: int
) -> tuple[Figure, ...]:
    """Return means over dealings of labels: one alone may by chance point to the true ones."""
    auc, share = (student_mean([one[place].value for one in each]) for place in (0, 1))
    found = ((AUC, auc), (BALANCED, share), (EXCESS, above(share, 1 / values)))
    return tuple(Figure(of_attempt(metric, key), one) for metric, one in found)
