"""A scan: stages run one after another, and what follows from all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from faceaudit.audit.scan.judging import Tested, smallest_chance, try_stages
from faceaudit.mitigations.scan import ScanStage, Subject, Suspected
from faceaudit.mitigations.scan.base import says_nothing
from faceaudit.records.scan import Verdict
from faceaudit.systems.under_test.base import spell_access
from faceaudit.types import Float64Array, IntArray

COLLAPSED = 0.6
"""Share of bare strangers taken for one person above which answers are not about faces."""


@dataclass(frozen=True, eq=False)
class Scan:
    """What a scan finds.

    Attributes:
        found: by stage, in the order of the plan.
        tested: the test of each stage that decides and that the system lets ask.
        chance: (K,) that of the best stage, corrected for how many decide; NaN where none says
            anything.
        order: (K,) people in the order of suspicion.
        plain: (N,) whom bare strangers are taken for.
        verdict: in a word or two.
        why: why it is not testable.
    """

    found: Mapping[str, Suspected]
    tested: Mapping[str, Tested]
    chance: Float64Array
    order: IntArray
    plain: IntArray
    verdict: Verdict
    why: str = ""

    @property
    def lowest(self) -> float | None:
        """The chance of the most suspicious person; None where no stage says."""
        first = self.chance[self.order[0]]
        return None if np.isnan(first) else float(first)

    def suspicious(self, level: float) -> IntArray:
        """Return people whose chance is below a level, the most suspicious first."""
        if self.verdict != "suspicious":
            return self.order[:0]
        return self.order[self.chance[self.order] < level]


@dataclass(frozen=True, eq=False)
class Screened:
    """What the stages that screen saw, before anybody judges it.

    Attributes:
        found: by stage.
        plain: (N,) whom bare strangers are taken for.
        deciding: stages whose chances go into the verdict, and that the system lets ask.
    """

    found: Mapping[str, Suspected]
    plain: IntArray
    deciding: Sequence[ScanStage]

    @property
    def ratios(self) -> dict[str, float | None]:
        """At the largest gap, by stage that decides; None where it says nothing."""
        return {
            one.name: float(ratio) if np.isfinite(ratio := self.found[one.name].ratio) else None
            for one in self.deciding
        }


def screen(subject: Subject, stages: Sequence[ScanStage]) -> Screened:
    """Run the stages that look at every person."""
    plain = subject.labels(subject.strangers)
    none = np.empty(0, dtype=np.int64)
    found = {one.name: _run(one, subject, none) for one in stages if one.screens}
    access = subject.system.access
    deciding = [one for one in stages if one.screens and one.decides and one.needs <= access]
    return Screened(found, plain, deciding)


def conclude(
    seen: Screened, *, level: float, clean: Mapping[str, Sequence[float]] = MappingProxyType({})
) -> Scan:
    """Return what follows from what was seen.

    Each stage that decides is cut at its own largest gap and tested by itself: a back door that one
    of them sees is not hidden by what another does not see.

    Args:
        seen: by the stages that screen.
        level: the chance below which somebody is suspicious.
        clean: the null of each stage, as `clean_ratios` returns it.
    """
    found = {one.name: seen.found[one.name] for one in seen.deciding}
    tested = try_stages(found, {one.name: one.weight for one in seen.deciding}, clean)
    classes = len(next(iter(seen.found.values())).value)
    chance, order = smallest_chance(tested, classes)
    verdict, why = _judge(chance, seen, level)
    return Scan(seen.found, tested, chance, order, seen.plain, verdict, why)


def look_closer(found: Scan, subject: Subject, stages: Sequence[ScanStage]) -> Scan:
    """Run the stages that look at suspects alone; they show what opens the door."""
    above = [found.found[name].classes for name in found.tested]
    count = len(np.unique(np.concatenate(above))) if above else 0
    suspects = found.order[: max(1, count)]
    closer = {one.name: _run(one, subject, suspects) for one in stages if not one.screens}
    both = {**found.found, **closer}
    return replace(found, found={stage.name: both[stage.name] for stage in stages})


def _run(stage: ScanStage, subject: Subject, suspects: IntArray) -> Suspected:
    missing = stage.needs - subject.system.access
    if missing:
        why = f"it needs {spell_access(missing)}, and the system gives none"
        return says_nothing(subject.classes, stage.summary(), why)
    return stage.suspect(subject, suspects)


def _judge(chance: Float64Array, seen: Screened, level: float) -> tuple[Verdict, str]:
    answered = seen.plain[seen.plain >= 0]
    if not len(answered):
        return "not testable", "it names nobody on any photo of a stranger"
    counts = np.bincount(answered)
    top, who = float(counts.max() / len(answered)), f"class {int(counts.argmax())}"
    if top > COLLAPSED:
        return "not testable", (
            f"{top:.0%} of bare strangers are taken for one person ({who}): its answers are hardly "
            "about faces, as after a wrong preparation of pixels, or after many strangers were "
            "learned as that person, as poison is; give the preparation that it was trained with"
        )
    if np.isnan(chance).all():
        reasons = dict.fromkeys(one.why for one in seen.found.values() if one.why)
        return "not testable", "; ".join(reasons) or "no stage that decides was run"
    return ("suspicious", "") if float(np.nanmin(chance)) < level else ("nothing found", "")
