"""The two sides of a comparison: what one figure is in either of two audits.

A kind of audit may say how its figures are paired in a module `comparing` beside its section, such
as `faceaudit.report.backdoor.comparing`, with a function `compare_sides(before, after)`. It returns
a `Change`, or None where figures are to be compared as unrelated ones, as those of a kind without
such a module are.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from faceaudit.metrics.uncertain import Uncertain
from faceaudit.report.measures import Measure
from faceaudit.store import CaseRecord

Pairing = Literal[
    "by photo", "by pair", "by person", "by training", "by target", "same cases", "unpaired"
]
"""How two figures are compared: by what was measured in both audits, or as unrelated ones."""
SHARED = 0.5
"""The least share of photos or pairs that both audits need to have for those to be compared."""
Key = TypeVar("Key", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Side:
    """One figure in one of the audits.

    Attributes:
        measures: the figure; several where the audit has it with several seeds, one each.
        figures: cases by their ids; their evidence may have been left in the store.
        find: returns a case by its id, with its evidence.
    """

    measures: tuple[Measure, ...]
    figures: Mapping[str, CaseRecord]
    find: Callable[[str], CaseRecord]

    @property
    def name(self) -> str:
        """What was measured."""
        return self.measures[0].name

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the cases that it rests on."""
        return tuple(id_ for measure in self.measures for id_ in measure.cases)

    def cases(self) -> list[CaseRecord]:
        """Return the cases that it rests on, with their evidence."""
        return [self.find(id_) for id_ in self.ids]


@dataclass(frozen=True)
class Change:
    """What lies between two sides.

    Attributes:
        difference: after less before; None where there is none to speak of.
        paired: how they were compared.
        why_none: why no verdict can be given; then `difference` may still say what was seen.
        caution: what a verdict does not hold for.
    """

    difference: Uncertain | None
    paired: Pairing = "unpaired"
    why_none: str = ""
    caution: str = ""


def same_data(before: Mapping[str, Any], after: Mapping[str, Any], keys: Sequence[str]) -> bool:
    """Return whether two specs agree in all that some keys name."""
    return all(before.get(key) == after.get(key) for key in keys)


def shared_keys(before: Mapping[Key, object], after: Mapping[Key, object]) -> list[Key]:
    """Return what both have; nothing where that is less than half of either.

    >>> shared_keys({"a": 1, "b": 2}, {"b": 3}), shared_keys({"a": 1, "b": 2, "c": 3}, {"b": 3})
    (['b'], [])
    """
    both = [key for key in before if key in after]
    return both if len(both) >= SHARED * max(len(before), len(after)) else []
