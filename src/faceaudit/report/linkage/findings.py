"""What was found about linkage, in a sentence or two for each question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.linkage import D_SYS, TMR, TMR_PLAIN, at_rate, floor_of
from faceaudit.report.elements import Finding
from faceaudit.report.linkage.runs import (
    NONE,
    SECONDS,
    Run,
    at,
    named_after,
    seed_of,
    stands_out,
    strongest,
)
from faceaudit.report.linkage.tables import knows
from faceaudit.report.numbers import (
    counted,
    decimal,
    decimal_with_interval,
    percent_in_text,
    percent_with_interval,
)


def linkage_findings(runs: Sequence[Run]) -> tuple[Finding, ...]:
    """Return what was found: without protection, with each, who is named, and what held."""
    trained = [one for one in runs if not one.untrained]
    found = []
    plain = strongest([one for one in trained if one.protection == NONE])
    if plain is not None:
        found.append(Finding("Without protection", _linked(plain)))
    found += [Finding("With protection", text) for text in _protected(trained)]
    found.append(Finding("Who gets a name", _named(trained)))
    found.append(Finding("What it costs", " ".join(_costs(trained))))
    found.append(Finding("What held", _held(trained)))
    found += [
        Finding(f"Without training{seed_of(one, runs)}", _untrained(one))
        for one in runs
        if one.untrained
    ]
    return tuple(one for one in found if one.text)


def _linked(run: Run) -> str:
    fmr, rate = run.lowest(), run.linked()
    assert fmr is not None
    assert rate is not None
    found = run.get(D_SYS)
    amount = f" D_sys is {decimal_with_interval(found)}." if found is not None else ""
    return (
        f"{run.attack} links {percent_with_interval(rate)} of "
        f"{counted(rate.n, 'person', 'people')} across both databases at {at(fmr)}. "
        f"Known beside the databases: {knows(run)}.{amount}"
    )


def _protected(runs: Sequence[Run]) -> Iterator[str]:
    """Yield, for each protection, the strongest of each attack by how the second one is stored."""
    for name in dict.fromkeys(one.protection for one in runs if one.protection != NONE):
        own = [one for one in runs if one.protection == name]
        said = []
        fmr = min((one.lowest() or 1.0 for one in own), default=1.0)
        for second in dict.fromkeys(one.second for one in own):
            some = [one for one in own if one.second == second]
            names = dict.fromkeys(str(one.spec["titles"]["attack"]) for one in some)
            best = [
                strongest([one for one in some if one.spec["titles"]["attack"] == attack])
                for attack in names
            ]
            found = [_in_short(one, fmr) for one in best if one is not None]
            if found:
                said.append(f"{SECONDS[second]}: {', '.join(found)}")
        if said:
            yield f"{name}, people linked at {at(fmr)}. {'. '.join(map(_capital, said))}."


def _capital(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}"


def _in_short(run: Run, fmr: float) -> str:
    """Return what an attack links, and where chance makes as much of D_sys that it does.

    Where the run did not resolve the false match rate of the sentence, it says at which one it is.
    """
    rate, found, floor = run.linked(), run.get(D_SYS), run.get(floor_of(D_SYS))
    assert rate is not None
    beside = ""
    if found is not None and floor is not None:
        chance = ", no more than chance" if found.value <= floor.high else ""
        beside = f" (D_sys {decimal(found.value)}{chance})"
    learned = f" with {counted(run.facts.learned, 'photo')}" if run.facts.learned else ""
    own = run.lowest()
    higher = f" at {at(own)}" if own is not None and own != fmr else ""
    said = percent_in_text(rate.value)
    return f"{said}{higher} by {run.spec['titles']['attack']}{learned}{beside}"


def _named(runs: Sequence[Run]) -> str:
    known = [(run, run.named()) for run in runs]
    found = [(run, one) for run, one in known if one is not None]
    if not found:
        return ""
    # At the lowest rate that any resolved: at a higher one more get a name by chance alone.
    lowest = min(one[0] for _, one in found)
    some = [(run, one) for run, one in found if one[0] == lowest]
    run, (fpir, rate) = max(some, key=lambda one: one[1][1].value)
    facts = run.facts
    return (
        f"{named_after(run, runs)}: {percent_with_interval(rate)} of those looked for are found "
        f"first among {counted(facts.gallery, 'person', 'people')} with names, at a "
        "threshold at which at most "
        f"{percent_in_text(fpir)} of {counted(facts.strangers, 'person', 'people')} who are not "
        "among them are given a name, too."
    )


def _costs(runs: Sequence[Run]) -> Iterator[str]:
    """Yield, for each protection, how often its system accepts, at the lowest rate resolved."""
    for name in dict.fromkeys(one.protection for one in runs if one.protection != NONE):
        run = next(one for one in runs if one.protection == name)
        known = [
            (fmr, run.get(at_rate(TMR, fmr)), run.get(at_rate(TMR_PLAIN, fmr))) for fmr in run.fmrs
        ]
        found = [(fmr, one, other) for fmr, one, other in known if one and other]
        if found:
            fmr, with_it, without = found[-1]
            yield (
                f"{name}{seed_of(run, runs)}: its system accepts "
                f"{percent_with_interval(with_it)} of genuine "
                f"comparisons at {at(fmr)}, without protection {percent_in_text(without.value)}."
            )


def _held(runs: Sequence[Run]) -> str:
    measured = [one for one in runs if one.linked() is not None]
    held = [named_after(one, runs) for one in measured if not stands_out(one)]
    if not held:
        return ""
    return (
        f"{len(held)} of {counted(len(measured), 'combination')} of attack and databases were not "
        f"shown to link more people than the false match rate: {'; '.join(held)}."
    )


def _untrained(run: Run) -> str:
    fmr, rate = run.lowest(), run.linked()
    if fmr is None or rate is None:
        return ""
    why = (
        "photos of a person are alike in more than their face"
        if stands_out(run)
        else "no more than the false match rate was shown"
    )
    return (
        f"Templates of the same network with weights that nobody trained link "
        f"{percent_with_interval(rate)} at {at(fmr)}: {why}."
    )
