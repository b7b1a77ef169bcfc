"""Headline of an inversion audit: how often a rebuilt face passes, or that none was shown to."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.report.elements import Headline
from faceaudit.report.inversion.case_run import strongest
from faceaudit.report.inversion.findings import stands_out, transfers
from faceaudit.report.inversion.identifier_runs import (
    TABLE,
    IdentifierRun,
)
from faceaudit.report.inversion.runs import ATTACKS, NONE, Run, unprotected
from faceaudit.report.inversion.words import at
from faceaudit.report.numbers import listed, percent_in_text, percent_with_interval

LEAST = 0.5
"""Share of real photos accepted below which the attacked network is said to work badly."""


def headline(runs: Sequence[Run], identifiers: Sequence[IdentifierRun] = ()) -> Headline:
    """Choose the first words of the section: of templates, else of an identifier.

    An attack that beats look-alikes comes before others, and templates as they are before protected
    ones.
    """
    beaten = [one for one in runs if stands_out(one)]
    best = next(
        filter(None, map(strongest, (unprotected(beaten), beaten, unprotected(runs), runs))), None
    )
    rate = None if best is None else best.success()
    if best is None or rate is None:
        return _of_identifier(strongest(identifiers))
    fmr = best.strictest()
    assert fmr is not None
    before = [f"{percent_in_text(one.value)} before {title}" for title, one in transfers(best)]
    elsewhere = f"; {listed(before)}" if before else ""
    stored = "" if best.protection == NONE else f" of templates kept with {best.protected}"
    detail = (
        f"{best.title}{stored}: {percent_with_interval(rate)} of rebuilt faces pass before "
        f"{best.networks[0]} at {at(fmr)}, held against another photo{elsewhere}."
    )
    title = "No rebuilt face was shown to pass more often than a look-alike does"
    if stands_out(best):
        title = f"A face rebuilt from a stolen template passes in {percent_in_text(rate.value)}"
    return Headline(title, detail, _warning(best), ATTACKS)


def _of_identifier(best: IdentifierRun | None) -> Headline:
    rate, fmr = (None, None) if best is None else (best.success(), best.strictest())
    if best is None or rate is None or fmr is None:
        return Headline("No success of an inversion was measured", "See the table.", "", ATTACKS)
    return Headline(
        f"A face rebuilt from an identifier passes elsewhere in {percent_in_text(rate.value)}",
        f"{best.title}: {percent_with_interval(rate)} of rebuilt faces pass before {best.judge} at "
        f"{at(fmr)}.",
        "",
        TABLE,
    )


def _warning(best: Run) -> str:
    photo, fmr = best.ceiling(), best.strictest()
    if photo is None or fmr is None or photo.value >= LEAST:
        return ""
    return (
        f"{best.networks[0]} accepts only {percent_in_text(photo.value)} of real photos at "
        f"{at(fmr)}: attacks on a network that does not recognise people say little of one "
        "that does."
    )
