"""The threat of an audit of attribute inference: what a template tells beside who it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial

from faceaudit.audit.declared import Declared
from faceaudit.records.attribute_inference import BALANCED, KIND, of_attempt
from faceaudit.report.attribute_inference.advice import attribute_advice
from faceaudit.report.attribute_inference.runs import MAIN, NONE, Run, arrange, plain
from faceaudit.report.attribute_inference.words import attack_name, attribute_name, guessing
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import (
    counted,
    percent_in_text,
    percent_with_interval,
)
from faceaudit.report.plain_threat import Showing, ThreatWords, build_threat
from faceaudit.report.risk_lines import declared_lines, missing
from faceaudit.report.threats import Risk, RiskLine, Threat, part
from faceaudit.store import CaseRecord

DECIDING = ("auc", "excess")
"""Measures whose limits decide."""
WORDS = ThreatWords(
    subject=KIND,
    name="A template that tells more than who it is",
    broken="from a template alone, what a person looks like can be told",
    kept="no attribute was told from templates better than the limit allows",
    open="whether attributes of people can be told from their templates",
    example="attribute_inference.auc > 0.6",
    tried={"broken": "told", "kept": "held", "inconclusive": "not decided", "none": "no verdict"},
)


def attribute_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the threat, with what was tried by those who know the most labelled people."""
    runs = arrange(records)
    deciding, further = part(judgements, DECIDING)
    name = partial(_name, seeds=any(one.several_seeds for one in runs))
    threat = build_threat(
        WORDS,
        Showing(of=_of, name=name, anchor=MAIN, share=False),
        deciding,
        further,
        explanation=_explain(runs),
        advice=lambda outcome: attribute_advice(outcome, runs, deciding),
        risk=_risk(runs, declared),
        subjects=tuple(_subjects(runs)),
        demonstration=_is_demonstration(records),
        failed="" if runs else "Nothing was measured: every case failed.",
        left_out=_left_out(runs),
    )
    most = {one.most for one in runs}
    kept = {
        name(one)
        for judgement in deciding
        for one in judgement.measures
        if one.labels["people"] in most
    }
    return (replace(threat, tried=tuple(one for one in threat.tried if one.name in kept)),)


def _of(measure: Measure) -> str:
    labels = measure.labels
    what = "AUC" if measure.name == "auc" else "share named rightly above guessing"
    none = "0.5" if measure.name == "auc" else "0"
    return (
        f"{what} of {attribute_name(str(labels['attribute'])).lower()}, "
        f"{_under(labels['mitigation'])}{attack_name(str(labels['attack'])).lower()} from "
        f"{counted(int(labels['people']), 'labelled person', 'labelled people')}; guessing: {none}"
    )


def _under(mitigation: str | int | float) -> str:
    return "" if mitigation == NONE else f"{str(mitigation).replace('_', ' ')}, "


def _name(measure: Measure, *, seeds: bool = False) -> str:
    labels = measure.labels
    said = (
        f"{attribute_name(str(labels['attribute']))}, {_under(labels['mitigation'])}"
        f"{attack_name(str(labels['attack'])).lower()}, {labels['people']} people"
    )
    said += f", seed {labels['seed']}" if seeds else ""
    return said if measure.name == "auc" else f"{said}, above guessing"


def _explain(runs: Sequence[Run]) -> str:
    if not runs:
        return ""
    run = runs[0]
    people = counted(run.facts.attacked_people, "person", "people")
    return (
        f"Templates of {people} were taken as stolen. An attacker who has templates of "
        f"{counted(run.most, 'other person', 'other people')} whose attributes are known learned "
        "from those, and then named the attributes of the stolen ones. Whoever stores templates "
        "stores what they tell, too, of everybody, whether or not it was asked for; what they tell "
        "of age, origin or looks may be data that the law protects specially."
    )


def _subjects(runs: Sequence[Run]) -> Iterator[str]:
    for run in plain(runs):
        for title in run.attacks():
            yield f"{KIND}/{title.partition(' ')[0]}"
    for run in runs:
        name = run.mitigation.partition(" ")[0]
        if name != NONE:
            yield f"attribute_mitigation/{name}"


def _is_demonstration(records: Sequence[CaseRecord]) -> bool:
    return all(
        record.spec["faces"]["source"] == "synthetic" and record.spec["trained_here"]
        for record in records
    )


def _left_out(runs: Sequence[Run]) -> tuple[tuple[str, str], ...]:
    if runs and all(one.mitigation == NONE for one in runs):
        return (("Templates that tell less", f"{KIND}.mitigations"),)
    return ()


def _risk(runs: Sequence[Run], declared: Declared) -> Risk:
    """Say how often attributes are named rightly, and what is declared."""
    measured = []
    for run in plain(runs):
        for one in run.at_most():
            share = run.get(of_attempt(BALANCED, one.key))
            if share is None:
                continue
            chance = percent_in_text(guessing(len(run.attribute(one.attribute).values)))
            name = (
                f"{attribute_name(one.attribute)} named rightly, values alike, by "
                f"{attack_name(one.attack).lower()}"
            )
            name += f", seed {run.seed}" if run.several_seeds else ""
            text = f"{percent_with_interval(share)}; guessing: {chance}"
            measured.append(RiskLine(name, text, share))
    none = missing("Attributes named rightly", "none was measured without mitigation")
    why = "how often a value occurs among the people in use is not known"
    return Risk(
        tuple(measured) or (none,),
        declared_lines(declared, ("use", "people")),
        (missing("People whose attributes would be named rightly", why),),
    )
