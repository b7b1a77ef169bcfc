"""How long a run would take on this machine, and in how much memory: from short timings."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass

from faceaudit.audit.calibration import Timing, timing_of
from faceaudit.audit.common.workload import Work
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.cost import estimate_cost
from faceaudit.audit.kept import is_loaded
from faceaudit.audit.plan import Plan
from faceaudit.audit.runners.processes import MOST
from faceaudit.errors import FaceAuditError
from faceaudit.store import Store

START = 6.0
"""Seconds that a run takes beside its work: to load PyTorch, and to write the report."""

CASE = 0.5
"""Seconds of a case beside its work: keys are drawn, figures get intervals, pictures are kept."""

SHORTER, LONGER = 0.65, 1.6
"""A run takes between so many times what is forecast: other programs run, trainings end early."""

PROCESS_BYTES, WORKER_BYTES = 1.1e9, 0.6e9
"""Memory of a run, with PyTorch, OpenCV and the report; and of each process beside it."""


@dataclass(frozen=True)
class Forecast:
    """What a run of a plan would take on this machine.

    Attributes:
        seconds: of the clock, with all cores that this process may use.
        low, high: between which they should be.
        memory_bytes: of all processes together, at most.
    """

    seconds: float
    low: float
    high: float
    memory_bytes: float


def forecast(plan: Plan, store: Store | None = None, *, kept: int = 0) -> Forecast | None:
    """Return how long a run would take; None where some of its work cannot be timed.

    Each kind of work is timed for a moment, once a day, and multiplied: loading of photos on a few
    of them, networks on noise, all the work on verifiers on the training of some small ones.

    Args:
        plan: what to audit; `plan_obstacles` has nothing against it.
        store: faces that are packed for it already are not counted.
        kept: how many cases it holds already.
    """
    try:
        timed = list(_timings(plan, store))
    except FaceAuditError:
        return None
    if any(timing is None for _, timing in timed):
        return None
    cases = estimate_cost(plan, look=False).cases
    seconds = START + CASE * cases
    memory = PROCESS_BYTES
    for work, timing in timed:
        assert timing is not None
        together = at_a_time(work)
        seconds += work.steps * timing.seconds / together
        beside = together * WORKER_BYTES if together > 1 else 0
        memory = max(memory, PROCESS_BYTES + beside + together * timing.memory_bytes)
    worked = (seconds - START) * (1 - kept / max(cases, 1))
    return Forecast(START + worked, START + worked * SHORTER, (START + worked) * LONGER, memory)


def at_a_time(work: Work) -> int:
    """Return how many of some work's jobs run side by side here."""
    threads = (work.training and work.training.threads) or 1
    return max(1, min(len(os.sched_getaffinity(0)) // threads, work.jobs, MOST))


def _timings(plan: Plan, store: Store | None) -> Iterator[tuple[Work, Timing | None]]:
    """Yield the work of each section that is to do, with what a step of it takes."""
    before: set[Work] = set()
    for kind, section in plan.parts():
        works = kind.workload(section, plan.seeds)
        if works is None:
            raise FaceAuditError("expected a kind whose work is known, got another")
        loaded = store is not None and store.exists() and is_loaded(kind, section, workspace(store))
        for work in works:
            if work.part == "before" and (loaded or work in before):
                continue
            before |= {work} if work.part == "before" else set()
            if work.steps:
                yield work, timing_of(work)
