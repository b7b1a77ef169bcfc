"""Base class of attacks that read an attribute off templates, or off scores alone."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np

from faceaudit.errors import InputError
from faceaudit.registry import Component, Registry
from faceaudit.types import Float64Array, FloatArray, IntArray

FOLDS = 3
"""Parts of the labelled people that options are chosen on."""


@dataclass(frozen=True, eq=False)
class Labelled:
    """Photos of people whose attribute the attacker knows: none of them is attacked.

    Attributes:
        templates: (N, E) of length 1, as the attacked system makes them.
        value: (N,) the attribute's value, 0 to `values` - 1.
        people: (N,) numbers of the people.
        values: how many values the attribute has, at least 2; some may be nobody's here.
    """

    templates: FloatArray
    value: IntArray
    people: IntArray
    values: int

    def __post_init__(self) -> None:
        if not len(self.templates) == len(self.value) == len(self.people) > 0:
            raise InputError(
                f"expected as many templates as values and people, got {len(self.templates)}, "
                f"{len(self.value)} and {len(self.people)}"
            )
        if self.value.min() < 0 or self.value.max() >= self.values:
            raise InputError(
                f"expected values from 0 to {self.values - 1}, got {self.value.min()} to "
                f"{self.value.max()}"
            )

    @cached_property
    def present(self) -> IntArray:
        """The values that somebody has, rising."""
        found: IntArray = np.unique(self.value)
        return found

    def folds(self, rng: np.random.Generator) -> IntArray:
        """Return (N,) the part that each photo is in: nobody's photos are in two."""
        names, number = np.unique(self.people, return_inverse=True)
        count = min(FOLDS, len(names))
        parts: IntArray = (rng.permutation(len(names)) % count)[number]
        return parts

    def columns(self, probability: Float64Array) -> Float64Array:
        """Return (M, values) scores of (M, present) ones; a value that nobody has scores 0."""
        full = np.zeros((len(probability), self.values))
        full[:, self.present] = probability
        return full


class AttributeAttack(Component):
    """A way to read an attribute; an author writes `scores`.

    Attributes:
        access: what the attacker has of the people attacked.
        knowledge: what the attacker knows beside that.
    """

    family: ClassVar[str] = "attribute_attack"
    plan_key: ClassVar[str] = "attack"
    access: ClassVar[str] = "their templates"
    knowledge: ClassVar[str] = "templates of other people with their attribute, by the same system"

    @abstractmethod
    def scores(
        self, labelled: Labelled, templates: FloatArray, rng: np.random.Generator
    ) -> Float64Array:
        """Return (M, values) how likely each attacked template is to have each value, 0 to 1.

        Values count alike, whoever is more frequent: the highest of a row is the answer. Where the
        labelled people have one value alone, all rows are the same.

        Args:
            labelled: what is learned from.
            templates: (M, E) of the people attacked, of length 1.
            rng: draws whatever is drawn.
        """

    def queries(self, labelled: Labelled, attacked: int) -> int:
        """Return how many scores are asked for; 0 where templates are at hand."""
        del labelled, attacked
        return 0


attribute_attacks: Registry[AttributeAttack] = Registry(
    AttributeAttack,  # type: ignore[type-abstract]
    "faceaudit.attacks.attribute_inference",
)
