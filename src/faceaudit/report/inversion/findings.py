"""What was found about stolen templates, in a sentence or two for each question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.inversion import (
    LOOK_ALIKE,
    OVER,
    PHOTO,
    TRANSFER,
    TYPE_I,
    TYPE_II,
    at_fmr,
    at_rank,
)
from faceaudit.report.elements import Finding, reason_of
from faceaudit.report.inversion.case_run import strongest
from faceaudit.report.inversion.runs import NONE, Run, unprotected
from faceaudit.report.inversion.words import at, one_in, threat_model
from faceaudit.report.numbers import (
    count,
    counted,
    listed,
    percent_in_text,
    percent_interval,
    percent_with_interval,
)
from faceaudit.types import Estimate


def template_findings(runs: Sequence[Run]) -> tuple[Finding, ...]:
    """Return what was found, the strongest attack on unprotected templates first."""
    plain = unprotected(runs)
    best = strongest(plain)
    found = []
    if best is not None:
        found += [
            Finding("A stolen template", _success(best)),
            Finding("What that is worth", _beside(best)),
            Finding("Other networks", _transfer(best)),
            Finding("Who is it", _named(best)),
        ]
    elif plain:
        found.append(Finding("A stolen template", _not_measured(plain[0])))
    found += [Finding("Protected templates", text) for text in _protected(runs)]
    found.append(Finding("What held", _held(runs)))
    return tuple(one for one in found if one.text)


def _success(run: Run) -> str:
    fmr, rate = run.strictest(), run.success()
    assert fmr is not None
    assert rate is not None
    own = run.get(at_fmr(TYPE_I, fmr))
    with_own = f", with the stolen photo in {percent_in_text(own.value)}" if own else ""
    return (
        f"With {run.said}, a face rebuilt of a person passes as them before "
        f"{run.networks[0]} in {percent_with_interval(rate)} of "
        f"{counted(rate.n, 'try', 'tries')}, held against another photo of the person{with_own}; "
        f"at a threshold that lets {one_in(fmr)} in. The attacker has {threat_model(run)}."
    )


def _beside(run: Run) -> str:
    fmr = run.strictest()
    assert fmr is not None
    photo, alike = run.get(at_fmr(TYPE_II, fmr, PHOTO)), run.get(at_fmr(TYPE_II, fmr, LOOK_ALIKE))
    said = []
    if photo is not None:
        said.append(f"The stolen photo itself passes in {percent_with_interval(photo)}")
    if alike is not None:
        said.append(
            f"the most similar face of other people, which rebuilds nothing, in "
            f"{percent_with_interval(alike)}"
        )
    return f"{'; '.join(said)}." if said else ""


def transfers(run: Run) -> list[tuple[str, Estimate]]:
    """Return how often a run's faces pass before each further network, at its strictest rate."""
    fmr = run.strictest()
    if fmr is None:
        return []
    found = [(title, run.get(at_fmr(TRANSFER, fmr, title))) for title in run.networks[1:]]
    return [(title, rate) for title, rate in found if rate is not None]


def _transfer(run: Run) -> str:
    found, fmr = transfers(run), run.strictest()
    if not found or fmr is None:
        return ""
    said = [
        f"{percent_in_text(rate.value)} ({percent_interval(rate)}) before {title}"
        for title, rate in found
    ]
    photos = [run.get(at_fmr(TRANSFER, fmr, title, PHOTO)) for title, _ in found]
    known = [f"{percent_in_text(one.value)}" for one in photos if one is not None]
    return (
        f"The same faces, made for {run.networks[0]}, pass in {listed(said)}; the stolen photos, "
        f"shown alike, in {listed(known)}."
    )


def _named(run: Run) -> str:
    rate = run.get(at_rank(1))
    if rate is None:
        return ""
    people = counted(run.facts.people, "person", "people")
    return (
        f"Searched for among one other photo of each of {people}, "
        f"the rebuilt face is nearest to the right person in {percent_with_interval(rate)}."
    )


def _protected(runs: Sequence[Run]) -> Iterator[str]:
    names = dict.fromkeys(one.protected for one in runs if one.protection != NONE)
    for name in names:
        own = [one for one in runs if one.protected == name]
        best = strongest(own)
        if best is None:
            yield f"{name}: {_not_measured(own[0])}"
            continue
        rate, fmr, photo = best.success(), best.strictest(), best.ceiling()
        assert rate is not None
        assert fmr is not None
        real = f"; real photos pass in {percent_in_text(photo.value)}" if photo else ""
        estimated = f", the template {best.facts.estimated}" if best.facts.estimated else ""
        yield (
            f"{name}: a rebuilt face passes in {percent_with_interval(rate)} at {at(fmr)}, by "
            f"{best.said}{estimated}{real}."
        )


def stands_out(run: Run) -> bool:
    """Return whether faces pass more often than those of look-alikes, by the whole interval."""
    fmr = run.strictest()
    over = None if fmr is None else run.get(at_fmr(OVER, fmr))
    return over is not None and over.low > 0


def _held(runs: Sequence[Run]) -> str:
    """Say which attacks passed no more often than look-alikes do."""
    measured = [one for one in runs if one.success() is not None]
    held = [
        one.said if one.protection == NONE else f"{one.said} on {one.protected}"
        for one in measured
        if not stands_out(one)
    ]
    if not held:
        return ""
    return (
        f"{count(len(held))} of {counted(len(measured), 'combination')} of attack and protection "
        f"were not shown to pass more often than the most similar face of other people does: "
        f"{listed(held, most=6)}."
    )


def _not_measured(run: Run) -> str:
    figure = run.figure(at_fmr(TYPE_II, run.fmrs[-1]))
    return f"Not measured: {reason_of(figure)}." if figure else "Not measured."
