"""The threat of a back door in a finished system: a key that stands out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.audit.declared import Declared
from faceaudit.records.finished import DRAWN, KIND, LEVEL, KeyFacts, of_key
from faceaudit.report.finished.advice import keys_advice
from faceaudit.report.finished.findings import suspicious_keys, whole_kind
from faceaudit.report.finished.measures import clean_accuracy
from faceaudit.report.finished.risk import keys_risk
from faceaudit.report.finished.systems import AskedPart, AskedSystem
from faceaudit.report.judging import Judgement, verdict
from faceaudit.report.least_accuracy import is_too_low, too_low
from faceaudit.report.numbers import (
    SPACE,
    count,
    counted,
    interval_name,
    listed,
    percent_in_text,
    percent_interval,
)
from faceaudit.report.threats import (
    KeyFigure,
    Outcome,
    Threat,
    Tried,
    bound_in_words,
    open_because,
    outcome_of,
    worst,
    worst_first,
)
from faceaudit.types import Estimate

WORDS: dict[Outcome, str] = {
    "broken": "stands out",
    "kept": "held",
    "inconclusive": "not decided",
    "none": "no verdict",
}
TESTED = f"tested at {LEVEL * 100:g}{SPACE}% over all keys of a system"
_CLAUSES: dict[Outcome, str] = {
    "broken": "a key stands out, which may open a back door",
    "kept": "none of the keys tried stands out",
    "inconclusive": "whether a key opens a back door",
    "none": "whether a key opens a back door",
}
_VERDICTS: dict[Outcome, str] = {
    "broken": "A key stands out: a suspicion of a back door",
    "kept": "None of the keys tried stands out",
    "inconclusive": "It is open whether a key stands out",
    "none": "No verdict on back doors",
}


def key_threat(
    systems: Sequence[AskedSystem],
    deciding: Sequence[Judgement],
    further: Sequence[Judgement],
    declared: Declared,
) -> Threat:
    """Return the threat that a key opens one of the systems."""
    suspects = [(system, *one) for system in systems for one in suspicious_keys(system)]
    failing = _failing(systems, declared)
    outcome: Outcome = outcome_of(deciding)
    parts = [(system, one) for system in systems for one in system.of("keys")]
    if failing or not parts:
        outcome, suspects = "none", []
    why = ""
    if failing:
        text = too_low(failing, declared.least_accuracy)
        why = f"{text[:1].upper()}{text[1:]}."
    elif not parts:
        why = "No key was tried."
    elif outcome == "none":
        why = "The plan has no limit on keys: finished.suspicious_keys > 0."
    elif outcome == "inconclusive":
        why = open_because(deciding)
    return Threat(
        subject=f"{KIND}/keys",
        name="A back door in a finished system",
        outcome=outcome,
        clause=_CLAUSES[outcome],
        verdict=_VERDICTS[outcome],
        explanation=(
            f"Keys (pictures, patterns, glasses) were put on photos, and "
            f"{listed([system.title for system in systems])} asked about them. A back door "
            "draws whoever wears its key to one person. It can open only to the very key it was "
            "made with: one that was not tried was not looked for, and one that stands out is a "
            "suspicion and no proof."
        ),
        figure=_accuracy(failing) if failing else _figure(suspects, parts, deciding),
        tried=worst_first(_list_tried(deciding, parts)),
        advice=keys_advice(
            outcome,
            suspects=bool(suspects),
            whole=not failing and any(whole_kind(one) for _, one in parts),
        ),
        judgements=tuple(deciding),
        further=tuple(further),
        risk=keys_risk(() if failing else systems, suspects, declared),
        why=why,
    )


def _failing(systems: Sequence[AskedSystem], declared: Declared) -> Estimate | None:
    """Return the best clean accuracy of all systems, where that is too low for a verdict."""
    rates = [clean_accuracy(system) for system in systems]
    known = [rate for rate in rates if rate is not None]
    if not known or not all(is_too_low(rate, declared.least_accuracy) for rate in rates):
        return None
    return max(known, key=lambda rate: rate.value)


def _accuracy(rate: Estimate) -> KeyFigure:
    return KeyFigure(
        percent_in_text(rate.value),
        "of clean photos are recognised without any key",
        f"{interval_name(rate)} {percent_interval(rate)}",
        f"n = {count(rate.n)}",
        estimate=rate,
        anchor="finished",
    )


def _tested(part: AskedPart) -> list[KeyFacts]:
    return (
        []
        if part.facts.keys is None
        else [key for key in part.facts.keys.keys if key.p is not None]
    )


def _figure(
    suspects: Sequence[tuple[AskedSystem, AskedPart, KeyFacts]],
    parts: Sequence[tuple[AskedSystem, AskedPart]],
    deciding: Sequence[Judgement],
) -> KeyFigure:
    tested = sum(len(_tested(one)) for _, one in parts)
    if not tested:
        return KeyFigure("", "no key could be tested", anchor="finished")
    if not suspects:
        return KeyFigure(
            f"0 of {count(tested)}",
            "keys stand out among keys of their kind",
            TESTED,
            counted(len(parts), "kind of key", "kinds of key"),
            bound_in_words(deciding, share=False),
            anchor=parts[0][0].anchor,
        )
    system, part_, key = min(suspects, key=lambda one: one[2].p or 0.0)
    rate = part_.get(of_key(DRAWN, key.key))
    stand = _stand_out(len(suspects), tested)
    if rate is None:
        return KeyFigure(
            f"{count(len(suspects))} of {count(tested)}",
            f"keys stand out; {key.key} most",
            TESTED,
            limit=bound_in_words(deciding, share=False),
            anchor=system.anchor,
        )
    return KeyFigure(
        percent_in_text(rate.value),
        f"of photos with the key {key.key} are taken for {key.person}; {stand}",
        f"{interval_name(rate)} {percent_interval(rate)}",
        f"n = {count(rate.n)}",
        f"{bound_in_words(deciding, share=False)} that stand out" * bool(deciding),
        rate,
        system.anchor,
    )


def _stand_out(suspicious: int, tested: int) -> str:
    verb = "stands out" if suspicious == 1 else "stand out"
    return f"{count(suspicious)} of {counted(tested, 'key')} {verb}"


def _list_tried(
    deciding: Sequence[Judgement], parts: Sequence[tuple[AskedSystem, AskedPart]]
) -> Iterator[Tried]:
    for system, one in parts:
        facts = one.facts.keys
        if facts is None:
            continue
        tested, suspicious = _tested(one), facts.suspicious()
        outcome = worst(
            verdict(each.limit, measure)
            for each in deciding
            for measure in each.measures
            if one.record.id in measure.cases
        )
        what = (
            _stand_out(len(suspicious), len(tested))
            if tested
            else f"not tested: {facts.keys[0].why}"
        )
        yield Tried(f"{one.title}, {system.title}", what, outcome, WORDS[outcome], system.anchor)
