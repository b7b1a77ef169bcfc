"""Base class of mitigations of attribute inference: what is stored in the place of a template."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from faceaudit.errors import InputError, UnknownName
from faceaudit.registry import Component, Registry
from faceaudit.types import Float64Array, FloatArray, IntArray

Change = Callable[[Sequence[FloatArray]], FloatArray]
"""What is stored: (N, F) of templates by each network, (N, E) of length 1 each."""


@dataclass(frozen=True, eq=False)
class Known:
    """People whose attributes the owner of a system knows: a mitigation is fitted on them alone.

    Attributes:
        templates: (N, E) of length 1 by each network; one, or several for those with `several`.
        values: (N,) values of each attribute that is to be hidden, 0 and up; -1 where unknown.
        people: (N,) numbers of the people.
    """

    templates: tuple[FloatArray, ...]
    values: Mapping[str, IntArray]
    people: IntArray

    def __post_init__(self) -> None:
        counts = {len(one) for one in self.templates} | {len(one) for one in self.values.values()}
        if counts - {len(self.people)}:
            raise InputError(
                f"expected as many templates and values as people, got {sorted(counts)} and "
                f"{len(self.people)}"
            )

    def of(self, names: Sequence[str]) -> Known:
        """Return photos of which some attributes are all known, with these alone.

        Args:
            names: attributes; none means all.

        Raises:
            UnknownName: one is not among those of these people.
            InputError: no photo is left.
        """
        for name in names:
            if name not in self.values:
                raise UnknownName("attribute that is audited", name, self.values)
        kept = {name: self.values[name] for name in names or self.values}
        rows = np.all([column >= 0 for column in kept.values()], axis=0)
        if not rows.any():
            raise InputError("expected people whose attributes are known to fit on, got none")
        return Known(
            tuple(one[rows] for one in self.templates),
            {name: column[rows] for name, column in kept.items()},
            self.people[rows],
        )

    def indicators(self) -> Float64Array:
        """Return (N, K) a column for each value but the first of each attribute: 1 where it is."""
        return np.concatenate([_indicators(one) for one in self.values.values()], axis=1)

    def shares(self) -> Float64Array:
        """Return (K,) what each of these columns counts, so that attributes count alike."""
        counts = [_indicators(one).shape[1] for one in self.values.values()]
        return np.concatenate([np.full(count, 1 / max(1, count)) for count in counts])


class AttributeMitigation(Component):
    """A way to store templates that say less; an author writes `fit`.

    Attributes:
        several: whether templates by all networks of the plan are joined.
    """

    family: ClassVar[str] = "attribute_mitigation"
    plan_key: ClassVar[str] = "mitigation"
    several: ClassVar[bool] = False

    @abstractmethod
    def fit(self, known: Known, rng: np.random.Generator) -> Change:
        """Return what changes templates, learned from people who are not attacked.

        What it gives may be of any length: verifiers and attackers bring it to length 1 again.

        Args:
            known: whom the owner of the system knows.
            rng: draws whatever is drawn.

        Raises:
            InputError: too few people, or one attribute value alone.
        """


attribute_mitigations: Registry[AttributeMitigation] = Registry(
    AttributeMitigation,  # type: ignore[type-abstract]
    "faceaudit.mitigations.attribute_inference",
)


def one_of(templates: Sequence[FloatArray]) -> FloatArray:
    """Return the templates of the first network."""
    return templates[0]


def _indicators(value: IntArray) -> Float64Array:
    found: Float64Array = (value[:, None] == np.unique(value)[1:][None]).astype(np.float64)
    return found
