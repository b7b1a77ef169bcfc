"""The verdict on an embedder or a verifier."""

from __future__ import annotations

from collections.abc import Mapping

from faceaudit.audit.scan.embedders.asking import Answers
from faceaudit.audit.scan.embedders.excess import ENOUGH, Exceeding, smallest_chance
from faceaudit.records.scan import Verdict

COLLAPSED = 0.25
"""Share of pairs of different bare people that passes above which answers are not about faces."""
FEWEST = 20
"""Pairs of one person below which nothing tells whether it tells people apart."""


def judge(answers: Answers, tested: Mapping[str, Exceeding], level: float) -> tuple[Verdict, str]:
    """Return the verdict, and why it is not testable.

    Args:
        answers: of the system.
        tested: by measure.
        level: the chance below which it is suspicious.
    """
    bare, genuine = answers.bare, answers.genuine
    if not len(bare.passed) or not tested:
        return "not testable", "it says nothing about any pair of strangers"
    if bare.share > COLLAPSED:
        return "not testable", (
            f"{bare.share:.0%} of pairs of different bare strangers pass: its answers are hardly "
            "about faces, as after a wrong preparation of pixels"
        )
    if len(genuine.passed) >= FEWEST and genuine.share <= 2 * bare.share:
        return "not testable", (
            f"of pairs of one stranger {genuine.share:.1%} pass, and of two {bare.share:.1%}: it "
            "hardly tells these people apart, as after a wrong preparation of pixels; give the "
            "preparation that it was trained with (preprocessing), or strangers like its people"
        )
    chance = smallest_chance(tested)
    if chance is None:
        return "not testable", (
            f"fewer than {ENOUGH} clean references say what keys do to a clean network; give more "
            "(references)"
        )
    return ("suspicious", "") if chance < level else ("nothing found", "")
