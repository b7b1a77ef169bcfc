"""What was found about master faces, in a sentence or two for each question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.master_face import COVERED_KNOWN, accepted_at, covered_at, expected_cover
from faceaudit.report.elements import Finding
from faceaudit.report.master_face.runs import (
    NONE,
    Run,
    at,
    named_after,
    stands_out,
    strongest,
)
from faceaudit.report.names import network_name
from faceaudit.report.numbers import counted, percent_in_text, percent_with_interval


def master_face_findings(runs: Sequence[Run]) -> tuple[Finding, ...]:
    """Return what was found: who is passed as, elsewhere, under mitigations, and what held."""
    plain = [one for one in runs if one.mitigation == NONE]
    found = [
        Finding("Who is passed as", _passed(plain, runs)),
        Finding("Before other networks", _elsewhere(plain)),
        *(Finding("With a mitigation", text) for text in _mitigated(runs)),
        Finding("What held", _held(runs)),
    ]
    return tuple(one for one in found if one.text)


def _passed(plain: Sequence[Run], runs: Sequence[Run]) -> str:
    best = strongest(plain)
    share = None if best is None else best.best()
    if best is None or share is None:
        return ""
    fmr, faces, on = best.lowest(), best.counts[-1], best.facts.systems[0]
    assert fmr is not None
    chance = best.chance(fmr, faces, on)
    used = best.get(covered_at(COVERED_KNOWN, fmr, faces, on))
    said = f"{named_after(best, runs)}: {counted(faces, 'face')} "
    said += f"{'pass' if faces > 1 else 'passes'} as {percent_with_interval(share)} of "
    said += f"{counted(share.n, 'person', 'people')} at {at(fmr)}; "
    said += f"{percent_in_text(expected_cover(fmr, faces))} are expected of faces that are like any"
    if chance is not None:
        said += f", and random photos pass as {percent_in_text(chance.value)}"
    said += "."
    if used is not None:
        said += f" Of the people whom the search used it is {percent_in_text(used.value)}."
    return said


def _elsewhere(plain: Sequence[Run]) -> str:
    """Say how the strongest run's faces do before networks that it did not have."""
    best = strongest(plain)
    fmr = None if best is None else best.lowest()
    if best is None or fmr is None:
        return ""
    said = []
    for on in best.facts.systems:
        found = best.covered(fmr, best.counts[-1], on)
        if on not in best.facts.made_on and found is not None:
            said.append(f"{percent_in_text(found.value)} by {network_name(on)}")
    return f"The same faces, at {at(fmr)}: {', '.join(said)}." if said else ""


def _mitigated(runs: Sequence[Run]) -> Iterator[str]:
    """Yield, for each mitigation, the strongest search that knows of it, and that does not."""
    for name in dict.fromkeys(one.mitigation for one in runs if one.mitigation != NONE):
        said = []
        for aware, who in ((False, "who does not know of it"), (True, "who does")):
            some = [one for one in runs if one.mitigation == name and one.aware == aware]
            best = strongest(some)
            share, fmr = (None, None) if best is None else (best.best(), best.lowest())
            if best is not None and share is not None and fmr is not None:
                said.append(
                    f"{percent_in_text(share.value)} by an attacker {who} "
                    f"({best.spec['titles']['attack']}, {at(fmr)})"
                )
        cost = _accepted(runs, name)
        if said:
            yield f"{name}: {', '.join(said)}.{cost}"


def _accepted(runs: Sequence[Run], name: str) -> str:
    run = next(one for one in runs if one.mitigation == name)
    fmr = run.lowest()
    if fmr is None:
        return ""
    on = run.facts.systems[0]
    found = run.get(accepted_at(fmr, on))
    first = on.split(" + ")[0]
    plain = next(
        (
            one.get(accepted_at(fmr, first))
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
        f"{len(held)} of {counted(len(measured), 'search', 'searches')} were not shown to pass as "
        f"more people than random photos: {'; '.join(held)}."
    )
