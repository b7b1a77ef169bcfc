"""A plan for photos of your own, drafted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from faceaudit.api.arguments import StrPath, check_count, output_of, path_of
from faceaudit.api.spelling import AlignLike, SourceLike, find_source
from faceaudit.audit.drafting.draft import Draft
from faceaudit.audit.drafting.draft import draft_plan as draft
from faceaudit.audit.forecast import Forecast, forecast
from faceaudit.errors import OptionError
from faceaudit.files.atomic import write_atomically

SEEDS = 3
"""Trainings of everything in a drafted plan."""


@dataclass(frozen=True)
class DraftedPlan(Draft):
    """A plan for somebody's photos, which `faceaudit.run` takes.

    Attributes:
        text: of the file, in YAML with comments.
        plan: what it says.
        decided: what was decided, each in one line.
        forecast: how long a run would take here; None where that was not asked for.
    """

    forecast: Forecast | None = None

    def save(self, path: StrPath, *, replace_file: bool = False) -> Path:
        """Write the plan to a file, and return which.

        Raises:
            OptionError: the file is there already, or cannot be written.
        """
        file = output_of(path, "the plan to write")
        if file.exists() and not replace_file:
            raise OptionError(f"expected a new file, got {file}, which is there; name another")
        write_atomically(file, self.text)
        return file


def draft_plan(
    source: SourceLike,
    *,
    align: AlignLike | None = None,
    detector: StrPath | None = None,
    weights: StrPath | None = None,
    network: Mapping[str, Any] | str | None = None,
    title: str = "",
    seeds: int = SEEDS,
    timed: bool = False,
) -> DraftedPlan:
    """Draft a plan that suits photos of your own; they are counted, none is read.

    It enrols the people who have photos enough, leaves some to the attacker, and gives attacks and
    pools the sizes that those allow; what they do not allow is left out, and said. Nobody but the
    people on the photos is audited. Every decision is a comment in the plan.

    Args:
        source: a source, plain values, NAME:PATH, or a folder that holds one folder a person.
        align: how faces are aligned, where not with YuNet; as `load_faces` takes it.
        detector: the file of YuNet, or the name of known weights that were fetched
            (`faceaudit weights get yunet`); None looks for those, and leaves faces unaligned
            without.
        weights: trained weights to start from: a file, or the name of known ones that were fetched;
            None looks for those, and pretrains a network on people who do not exist without.
        network: the architecture, where the weights are in no list of known ones.
        title: of the report.
        seeds: how many trainings of everything there are.
        timed: also say how long a run would take here, timed for a few seconds.

    Returns:
        The plan, its text, and what was decided.

    Raises:
        OptionError: the source is none of photos, or nobody knows whose weights the file holds.
        SourceError: there are no photos to be had.
        SplitError: the photos are too few for any audit; the message says what each takes.
        WeightsError: detector or weights are not here or cannot be used.

    Example:
        ::

            draft = draft_plan("folder:/photos", weights="sface")
            draft.save("plan.yaml")
            faceaudit.run(draft.plan, store="our-audit")
    """
    found = draft(
        find_source(source, align=align),
        title=title,
        seeds=check_count(seeds, "the number of seeds"),
        detector=None if detector is None else path_of(detector, "the detector"),
        weights=None if weights is None else path_of(weights, "the weights"),
        network=network,
    )
    drafted = DraftedPlan(found.text, found.plan, found.decided)
    return replace(drafted, forecast=forecast(found.plan)) if timed else drafted
