"""What was found about attributes, in a sentence or two for each question."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from faceaudit.records.attribute_inference import AUC, TMR_CHANGE, Asked, at_rate, of_attempt
from faceaudit.report.attribute_inference.runs import NONE, Run, plain
from faceaudit.report.attribute_inference.tables import people_of
from faceaudit.report.attribute_inference.words import at, attack_name, attribute_name
from faceaudit.report.elements import Finding, reason_of
from faceaudit.report.numbers import (
    counted,
    decimal,
    decimal_interval,
    listed,
    points_with_interval,
)

WORDS = (
    "Attributes are those that the source of the faces names. Of rendered people they are words "
    "for how a face was drawn, such as a sex-typed shape or a skin tone group; they say nothing "
    "of who anybody is."
)


def attribute_findings(runs: Sequence[Run]) -> tuple[Finding, ...]:
    """Return what was found: without mitigation first, then under each."""
    found = []
    for run in plain(runs):
        seed = f", seed {run.seed}" if run.several_seeds else ""
        found += [Finding(f"{name}{seed}", text) for name, text in _by_attribute(run)]
        found.append(Finding(f"Without labels, without a network{seed}", _beside(run)))
    found += [Finding(run.title, _under(run)) for run in runs if run.mitigation != NONE]
    found.append(Finding("What held", _held(runs)))
    found.append(Finding("Words", WORDS))
    return tuple(one for one in found if one.text)


def _by_attribute(run: Run) -> Iterator[tuple[str, str]]:
    told = {one.key for one, _ in run.told()}
    for attribute in run.facts.attributes:
        made = [one for one in run.at_most() if one.attribute == attribute.attribute]
        name = attribute_name(attribute.attribute)
        areas, missing = [], ""
        for one in made:
            figure = run.figure(of_attempt(AUC, one.key))
            if figure is None or figure.estimate is None:
                missing = reason_of(figure) if figure else "no attack was made"
                continue
            area = figure.estimate
            areas.append(
                f"{attack_name(one.attack).lower()} {decimal(area.value)} "
                f"({decimal_interval(area)})"
            )
        if not areas:
            yield name, f"Not measured: {missing or 'no attack was made'}."
            continue
        above = [attack_name(one.attack).lower() for one in made if one.key in told]
        verdict = (
            f"Named better than by guessing, by {listed(above)}"
            if above
            else "Not shown to be named better than by guessing"
        )
        out = f" Not looked at, as too few people have it: {listed(list(attribute.left_out))}."
        yield (
            name,
            f"{verdict}: AUC {listed(areas)}; {len(attribute.values)} values, {people_of(run)}, "
            f"{counted(run.most, 'labelled person', 'labelled people')}."
            + (out if attribute.left_out else ""),
        )


def _beside(run: Run) -> str:
    said = []
    nothing = _range(run, "shuffled")
    if nothing:
        said.append(f"With labels dealt anew to people the AUC is {nothing} on average")
    without: dict[Asked, str] = {"untrained": "an untrained network", "pixels": "pixels alone"}
    for asked, words in without.items():
        found = _range(run, asked)
        if found:
            said.append(f"from {words} it is {found}")
    return f"{'; '.join(said)}, over attributes and attacks." if said else ""


def _range(run: Run, asked: Asked) -> str:
    found = [run.get(of_attempt(AUC, one.key)) for one in run.at_most(asked)]
    values = [one.value for one in found if one is not None]
    if not values:
        return ""
    return f"{decimal(min(values))} to {decimal(max(values))}"


def _under(run: Run) -> str:
    """Say what is told under a mitigation, and what that costs."""
    left = [
        f"{attribute_name(one.attribute).lower()} by {attack_name(one.attack).lower()} "
        f"(AUC {decimal(area.value)})"
        for one, area in run.told()
    ]
    made = len([one for one in run.at_most() if run.get(of_attempt(AUC, one.key)) is not None])
    said = (
        f"Still named better than by guessing: {listed(left, most=8)}; "
        f"{len(left)} of {counted(made, 'attempt')}."
        if left
        else f"None of {counted(made, 'attempt')} was shown to name better than guessing."
    )
    changes = [
        f"{points_with_interval(change)} at {at(fmr)}"
        for fmr in run.fmrs
        if (change := run.get(at_rate(TMR_CHANGE, fmr))) is not None
    ]
    return f"{said} Genuine comparisons accepted: {listed(changes)}." if changes else said


def _held(runs: Sequence[Run]) -> str:
    """Say what was tried and did no better than guessing, without mitigation."""
    held = []
    for run in plain(runs):
        told = {one.key for one, _ in run.told()}
        seed = f" (seed {run.seed})" if run.several_seeds else ""
        held += [
            f"{attribute_name(one.attribute).lower()} by {attack_name(one.attack).lower()}{seed}"
            for one in run.at_most()
            if one.key not in told and run.get(of_attempt(AUC, one.key)) is not None
        ]
    if not held:
        return ""
    return f"Without mitigation, not shown to be named: {listed(held, most=8)}."
