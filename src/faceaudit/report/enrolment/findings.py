"""What was found about enrolment, in a sentence or two for each question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.enrolment import (
    OWN,
    REFUSED_CLEAN,
    REFUSED_GLASSES,
    TAKEN_OVER,
    TAKEN_OVER_BARE,
    WRONG,
    at,
)
from faceaudit.report.elements import Finding
from faceaudit.report.enrolment.runs import Run, named_after, rate, strongest
from faceaudit.report.numbers import counted, listed, percent_in_text, percent_with_interval


def enrolment_findings(runs: Sequence[Run]) -> tuple[Finding, ...]:
    """Return what was found: the strongest key, unseen networks, the person, mitigations, drift."""
    keyed = [one for one in runs if one.keyed]
    found = [
        Finding("The strongest key", _strongest(keyed)),
        Finding("Networks that it never saw", _unseen(keyed)),
        Finding("What gives it away", _given_away(keyed)),
        Finding("What helps", " ".join(_helps(keyed))),
        Finding("Not met by an attacker who knows", _unmet(keyed)),
        Finding("Templates that update themselves", " ".join(_drift(runs))),
    ]
    return tuple(one for one in found if one.text)


def _strongest(runs: Sequence[Run]) -> str:
    best = strongest(runs)
    if best is None:
        return ""
    run, network = best
    fmr, passed = run.lowest(), run.passed(network)
    assert fmr is not None
    assert passed is not None
    wrong = run.get(at(WRONG, fmr, network.title, run.unmitigated()))
    null = "" if wrong is None else f"; with wrong keys {percent_in_text(wrong.value)}"
    return (
        f"{named_after(run, runs)}: {percent_with_interval(passed)} of "
        f"{counted(passed.n, 'try', 'tries')} of strangers pass as the enrolled person at "
        f"{rate(fmr)} on {network.title}{null}. Known to the attacker: {run.facts.knowledge}."
    )


def _unseen(runs: Sequence[Run]) -> str:
    """Return how the strongest of the keys that were made on a network does on others."""
    made = [one for one in runs if any(each.in_hand for each in one.facts.networks)]
    best = max(made, key=_on_others, default=None)
    if best is None or _on_others(best) < 0:
        return ""
    fmr = best.lowest()
    assert fmr is not None
    said = [
        f"{percent_with_interval(found)} on {one.title}"
        for one in best.facts.networks
        if not one.in_hand and (found := best.passed(one)) is not None
    ]
    return f"{named_after(best, runs)}, at {rate(fmr)}: {listed(said)}."


def _on_others(run: Run) -> float:
    found = [run.passed(one) for one in run.facts.networks if not one.in_hand]
    return max((one.value for one in found if one is not None), default=-1.0)


def _given_away(runs: Sequence[Run]) -> str:
    best = strongest(runs)
    if best is None:
        return ""
    run, network = best
    fmr = run.lowest()
    assert fmr is not None
    own = run.get(at(OWN, fmr, network.title, run.unmitigated()))
    if own is None:
        return ""
    return (
        f"Of the people who are enrolled with it, {percent_with_interval(own)} still pass bare on "
        f"{network.title}; the others notice, once they try."
    )


def _helps(runs: Sequence[Run]) -> Iterator[str]:
    """Yield, for each mitigation, its worst row, and what it costs."""
    titles = dict.fromkeys(one.title for run in runs for one in run.mitigated())
    for title in titles:
        rows = [
            (run, network.title, passed)
            for run in runs
            for network in run.facts.networks
            if (passed := run.passed(network, title)) is not None
        ]
        if not rows:
            continue
        run, network, passed = max(rows, key=lambda one: one[2].value)
        fmr = run.lowest()
        assert fmr is not None
        costs = [
            f"{percent_in_text(found.value)} of {what}"
            for metric, what in (
                (REFUSED_CLEAN, "clean photos"),
                (REFUSED_GLASSES, "people with glasses"),
            )
            if (found := run.get(at(metric, fmr, network, title))) is not None and found.value
        ]
        cost = f", and refuses {listed(costs)}" if costs else ""
        yield (
            f"{title}: at most {percent_in_text(passed.value)} pass, with "
            f"{named_after(run, runs)} on {network}{cost}."
        )


def _unmet(runs: Sequence[Run]) -> str:
    """Return the mitigations that no key here was made against: what they hold is not known."""
    titles: dict[str, bool] = {}
    for run in runs:
        for one in run.mitigated():
            titles[one.title] = titles.get(one.title, False) or one.adaptive
    unmet = [title for title, met in titles.items() if not met]
    if not unmet:
        return ""
    return (
        f"No key of this plan was made by somebody who knows of {listed(unmet)}: how many "
        "strangers such an attacker gets in is not known."
    )


def _drift(runs: Sequence[Run]) -> Iterator[str]:
    for run in runs:
        if run.keyed:
            continue
        found = [
            (figure.metric, figure.estimate)
            for figure in run.record.figures
            if figure.metric.startswith(f"{TAKEN_OVER}@") and figure.estimate is not None
        ]
        if not found:
            continue
        metric, best = max(found, key=lambda one: one[1].value)
        null = run.get(metric.replace(TAKEN_OVER, TAKEN_OVER_BARE, 1))
        fmr, network, rule = metric.partition("@fmr=")[2].split(":", 2)
        beside = "" if null is None else f", {percent_in_text(null.value)} without the mixtures"
        yield (
            f"{named_after(run, runs)}: {percent_with_interval(best)} of attackers pass in the end "
            f"on {network} at {rate(float(fmr))}, {rule}{beside}."
        )
