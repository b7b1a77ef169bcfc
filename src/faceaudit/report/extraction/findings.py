"""What was found of copies, in words; each sentence follows from figures by a rule."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.extraction import (
    AGREEMENT,
    IMPERSONATION,
    IMPERSONATION_CEILING,
    IMPERSONATION_NOISE,
    IMPERSONATION_UNCHANGED,
    INVERSION,
    INVERSION_LOOKALIKE,
    INVERSION_NULL,
    NULL,
    OVER_PRIOR,
    OVER_TRUTH,
    PRIOR,
    TRUTH,
)
from faceaudit.report.elements import Finding, Headline
from faceaudit.report.extraction.copies import Copied, Copies
from faceaudit.report.extraction.words import attack_name
from faceaudit.report.numbers import counted, percent_with_interval, points_with_interval


def headline(victims: Sequence[Copied]) -> Headline:
    """Return of how many victims the lead copy agrees wholly above every baseline there is."""
    if not victims:
        return Headline("Nothing was copied", "Every case failed.")
    leads = [victim.lead for victim in victims]
    worked = sum(map(above_all, leads))
    title = (
        f"{worked} of {counted(len(victims), 'target')} copied beyond every baseline"
        if worked
        else "No copy was shown to decide as its victim does beyond every baseline"
    )
    said = [
        f"{victim.title}, {victim.asked}: {percent_with_interval(found)} of decisions agree after "
        f"{one.budget:,} queries ({victim.series[0].name})"
        for victim, one in zip(victims, leads, strict=True)
        if (found := one.get(AGREEMENT)) is not None
    ]
    return Headline(title, f"{'; '.join(said)}.")


def above_all(one: Copies) -> bool:
    """Return whether a copy is above the prior, true labels if there are any, and the null.

    Intervals of differences from the first two lie above 0; that of agreement lies above the
    null's.
    """
    prior, truth = one.get(OVER_PRIOR), one.get(OVER_TRUTH)
    if prior is None or prior.low <= 0 or (truth is not None and truth.low <= 0):
        return False
    agreement, null = one.get(AGREEMENT), one.get(NULL)
    return null is None or (agreement is not None and agreement.low > null.high)


def findings(victim: Copied) -> Iterator[Finding]:
    """Yield what was found of one victim's copies, of the lead one."""
    best = victim.lead
    name = f"{attack_name(best.facts, best.policy)}, {best.budget:,} queries"
    agreement, prior = best.get(AGREEMENT), best.get(PRIOR)
    if agreement is not None and prior is not None:
        yield Finding(
            "Agreement",
            f"{name}: the copy decides as the victim does in {percent_with_interval(agreement)}; "
            f"the most frequent answer would in {percent_with_interval(prior)}{_null(best)}.",
        )
    yield from _beside_truth(best)
    yield from _impersonation(best)
    yield from _inversion(best)


def _null(best: Copies) -> str:
    found = best.get(NULL)
    return "" if found is None else f", {best.facts.null} in {percent_with_interval(found)}"


def _beside_truth(best: Copies) -> Iterator[Finding]:
    figure, truth = best.figure(OVER_TRUTH), best.get(TRUTH)
    if figure is None:
        return
    found = figure.estimate
    if found is None or truth is None:
        yield Finding("Beside true labels", f"Not measured: {figure.why_none.rstrip('.')}.")
        return
    if found.low > 0:
        verdict = "Answers teach more of the victim than true labels of the same photos do"
    elif found.high < 0:
        verdict = "True labels of the same photos teach more of the victim than its answers do"
    else:
        verdict = "Answers were not shown to teach more of the victim than true labels do"
    yield Finding(
        "Beside true labels",
        f"{verdict}: {points_with_interval(found)}; a model of the same photos with true labels "
        f"agrees in {percent_with_interval(truth)}.",
    )


def _impersonation(best: Copies) -> Iterator[Finding]:
    found, unchanged = best.get(IMPERSONATION), best.get(IMPERSONATION_UNCHANGED)
    noise = best.get(IMPERSONATION_NOISE)
    if found is None or unchanged is None or noise is None:
        return
    works = found.low > max(unchanged.high, noise.high)
    ceiling = best.get(IMPERSONATION_CEILING)
    text = (
        f"Photos changed on the copy {'make' if works else 'were not shown to make'} the victim "
        f"take people for others: {percent_with_interval(found)}, unchanged "
        f"{percent_with_interval(unchanged)}, with noise as large {percent_with_interval(noise)}"
    )
    if ceiling is not None:
        text += f"; changed with the victim in hand {percent_with_interval(ceiling)}"
    yield Finding("Impersonation", f"{text}.")


def _inversion(best: Copies) -> Iterator[Finding]:
    found, null = best.get(INVERSION), best.get(INVERSION_NULL)
    if found is None or null is None:
        return
    works = found.low > null.high
    alike = best.get(INVERSION_LOOKALIKE)
    photo = "" if alike is None else f"; a look-alike's photo {percent_with_interval(alike)}"
    yield Finding(
        "Inversion",
        f"Faces rebuilt on the copy {'are' if works else 'were not shown to be'} taken by the "
        f"victim for whom they are of: {percent_with_interval(found)}; rebuilt from an untrained "
        f"network {percent_with_interval(null)}{photo}.",
    )
