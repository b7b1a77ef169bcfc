"""Tables of an enrolment audit: strangers who pass, what mitigations do and cost, and drift."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from faceaudit.records.enrolment import (
    ADAPTED,
    BARE,
    CLEAN,
    FMR,
    LOCKED_OUT,
    NOT_FOUND,
    OWN,
    OWN_CLEAN,
    PASSED,
    PHOTOS,
    REFUSED,
    REFUSED_CLEAN,
    REFUSED_GLASSES,
    TAKEN_OVER,
    TAKEN_OVER_BARE,
    WRONG,
    at,
)
from faceaudit.report.elements import Cell
from faceaudit.report.enrolment.runs import (
    DRIFT_TABLE,
    MITIGATIONS_TABLE,
    STRANGERS_TABLE,
    Run,
    named_after,
    rate,
)
from faceaudit.report.numbers import count, counted, percent
from faceaudit.report.tables import Row, Table, filled, number_cell, share_cell, words_cell


def enrolment_tables(runs: Sequence[Run]) -> tuple[Table, ...]:
    """Return the tables of all runs."""
    keyed = [one for one in runs if one.keyed]
    drifts = [one for one in runs if not one.keyed]
    tables = [
        _strangers(keyed) if keyed else None,
        _mitigations(keyed) if any(one.mitigated() for one in keyed) else None,
        _drift(drifts) if drifts else None,
    ]
    return filled(tables)


def _strangers(runs: Sequence[Run]) -> Table:
    first = runs[0]
    rows = []
    for run in runs:
        for network in run.facts.networks:
            none = run.unmitigated()
            cells = [words_cell("made on it" if network.in_hand else "never seen")]
            for fmr in first.fmrs:
                cells.append(_beside_nulls(run, fmr, network.title, none))
                cells.append(_beside_clean(run, fmr, network.title, none))
            cells.append(share_cell(run.figure(NOT_FOUND)))
            rows.append(Row(f"{named_after(run, runs)}: {network.title}", tuple(cells)))
    facts = first.facts
    placed = (
        "put on the whole photo, in which the face is then looked for and aligned"
        if facts.before
        else "put on the aligned face, or on photos in which no face is looked for"
    )
    return Table(
        STRANGERS_TABLE,
        "Strangers who pass with the key",
        "One photo with the key is enrolled of each of "
        f"{counted(facts.targets, 'person', 'people')}, and "
        f"{counted(facts.strangers, 'stranger')} put the key on and try to pass as each of "
        f"them; it is {placed}. {counted(facts.thresholds, 'further person', 'further people')} "
        "fixed the thresholds. A photo in which no face is found is a failed try",
        "Key and network",
        (
            "The key was",
            *(
                head
                for fmr in first.fmrs
                for head in (
                    f"Strangers pass, {rate(fmr)}",
                    f"The person still passes, {rate(fmr)}",
                )
            ),
            "No face found",
        ),
        tuple(rows),
        open=True,
    )


def _beside_nulls(run: Run, fmr: float, network: str, mitigation: str) -> Cell:
    """Return who passes, with wrong keys, bare strangers and clean enrolments beside it."""
    cell = share_cell(run.figure(at(PASSED, fmr, network, mitigation)))
    nulls = (("wrong keys", WRONG), ("bare", BARE), ("enrolled clean", CLEAN))
    said = [
        f"{name} {percent(found.value)}"
        for name, metric in nulls
        if (found := run.get(at(metric, fmr, network, mitigation))) is not None
    ]
    return replace(cell, note=", ".join(said)) if said else cell


def _beside_clean(run: Run, fmr: float, network: str, mitigation: str) -> Cell:
    """Return how many people still pass bare, with how many do who are enrolled clean."""
    cell = share_cell(run.figure(at(OWN, fmr, network, mitigation)))
    clean = run.get(at(OWN_CLEAN, fmr, network, mitigation))
    return cell if clean is None else replace(cell, note=f"enrolled clean {percent(clean.value)}")


def _mitigations(runs: Sequence[Run]) -> Table:
    fmr = runs[0].lowest() or runs[0].fmrs[-1]
    rows = [row for run in runs for row in _mitigated_rows(run, runs, fmr)]
    clean = counted(runs[0].facts.clean, "person", "people")
    return Table(
        MITIGATIONS_TABLE,
        "What mitigations do, and what they cost",
        f"At {rate(fmr)}: strangers with the key who pass under each mitigation, enrolments with "
        f"the key that it refuses, and what it costs people who attack nothing: {clean} are "
        "enrolled clean, and in ordinary glasses. Rows marked with an attacker who knows are those "
        "by which a mitigation is to be judged",
        "Mitigation, key and network",
        (
            "Attacker",
            "Strangers pass",
            "Keys refused",
            "Clean photos refused",
            "With glasses refused",
            "The person passes, enrolled clean",
        ),
        tuple(rows),
    )


def _mitigated_rows(run: Run, runs: Sequence[Run], fmr: float) -> Iterator[Row]:
    for one in run.mitigated():
        for network in run.facts.networks:
            figures = [
                run.figure(at(metric, fmr, network.title, one.title))
                for metric in (PASSED, REFUSED, REFUSED_CLEAN, REFUSED_GLASSES, OWN_CLEAN)
            ]
            real = run.get(at(FMR, fmr, network.title, one.title))
            cells = [share_cell(figure) for figure in figures]
            if real is not None:
                cells[-1] = replace(cells[-1], note=f"bare strangers {percent(real.value)}")
            knows = words_cell("knows of it" if one.adaptive else "does not know of it")
            yield Row(f"{one.title}: {named_after(run, runs)}, {network.title}", (knows, *cells))


def _drift(runs: Sequence[Run]) -> Table:
    first = runs[0]
    rows = []
    for run in runs:
        for metric in (one.metric for one in run.record.figures):
            name, _, behind = metric.partition("@fmr=")
            if name != TAKEN_OVER:
                continue
            fmr, network, rule = behind.split(":", 2)
            cells = [
                share_cell(run.figure(at(one, float(fmr), network, rule)))
                for one in (TAKEN_OVER, TAKEN_OVER_BARE, LOCKED_OUT)
            ]
            cells.append(number_cell(run.figure(at(PHOTOS, float(fmr), network, rule))))
            words = f"{network}, {rate(float(fmr))}, template of {rule.removeprefix(f'{ADAPTED} ')}"
            rows.append(Row(f"{named_after(run, runs)}: {words}", tuple(cells)))
    return Table(
        DRIFT_TABLE,
        "Templates that update themselves",
        f"{count(first.facts.targets)} victims whose template takes in every photo that it "
        "accepts: the mean of all, or of the last ten. Each attacker shows mixtures of a photo of "
        "the victim and their own, aligned; the null shows nothing but their own, as often",
        "Network and template",
        (
            "Attackers pass in the end",
            "Null: own photo only",
            "Victims no longer pass",
            "Photos until then",
        ),
        tuple(rows),
    )
