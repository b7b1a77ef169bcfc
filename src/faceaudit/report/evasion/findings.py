"""What was found about evasion, in a sentence or two for each question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.evasion import TMR, evaded_at
from faceaudit.report.elements import Finding
from faceaudit.report.evasion.runs import (
    GOALS,
    NONE,
    Run,
    at,
    named_after,
    stands_out,
    strongest,
)
from faceaudit.report.names import network_name
from faceaudit.report.numbers import counted, percent_in_text, percent_with_interval

TITLES = {"impersonate": "Passing as another person", "dodge": "Not being known"}


def evasion_findings(runs: Sequence[Run]) -> tuple[Finding, ...]:
    """Return what was found: each goal, elsewhere, under mitigations, and what held."""
    goals = tuple(dict.fromkeys(one.goal for one in runs))
    found = []
    for goal in goals:
        some = [one for one in runs if one.goal == goal and one.mitigation == NONE]
        found.append(Finding(TITLES[goal], _evaded(some, runs)))
    for goal in goals:
        some = [one for one in runs if one.goal == goal]
        found += [Finding(f"{TITLES[goal]}, with a mitigation", one) for one in _mitigated(some)]
    found.append(Finding("What held", _held(runs)))
    return tuple(one for one in found if one.text)


def _evaded(some: Sequence[Run], runs: Sequence[Run]) -> str:
    best = strongest(some)
    share = None if best is None else best.best()
    if best is None or share is None:
        return ""
    fmr, on = best.lowest(), best.facts.systems[0]
    assert fmr is not None
    said = (
        f"{named_after(best, runs)}: {percent_with_interval(share)} of "
        f"{counted(share.n, 'photo')} {GOALS[best.goal]} at {at(fmr)} before {network_name(on)}"
    )
    noise, bare = best.noise(fmr, on), best.bare(fmr, on)
    if noise is not None and bare is not None:
        said += (
            f"; with random noise of the same budget {percent_in_text(noise.value)}, unchanged "
            f"{percent_in_text(bare.value)}"
        )
    others = [
        f"{percent_in_text(found.value)} before {network_name(other)}"
        for other in best.facts.systems
        if other not in best.facts.made_on and (found := best.evaded(fmr, other)) is not None
    ]
    return f"{said}. The same photos: {', '.join(others)}." if others else f"{said}."


def _mitigated(runs: Sequence[Run]) -> Iterator[str]:
    """Yield, for each mitigation, the strongest attack that knows of it, and that does not."""
    for name in dict.fromkeys(one.mitigation for one in runs if one.mitigation != NONE):
        said = []
        for aware, who in ((False, "who does not know of it"), (True, "who does")):
            best = strongest([one for one in runs if one.mitigation == name and one.aware == aware])
            share, fmr = (None, None) if best is None else (best.best(), best.lowest())
            if best is not None and share is not None and fmr is not None:
                said.append(f"{percent_in_text(share.value)} by an attacker {who} ({at(fmr)})")
        if said:
            yield f"{name}: {', '.join(said)}.{_cost(runs, name)}"


def _cost(runs: Sequence[Run], name: str) -> str:
    run = next(one for one in runs if one.mitigation == name)
    fmr = run.lowest()
    if fmr is None:
        return ""
    on = run.facts.systems[0]
    found, first = run.get(evaded_at(TMR, fmr, on)), on.split(" + ")[0]
    plain = next(
        (
            one.get(evaded_at(TMR, fmr, first))
            for one in runs
            if one.mitigation == NONE and one.spec["seed"] == run.spec["seed"]
        ),
        None,
    )
    if found is None:
        return ""
    beside = f"; {percent_in_text(plain.value)} without it" if plain is not None else ""
    return f" People are accepted as themselves in {percent_in_text(found.value)}{beside}."


def _held(runs: Sequence[Run]) -> str:
    measured = [one for one in runs if one.best() is not None]
    held = [named_after(one, runs) for one in measured if not stands_out(one)]
    if not held:
        return ""
    return (
        f"{len(held)} of {counted(len(measured), 'attack')} were not shown to do more than random "
        f"noise: {'; '.join(held)}."
    )
