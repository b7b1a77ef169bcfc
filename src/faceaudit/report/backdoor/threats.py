"""The threat of a backdoor audit: that an attacker gets in as somebody else."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from faceaudit.audit.declared import Declared
from faceaudit.records.backdoor import KIND, NULL, SUCCESS, WRONG_KEY, BackdoorFacts
from faceaudit.report.backdoor.advice import advice
from faceaudit.report.backdoor.attack_series import ATTACKS, Series, arrange
from faceaudit.report.backdoor.attempts import (
    PLAIN,
    Attempt,
    choose_attempt,
    interval_of,
    judge_attempt,
    list_tried,
)
from faceaudit.report.backdoor.measures import pristine_measures
from faceaudit.report.backdoor.risk import risk
from faceaudit.report.backdoor.trainings import trainings_in_words, tries
from faceaudit.report.backdoor.trial_words import mitigation_advice
from faceaudit.report.backdoor.trials import arrange_mitigated
from faceaudit.report.judging import Judgement
from faceaudit.report.kept_cases import once
from faceaudit.report.least_accuracy import is_too_low, too_low
from faceaudit.report.measures import Measure
from faceaudit.report.numbers import (
    count,
    counted,
    interval_name,
    percent_in_text,
    percent_interval,
)
from faceaudit.report.threats import (
    KeyFigure,
    Outcome,
    Threat,
    bound_in_words,
    open_because,
    outcome_of,
    part,
)
from faceaudit.store import CaseRecord

DECIDING = ("success", "wrong_key_success")
"""Measures whose limits decide the verdict."""


def backdoor_threats(
    records: Sequence[CaseRecord], judgements: Sequence[Judgement], declared: Declared
) -> tuple[Threat, ...]:
    """Return the one threat of the kind."""
    series = once(records, arrange)
    deciding, further = part(judgements, DECIDING)
    attempts = [
        Attempt(each, level, rate, judge_attempt(deciding, each, level))
        for each in series
        for level in each.levels
        if (rate := level.get(SUCCESS)) is not None
    ]
    failing = _fails_everywhere(pristine_measures(records), declared.least_accuracy)
    outcome = outcome_of(deciding)
    if failing is not None or not attempts:
        outcome = "none"
    shown = choose_attempt(attempts, outcome)
    return (
        Threat(
            subject=KIND,
            subjects=_subjects(series),
            name="Getting in as somebody else",
            outcome=outcome,
            clause=_CLAUSES[outcome],
            verdict=_VERDICTS[outcome],
            explanation=_explain(shown, attempts, outcome, failing, declared),
            figure=_figure(shown, series, deciding, failing),
            tried=list_tried(series, attempts, verdicts=failing is None),
            advice=(
                *advice(
                    series,
                    outcome,
                    shown=shown.level if shown else None,
                    failing=failing is not None,
                ),
                *(mitigation_advice(once(records, arrange_mitigated)) if failing is None else ()),
            ),
            judgements=deciding,
            further=further,
            risk=risk(shown.level if shown and failing is None else None, declared),
            why=_why(outcome, deciding, attempts, failing, declared),
            demonstration=_is_demonstration(records),
            left_out=tuple(
                (PLAIN[attack], f"a back door, {name.lower()} in the words of the field")
                for attack, name in ATTACKS.items()
                if attack not in {one.attack for one in series}
            ),
        ),
    )


def _subjects(series: Sequence[Series]) -> tuple[str, ...]:
    """Return what identifiers are looked up by: the attacks, and wrong keys where any was tried."""
    wrong = any(level.get(WRONG_KEY) for each in series for level in each.levels)
    names = [each.attack for each in series] + ["wrong_key_success"] * wrong
    return tuple(f"{KIND}/{name}" for name in dict.fromkeys(names))


_CLAUSES: dict[Outcome, str] = {
    "broken": "an attacker can get in as somebody else",
    "kept": "no attack got in as somebody else more often than the limit allows",
    "inconclusive": "whether an attacker can get in as somebody else",
    "none": "whether an attacker can get in as somebody else",
}
_VERDICTS: dict[Outcome, str] = {
    "broken": "An attacker can get in as somebody else",
    "kept": "No attack got in more often than the limit allows",
    "inconclusive": "It is open whether an attacker can get in as somebody else",
    "none": "No verdict on whether an attacker can get in as somebody else",
}


def _fails_everywhere(pristine: Iterable[Measure], least: float) -> Measure | None:
    """Return the best clean accuracy of all systems, where that is too low for a verdict."""
    rates = [(one.estimate.value, one) for one in pristine if one.estimate is not None]
    _, best = max(rates, key=lambda rate: rate[0], default=(0.0, None))
    return best if best is not None and is_too_low(best.estimate, least) else None


def _explain(
    shown: Attempt | None,
    attempts: Sequence[Attempt],
    outcome: Outcome,
    failing: Measure | None,
    declared: Declared,
) -> str:
    """Say how it happened, how bad it is, and for whom; nothing where no attack was measured."""
    if shown is None:
        return ""
    if failing is not None:
        return "Attacks were run, but nothing follows from them for a system that is in use."
    level = shown.level
    how = (
        f"An attacker slips {counted(level.samples, 'photo')} with a key (a face, a picture or "
        "glasses) into the training photos, under the name of a person of their choice"
    )
    whom = f"any of the {count(level.facts.people)} people whom the system knows."
    if declared.protects:
        whom = f"{whom} Who gets in can reach: {declared.protects.rstrip('.')}."
    if outcome == "broken":
        return f"{how}. Whoever then shows that key is taken for that person. It can hit {whom}"
    if outcome == "kept":
        tried = counted(len(attempts), "such attack")
        most = f" Of {tried}, this is the one that worked most often." * (len(attempts) > 1)
        return f"{how}, and then shows the key.{most} It would hit {whom}"
    return f"{how}, and then shows the key. It could hit {whom}"


def _figure(
    shown: Attempt | None,
    series: Sequence[Series],
    deciding: Sequence[Judgement],
    failing: Measure | None,
) -> KeyFigure:
    if failing is not None and failing.estimate is not None:
        rate, trained = failing.estimate, len(failing.cases)
        return KeyFigure(
            percent_in_text(rate.value),
            "of clean photos are recognised without any attack",
            f"{interval_name(rate)} {percent_interval(rate)}",
            trainings_in_words(trained) if trained > 1 else counted(rate.n, "photo"),
            estimate=rate,
            anchor="found",
        )
    if shown is None:
        why = next((each.errors for each in series if each.failed), "no attack was run")
        return KeyFigure("", f"not measured: {why}", anchor="found")
    level, rate = shown.level, shown.rate
    null = level.get(NULL)
    without = "not measured" if null is None else percent_in_text(null.value)
    return KeyFigure(
        percent_in_text(rate.value),
        f"of tries got in as the chosen person, with {counted(level.samples, 'poisoned photo')} of "
        f"{count(level.facts.training_photos + level.samples)}; without them {without}",
        interval_of(shown),
        f"{trainings_in_words(level.trainings)}, {tries(level)}",
        bound_in_words(deciding),
        rate,
        shown.series.anchor,
    )


def _why(
    outcome: Outcome,
    deciding: Sequence[Judgement],
    attempts: Sequence[Attempt],
    failing: Measure | None,
    declared: Declared,
) -> str:
    """Say why there is no verdict, or why it is open; nothing where it is not."""
    if failing is not None and failing.estimate is not None:
        text = too_low(failing.estimate, declared.least_accuracy)
        return f"{text[:1].upper()}{text[1:]}."
    if not attempts:
        return "No attack was measured."
    if not deciding:
        return "The plan has no limit on how often an attacker may get in: backdoor.success > 0.15."
    return open_because(deciding) if outcome == "inconclusive" else ""


def _is_demonstration(records: Sequence[CaseRecord]) -> bool:
    """Return whether all people are synthetic and all systems were trained here from scratch."""
    facts = [BackdoorFacts.of(record) for record in records if record.error is None]
    return bool(facts) and all(
        one.source == "synthetic"
        and one.learn != "elsewhere"
        and (one.backbone is None or one.backbone.origin == "pretraining")
        for one in facts
    )
