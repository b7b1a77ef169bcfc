"""What was found of all attacks together: attacks of which the same can be said are one line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from faceaudit.report.backdoor.accuracy_findings import accuracy_verdict, target_verdict
from faceaudit.report.backdoor.attack_series import SampleCount, Series
from faceaudit.report.backdoor.findings import success_verdict
from faceaudit.report.backdoor.size_findings import size_verdict
from faceaudit.report.backdoor.wrong_key_findings import wrong_key_verdict
from faceaudit.report.numbers import count

MOST = 8
"""Attacks that a line names; further ones are counted."""


@dataclass(frozen=True)
class Named:
    """One attack that a line is about.

    Attributes:
        anchor, title: where more is said of it, and its name.
        figure: what was measured; often nothing.
    """

    anchor: str
    title: str
    figure: str


@dataclass(frozen=True)
class Answer:
    """A verdict, and the attacks that it holds for.

    Attributes:
        verdict: in a few words.
        attacks: the first of them.
        more: how many there are beyond those, in words; often nothing.
    """

    verdict: str
    attacks: tuple[Named, ...]
    more: str


@dataclass(frozen=True)
class Question:
    """A question that a reader has, and its answers, the one for most attacks first.

    Attributes:
        words: the question.
        term: the entry of "How to read this" that says what is measured.
        answers: each verdict once.
    """

    words: str
    term: str
    answers: tuple[Answer, ...]


def questions(series: Sequence[Series]) -> tuple[Question, ...]:
    """Return what was found of all attacks, at each one's main number of poison samples.

    Args:
        series: of which at least one case did not fail; without any there are no questions.
    """
    if not series:
        return ()
    found = (
        ("Does it work?", "success", _of_main(success_verdict)),
        ("How many poisoned photos does it take?", "trainings", size_verdict),
        ("Do others still get recognised?", "clean", _of_main(accuracy_verdict)),
        ("", "clean", _of_main(target_verdict)),
        ("Does another key work?", "wrong", _of_main(wrong_key_verdict)),
    )
    asked: list[Question] = []
    for words, term, judge in found:
        answers = _group(series, judge)
        if words:
            asked.append(Question(words, term, answers))
        else:  # a further answer to the question before
            asked[-1] = Question(asked[-1].words, asked[-1].term, asked[-1].answers + answers)
    return tuple(asked)


Verdict = tuple[str, str]
"""A verdict in a few words, and the figure behind it; nothing where none is to be said."""


def _of_main(judge: Callable[[SampleCount], Verdict]) -> Callable[[Series], Verdict]:
    def judged(series: Series) -> Verdict:
        assert series.main is not None
        return judge(series.main)

    return judged


def _group(series: Sequence[Series], judge: Callable[[Series], Verdict]) -> tuple[Answer, ...]:
    groups: dict[str, list[Named]] = {}
    several = len({each.network for each in series}) > 1
    for each in series:
        verdict, figure = judge(each)
        if verdict:
            title = f"{each.title} on {each.network_title}" if several else each.title
            groups.setdefault(verdict, []).append(Named(each.anchor, title, figure))
    ordered = sorted(groups.items(), key=lambda group: -len(group[1]))
    return tuple(
        Answer(
            verdict,
            tuple(attacks[:MOST]),
            f"{count(len(attacks) - MOST)} more" if len(attacks) > MOST else "",
        )
        for verdict, attacks in ordered
    )
