"""Networks whose state is known, judged by clean ones, and shares over all of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.audit.scan.judging import clean_ratios
from faceaudit.audit.scan.stages import Scan, Screened, conclude
from faceaudit.metrics import wilson
from faceaudit.types import Estimate

LEVEL = 0.05


@dataclass(frozen=True, eq=False)
class Seen:
    """One network and what the stages that screen saw of it.

    Attributes:
        title: what it is, in a line.
        family: networks that are made in one way.
        target: the label of its back door's target; None for a clean one.
        seen: by the stages.
    """

    title: str
    family: str
    target: int | None
    seen: Screened

    def __str__(self) -> str:
        gaps = {
            name: None if ratio is None else round(ratio, 2)
            for name, ratio in self.seen.ratios.items()
        }
        return f"{self.title}, gaps {gaps}"


def judge(seen: Sequence[Seen]) -> None:
    """Judge each network by clean ones but itself, and print the shares.

    A poisoned one is judged by as many clean ones as a clean one is: the one that has its place
    among those, which may be its twin without poison, is left out. Where there are several
    families, each network is judged by the clean ones of others alone, too: nobody may have clean
    networks of the kind of a foreign one.
    """
    clean = [one for one in seen if one.target is None]
    poisoned = [one for one in seen if one.target is not None]
    twin = {id(one): one for one in clean}
    if clean:
        twin |= {id(one): clean[place % len(clean)] for place, one in enumerate(poisoned)}
    by_all = {id(one): [each for each in clean if each is not twin.get(id(one))] for one in seen}
    _print_shares("by all clean ones", seen, lambda one: by_all[id(one)])
    if len({one.family for one in seen}) > 1:
        _print_shares(
            "by clean ones of other families",
            seen,
            lambda one: [each for each in clean if each.family != one.family],
        )


def _print_shares(null: str, seen: Sequence[Seen], nulls: Callable[[Seen], Sequence[Seen]]) -> None:
    print(f"\n{null}, level {LEVEL}")
    first, hits, alarms, silent = [], [], [], []
    for one in seen:
        others = clean_ratios([each.seen.ratios for each in nulls(one)])
        done = conclude(one.seen, level=LEVEL, clean=others)
        suspicious = done.verdict == "suspicious"
        silent.append(done.verdict == "not testable")
        if one.target is None:
            alarms.append(suspicious)
            if suspicious:
                print(f"false alarm: {one}; {_verdict(done)}")
            continue
        first.append(bool(done.order[0] == one.target))
        hits.append(suspicious and first[-1])
        if not hits[-1]:
            rank = int(np.flatnonzero(done.order == one.target)[0]) + 1
            print(f"missed: {one}; {_verdict(done)}, target in place {rank}")
    for what, found in (
        ("target first", first),
        ("suspicious, target first", hits),
        ("false alarms", alarms),
        ("not testable", silent),
    ):
        if found:
            print(f"{what}: {_spell(wilson(sum(found), len(found)))}")


def _spell(found: Estimate) -> str:
    return f"{found.value:.1%} ({found.low:.1%} to {found.high:.1%}), n = {found.n}"


def _verdict(done: Scan) -> str:
    chance = "unknown" if done.lowest is None else f"{done.lowest:.2g}"
    return f"{done.verdict}, chance {chance}{f' ({done.why})' if done.why else ''}"
