"""Measures: the figures of an audit that limits, comparisons and the first screen speak of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from faceaudit.audit.limits import spell_measure
from faceaudit.types import Estimate


@dataclass(frozen=True, eq=False)
class Measure:
    """One figure over all trainings that it was measured in, by a name that people can write.

    Attributes:
        kind: of audit.
        name: what was measured, such as "success" or "auc".
        labels: of what, such as `{"attack": "blended", "samples": 115}`; no two measures of a kind
            have the same name and labels.
        estimate: the figure; None where it was not measured.
        why_none: why it was not.
        caution: why no verdict may rest on it, such as a single training; usually nothing.
        cases: ids of the cases that it is from.
        anchor: the id of the page's element that shows it.
        accuracy: how well the system works that it is of, without any attack; None where that is
            unknown, or nothing to hold the figure against.
    """

    kind: str
    name: str
    labels: Mapping[str, str | int | float]
    estimate: Estimate | None
    why_none: str = ""
    caution: str = ""
    cases: tuple[str, ...] = ()
    anchor: str = ""
    accuracy: Estimate | None = None

    @property
    def title(self) -> str:
        """Kind, name and labels, as a limit spells them: odd values stand in quotes.

        >>> Measure("membership", "auc", {"level": "person"}, None).title
        'membership.auc(level=person)'
        """
        return spell_measure(self.kind, self.name, self.labels)
