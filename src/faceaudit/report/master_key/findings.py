"""What was found about master keys, in a sentence or two for each question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.master_key import (
    AUC,
    AUC_PRISTINE,
    COVERED,
    FMR,
    LOST,
    OWN,
    PASSED,
    PRISTINE,
    TMR_PRISTINE,
    WRONG,
    at,
    expected_cover,
)
from faceaudit.report.elements import Finding
from faceaudit.report.master_key.runs import (
    NONE,
    Run,
    in_words,
    named_after,
    stands_out,
    strongest,
)
from faceaudit.report.numbers import counted, decimal, percent_in_text, percent_with_interval


def master_key_findings(runs: Sequence[Run]) -> tuple[Finding, ...]:
    """Return what was found: who passes, what shows of it, mitigations, and what held."""
    plain = [one for one in runs if one.mitigation == NONE]
    best = strongest(plain)
    found = [
        Finding("Who passes", _passed(best, runs)),
        Finding("What shows of it", _shows(best)),
        *(Finding("With a mitigation", text) for text in _mitigated(runs)),
        Finding("What held", _held(runs)),
    ]
    return tuple(one for one in found if one.text)


def _passed(best: Run | None, runs: Sequence[Run]) -> str:
    share = None if best is None else best.passed()
    if best is None or share is None:
        return ""
    said = f"{named_after(best, runs)}: {percent_with_interval(share)} of tries with the key pass "
    said += f"at {in_words(OWN)}, a mean over {counted(best.facts.trainings, 'training')}"
    pristine, wrong = best.get(at(PRISTINE, OWN)), best.get(at(WRONG, OWN))
    if pristine is not None:
        said += f"; without poison {percent_in_text(pristine.value)}"
    if wrong is not None:
        said += f", and with wrong keys {percent_in_text(wrong.value)}"
    covered, fmr = best.get(at(COVERED, OWN)), best.get(at(FMR, OWN))
    if fmr is not None:
        said += f"; of strangers without any key {percent_in_text(fmr.value)}"
    said += "."
    if covered is not None and fmr is not None:
        photos = best.facts.presented
        expected = percent_in_text(expected_cover(fmr.value, photos))
        said += (
            f" One of {counted(photos, 'photo')} passes as {percent_in_text(covered.value)} of "
            f"enrolled people, where the false match rate alone would give {expected}."
        )
    rates = [
        f"{percent_with_interval(found)} at {in_words(point)}"
        for point in best.points
        if point != OWN and (found := best.get(at(PASSED, point))) is not None
    ]
    return f"{said} At thresholds of fixed rates it is {', '.join(rates)}." if rates else said


def _shows(best: Run | None) -> str:
    """Say what clean pairs tell of the poison."""
    if best is None:
        return ""
    poisoned, pristine = best.get(AUC), best.get(AUC_PRISTINE)
    if poisoned is None or pristine is None:
        return ""
    return (
        f"On clean pairs the area under the ROC curve is {decimal(poisoned.value)} with poison and "
        f"{decimal(pristine.value)} without it."
    )


def _mitigated(runs: Sequence[Run]) -> Iterator[str]:
    """Yield, for each mitigation, the strongest key of who knows of it, and of who does not."""
    for name in dict.fromkeys(one.mitigation for one in runs if one.mitigation != NONE):
        said = []
        for aware, who in ((False, "who does not know of it"), (True, "who does")):
            some = [one for one in runs if one.mitigation == name and one.aware == aware]
            best = strongest(some)
            share = None if best is None else best.passed()
            if best is not None and share is not None:
                said.append(
                    f"{percent_in_text(share.value)} of tries by an attacker {who} "
                    f"({best.spec['titles']['attack']})"
                )
        if said:
            yield f"{name}: {', '.join(said)}.{_cost(runs, name)}"


def _cost(runs: Sequence[Run], name: str) -> str:
    """Say what a mitigation costs where nobody poisons."""
    run = next(one for one in runs if one.mitigation == name)
    metric = at(TMR_PRISTINE, OWN)
    found = run.get(metric)
    plain = next(
        (
            one.get(metric)
            for one in runs
            if one.mitigation == NONE and one.spec["seed"] == run.spec["seed"]
        ),
        None,
    )
    said = ""
    if found is not None:
        said = (
            f" Without poison, people are accepted as themselves in {percent_in_text(found.value)}"
        )
        said += f"; {percent_in_text(plain.value)} without the mitigation." if plain else "."
    lost = run.get(LOST)
    if lost is not None:
        said += f" It leaves out {percent_in_text(lost.value)} of the clean pairs of one person."
    return said


def _held(runs: Sequence[Run]) -> str:
    measured = [one for one in runs if one.passed() is not None]
    held = [named_after(one, runs) for one in measured if not stands_out(one)]
    if not held:
        return ""
    return (
        f"{len(held)} of {counted(len(measured), 'key')} were not shown to pass more often than "
        f"the same photos without poison: {'; '.join(held)}."
    )
