"""A case of an audit as its section of the report reads it: figures by name."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from faceaudit.store import CaseRecord
from faceaudit.types import Estimate, Figure


@dataclass(frozen=True, eq=False)
class MeasuredCase:
    """A case that did not fail, with its figures by name."""

    record: CaseRecord

    @cached_property
    def _figures(self) -> dict[str, Figure]:
        return {one.metric: one for one in self.record.figures}

    def figure(self, metric: str) -> Figure | None:
        """Return a figure."""
        return self._figures.get(metric)

    def get(self, metric: str) -> Estimate | None:
        """Return a figure's estimate, where it was measured."""
        figure = self.figure(metric)
        return None if figure is None else figure.estimate

    @property
    def spec(self) -> Any:
        """The case as plain values."""
        return self.record.spec
