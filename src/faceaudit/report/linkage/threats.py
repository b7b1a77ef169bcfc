"""The threat of a linkage audit: people found again in another database."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from faceaudit.audit.declared import Declared
from faceaudit.metrics import expected_count
from faceaudit.records.linkage import KIND, LINKED, NAMED
from faceaudit.report.judging import Judgement, verdict
from faceaudit.report.linkage.advice import linkage_advice
from faceaudit.report.linkage.runs import (
    LINKED_TABLE,
    NONE,
    SECONDS,
    Run,
    at,
    linkage_runs,
    named_after,
    strongest,
)
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import counted, percent_with_interval
from faceaudit.report.plain_threat import Showing, ThreatWords, build_threat
from faceaudit.report.risk_lines import NO_RATE, count_line, declared_lines, missing
from faceaudit.report.threats import Risk, RiskLine, Threat, part
from faceaudit.store import CaseRecord

DECIDING = (LINKED, NAMED)
"""Measures whose limits decide."""
WORDS = ThreatWords(
    subject=KIND,
    name="Being found again in another database",
    broken="people can be found again in another database by what is stored of them",
    kept="no attack found people again in another database more often than the limit allows",
    open="whether people can be found again in another database by what is stored of them",
    example="linkage.linked > 0.15",
    tried={"broken": "linked", "kept": "held", "inconclusive": "not decided", "none": "no verdict"},
)
BLIND = ("cosine", "other_key")
"""Attack and second database of an attacker who has neither keys nor own photos."""
EXPOSED = "People linked, if both databases were stolen"


def linkage_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the threat that people are linked."""
    runs = linkage_runs(records)
    deciding, further = part(judgements, DECIDING)
    best = strongest(runs)
    several = len({one.spec["seed"] for one in records}) > 1
    return (
        build_threat(
            WORDS,
            Showing(of=_of, name=partial(_name, seeds=several), anchor=LINKED_TABLE),
            deciding,
            further,
            explanation=_explain(best),
            advice=lambda outcome: linkage_advice(
                outcome,
                unprotected=all(one.protection == NONE for one in runs),
                keys_help=_keys_help(deciding),
                learned=any(_learned(deciding, one) for one in runs),
            ),
            risk=_risk(best, runs, declared),
            subjects=tuple(dict.fromkeys(f"{KIND}/{one.spec['attack']['attack']}" for one in runs)),
            demonstration=bool(runs)
            and all(
                one.spec["trained_here"] and one.spec["faces"]["source"] == "synthetic"
                for one in runs
            ),
            failed="" if runs else "Nothing was linked: every case failed.",
            left_out=_left_out(runs),
        ),
    )


def _of(measure: Measure) -> str:
    labels = measure.labels
    if measure.name == NAMED:
        rate = at(float(labels["fpir"]), "FPIR")
        return f"of people get a name from the second database at {rate} ({_name(measure)})"
    return f"of people are linked at {at(float(labels['fmr']))} ({_name(measure)})"


def _name(measure: Measure, *, seeds: bool = False) -> str:
    labels = measure.labels
    said = str(labels["attack"])
    if labels["photos"]:
        said += f", {counted(int(labels['photos']), 'photo')}"
    protection = str(labels["protection"])
    said += ": no protection" if protection == NONE else f": {protection}"
    if labels["second"] != "alike":
        said += f", {SECONDS[str(labels['second'])]}"
    rate = at(float(labels["fmr"])) if "fmr" in labels else at(float(labels["fpir"]), "FPIR, named")
    return f"{said}, {rate}, seed {labels['seed']}" if seeds else f"{said}, {rate}"


def _explain(best: Run | None) -> str:
    if best is None:
        return ""
    people = counted(best.facts.attacked, "person", "people")
    return (
        f"Two databases have a template of each of {people}, of different photos, and both are "
        "taken as stolen. The attacker looks for the same people in both, by thresholds that other "
        "people fixed. Who is found is then known under both names, or under a name at all."
    )


def _risk(best: Run | None, runs: Sequence[Run], declared: Declared) -> Risk:
    keys = ("use", "people")
    rate = None if best is None else best.linked()
    if best is None or rate is None:
        line = missing("People linked", "none was measured")
        return Risk((line,), declared_lines(declared, keys), (missing(EXPOSED, NO_RATE),))
    fmr = best.lowest()
    assert fmr is not None
    name = f"People linked by {named_after(best, runs)}, {at(fmr)}"
    measured = RiskLine(name, percent_with_interval(rate), rate)
    if declared.people is None:
        combined = missing(EXPOSED, "not declared; write declared: {people: ...}")
    else:
        people = counted(declared.people, "person", "people")
        combined = count_line(f"{EXPOSED}: of {people}", expected_count(rate, declared.people))
    return Risk((measured,), declared_lines(declared, keys), (combined,))


def _keys_help(deciding: Sequence[Judgement]) -> bool:
    """Return whether limits are kept with another key and no knowledge, and broken otherwise."""
    found = [
        (str(one.labels["attack"]), str(one.labels["second"]), verdict(each.limit, one))
        for each in deciding
        for one in each.measures
        if "second" in one.labels
    ]
    blind = {outcome for attack, second, outcome in found if (attack, second) == BLIND}
    others = {outcome for attack, second, outcome in found if (attack, second) != BLIND}
    return blind == {"kept"} and "broken" in others


def _learned(deciding: Sequence[Judgement], run: Run) -> bool:
    """Return whether an attack that learned from own photos broke a protection with a key."""
    return run.facts.learned > 0 and any(
        run.record.id in one.cases and verdict(each.limit, one) == "broken"
        for each in deciding
        for one in each.measures
        if one.labels.get("second") in ("other_key", "public")
    )


def _left_out(runs: Sequence[Run]) -> tuple[tuple[str, str], ...]:
    """Return what of the threat the plan did not ask for."""
    left = []
    if runs and all(len(one.spec["titles"]["networks"]) == 1 for one in runs):
        left.append(("Linking databases of two networks", "a second network in linkage.embedders"))
    if runs and all(one.protection == NONE for one in runs):
        left.append(("Linking protected templates", "linkage.protections"))
    return tuple(left)
