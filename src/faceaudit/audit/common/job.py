"""A case to run, as plain values that another process can rebuild from plan and store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Job:
    """A case to run; JSON values only.

    Attributes:
        kind: the name of the kind of audit.
        id: of the case.
        title: the case in a few words.
        section: the kind's section of the plan, as `Options.model_dump(mode="json")` gives it.
        seed: the plan's seed that it is run with.
        part: which of the section's cases it is, in the kind's own words.
        spec: the case as plain values, for the record of a failure.
        threads: how many CPU threads it needs, so that several may run side by side; None where it
            takes all there are.
        again: whether it is run although the store has the case: something else that it makes, such
            as a trained system, was lost.
    """

    kind: str
    id: str
    title: str
    section: Mapping[str, Any]
    seed: int
    part: Mapping[str, Any]
    spec: Mapping[str, Any]
    threads: int | None = None
    again: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return the job as plain values; `Job(**values)` is the job again."""
        return asdict(self)
