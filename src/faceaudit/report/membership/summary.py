"""What was found of all mitigations together: each statement once, with those that it holds for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from faceaudit.records.membership import (
    ACCURACY,
    AUC,
    Granularity,
    strongest,
)
from faceaudit.report.elements import Finding, reason_of
from faceaudit.report.membership.backbone_findings import shown_lower
from faceaudit.report.membership.cases import CHANCE, RATE, TPR, Case, ComparableCases
from faceaudit.report.membership.differences import accuracy_change, harms, leak_change
from faceaudit.report.membership.findings import flaws, strongest_attack, utility_verdict
from faceaudit.report.membership.leaks import lead_level, name_certain, within
from faceaudit.report.membership.mitigations_table import rated_level
from faceaudit.report.membership.words import LEVEL_WORDS, NONE, describe_check, level_title
from faceaudit.report.numbers import (
    SPACE,
    count,
    counted,
    decimal,
    listed,
    percent_in_text,
    signed_points,
)

FEW = 6
"""Cases whose figures a sentence gives; those of more are in the table alone."""
MANY = 20
"""Names that a sentence lists."""
ONE_PERCENT = f"{RATE * 100:g}{SPACE}%"


def summary(group: ComparableCases) -> tuple[Finding, ...]:
    """Return what was found of a group of cases; what failed a check comes first.

    A statement that holds for several mitigations stands once, with their names. The figures behind
    it are in the table of mitigations.
    """
    found = [
        ("Not to be relied on", _not_relied_on(group)),
        ("Named for certain", name_certain(group.sound)),
    ]
    if group.sound:
        lead = lead_level(group)
        found += [
            (level_title(lead), _of_lead(group, lead)),
            _of_others(group, lead),
            ("With few false alarms", few_false_alarms(group)),
            ("Accuracy", _accuracy(group)),
        ]
    return tuple(Finding(about, text) for about, text in found if text)


def checks_line(groups: Sequence[ComparableCases]) -> str:
    """Say in a line how many checks of all evaluations passed, and which could not be made."""
    cases = [case for group in groups for case in group.cases]
    made = [check for case in cases for check in case.checks]
    if not made:
        return "No check was recorded, so nothing says whether the evaluation is valid."
    passed = sum(check.passed is True for check in made)
    evaluations = counted(len(cases), "evaluation")
    said = [f"{count(passed)} of {counted(len(made), 'check')} of {evaluations} passed."]
    if passed == len(made):
        said = [f"{counted(passed, 'check')} of {evaluations} passed."]
    if failed := sum(check.passed is False for check in made):
        said.append(f"{count(failed)} failed, see above.")
    unknown = _by_text(
        (case.title, describe_check(check))
        for case in cases
        for check in case.checks
        if check.passed is None
    )
    for text, on in unknown.items():
        said.append(f"Could not be made: {text} ({listed(on, most=MANY)}).")
    if bare := [case.title for case in cases if not case.checks]:
        said.append(f"None was recorded of {listed(bare, most=MANY)}.")
    return " ".join(said)


def _not_relied_on(group: ComparableCases) -> str:
    by_flaw = _by_text((case.title, flaws(case)) for case in group.cases if case.failed)
    return " ".join(f"{listed(on, most=MANY)}: {text}" for text, on in by_flaw.items())


def _by_text(said: Iterable[tuple[str, str]]) -> Mapping[str, list[str]]:
    """Return who each text is said of; the texts in the order in which they first occur."""
    grouped: dict[str, list[str]] = {}
    for who, text in said:
        names = grouped.setdefault(text, [])
        if who not in names:
            names.append(who)
    return grouped


def _of_lead(group: ComparableCases, level: Granularity) -> str:
    """Say what is found without mitigation at the level that is spoken of, and what helps."""
    base = group.baseline
    first = ""
    if base is not None and not base.failed:
        first = f"Without mitigation: {within(strongest_attack(base, group, level))}"

    def figure(case: Case) -> str:
        area = case.leak(level)
        return f"AUC{SPACE}{decimal(area.value)}" if area else ""

    effects = _group_cases(group.mitigated, lambda case: _effect(case, group, level), figure)
    return " ".join(filter(None, (first, effects)))


def _of_others(group: ComparableCases, lead: Granularity) -> tuple[str, str]:
    """Return the names of all other levels, and what is said of them."""
    levels = [level for level in group.levels if level != lead]
    text = " ".join(
        filter(
            None,
            (
                _group_levels(group.sound, levels, _beside_chance),
                _group_levels(
                    group.mitigated, levels, lambda case, level: _effect(case, group, level)
                ),
            ),
        )
    )
    return listed([LEVEL_WORDS[level] for level in levels]).capitalize(), text


def _beside_chance(case: Case, level: Granularity) -> str:
    """Say whether members can be told at all."""
    area = case.leak(level)
    if area is None:
        return f"Not measured, {reason_of(case.figure(strongest(AUC, level)))}"
    return "Above chance" if area.low > CHANCE else "Not above chance"


def _effect(case: Case, group: ComparableCases, level: Granularity) -> str:
    """Say whether a mitigation helps at a level, or nothing where there is nothing to compare."""
    base = group.baseline
    if base is None or base.failed or base.leak(level) is None:
        return ""
    change = leak_change(case, base, level)
    if change is None:
        return f"Not measured, {reason_of(case.figure(strongest(AUC, level)))}"
    if shown_lower(case, base, level):
        return "Lowers it on average" if case.facts.named_pairs else "Lowers it"
    if harms(change, case):
        return "Makes it worse"
    if case.facts.post_processing and change.value > 0:
        return "Measured higher, so that the figure without mitigation is too low"
    return "Not told apart from no mitigation"


def _group_levels(
    cases: Iterable[Case],
    levels: Sequence[Granularity],
    verdict: Callable[[Case, Granularity], str],
) -> str:
    """Return each verdict once, with its cases, and the levels where it is not of all."""
    said: dict[str, list[str]] = {}
    for case in cases:
        by_verdict: dict[str, list[str]] = {}
        for level in levels:
            by_verdict.setdefault(verdict(case, level), []).append(LEVEL_WORDS[level])
        for text, at in by_verdict.items():
            some = listed(at) if len(at) < len(levels) else ""
            said.setdefault(text, []).append(_named(case.title, some))
    return _sentences(said)


def _group_cases(
    cases: Iterable[Case],
    verdict: Callable[[Case], str],
    figure: Callable[[Case], str] = lambda _: "",
) -> str:
    """Return each verdict once, with the cases that it is of: `Lowers it: SELENA (AUC 0.531).`."""
    known = tuple(cases)
    few = len(known) <= FEW
    return _sentences(
        _by_text((_named(one.title, figure(one) if few else ""), verdict(one)) for one in known)
    )


def _sentences(said: Mapping[str, Sequence[str]]) -> str:
    return " ".join(f"{text}: {listed(list(on), most=MANY)}." for text, on in said.items() if text)


def _named(title: str, figure: str) -> str:
    return f"{title} ({figure})" if figure else title


def few_false_alarms(group: ComparableCases) -> str:
    """Say who finds members when 1 % of non-members are taken for members, or why nobody knows."""
    lead = lead_level(group)
    if not any(case.holds(strongest(TPR, lead)) for case in group.sound):
        return ""
    unknown = [case.figure(strongest(TPR, lead)) for case in group.sound]
    reason = next((reason_of(one) for one in unknown if one.estimate is None), "")
    level = rated_level([group])
    if level is None:
        return f"Not measured: {reason}."

    def verdict(case: Case) -> str:
        rate = case.get(strongest(TPR, level))
        if rate is None:
            return f"Not measured, {reason_of(case.figure(strongest(TPR, level)))}"
        if rate.low > RATE:
            return "More than guessing finds"
        return "Fewer than guessing finds" if rate.high < RATE else "Not told apart from guessing"

    def share(case: Case) -> str:
        rate = case.get(strongest(TPR, level))
        return percent_in_text(rate.value) if rate else ""

    text = (
        f"Where {ONE_PERCENT} of {LEVEL_WORDS[level]} not learned from are wrongly taken for "
        "members, so many of those learned from are found. "
        f"{_group_cases(group.sound, verdict, share)}"
    )
    return text if level == lead else f"{text} Of {LEVEL_WORDS[lead]} not measured: {reason}."


def _accuracy(group: ComparableCases) -> str:
    """Say how often the verifiers are right, and what each mitigation costs of that."""
    base = group.baseline
    ours = None if base is None or base.failed else base.get(ACCURACY)
    first = ""
    if ours is not None:
        first = f"Without mitigation {percent_in_text(ours.value)} of pairs are decided rightly."

    def figure(case: Case) -> str:
        own, change = case.get(ACCURACY), accuracy_change(case, group)
        if own is None:
            return ""
        if change is None or ours is None:
            return percent_in_text(own.value)
        return f"{signed_points(change.value)}{SPACE}points"

    cases = [case for case in group.sound if case.mitigation != NONE or ours is None]
    return " ".join(
        filter(
            None, (first, _group_cases(cases, lambda case: utility_verdict(case, group), figure))
        )
    )
