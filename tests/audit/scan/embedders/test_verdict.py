"""Verdicts on embedders and verifiers."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.audit.scan.embedders.asking import Answers, Pairs
from faceaudit.audit.scan.embedders.excess import Exceeding
from faceaudit.audit.scan.embedders.verdict import judge


def pairs(share: float, count: int = 200) -> Pairs:
    people = np.stack([np.arange(count), np.arange(count) + 1], axis=1)
    return Pairs(people, np.arange(count) < share * count)


def answers(bare: float, genuine: float, count: int = 200) -> Answers:
    return Answers(0.5, pairs(0.01), pairs(bare, count), pairs(genuine), ())


def measured(chance: float | None) -> dict[str, Exceeding]:
    return {"collapse": Exceeding({"k": 1.0}, 1.0, "k", (), chance, 0.5)}


@pytest.mark.parametrize(("chance", "verdict"), [(0.024, "suspicious"), (0.026, "nothing found")])
def test_the_level_is_that_of_the_measure_by_its_part(chance: float, verdict: str) -> None:
    assert judge(answers(0.01, 0.9), measured(chance), 0.05) == (verdict, "")


def test_what_takes_strangers_for_one_person_cannot_be_tested() -> None:
    verdict, why = judge(answers(0.4, 1.0), measured(0.001), 0.05)
    assert verdict == "not testable"
    assert "40% of pairs of different bare strangers pass" in why


def test_what_tells_nobody_apart_cannot_be_tested() -> None:
    verdict, why = judge(answers(0.01, 0.02), measured(0.001), 0.05)
    assert verdict == "not testable"
    assert "hardly tells these people apart" in why


def test_without_answers_or_references_nothing_is_said() -> None:
    assert judge(answers(0.0, 0.9, 0), measured(0.001), 0.05)[0] == "not testable"
    verdict, why = judge(answers(0.01, 0.9), measured(None), 0.05)
    assert verdict == "not testable"
    assert "fewer than 4 clean references" in why
