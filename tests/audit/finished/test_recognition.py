"""What an identifier says of photos, counted by hand."""

from __future__ import annotations

import numpy as np
import pytest

from audit.finished.answers import Told
from faceaudit.audit.finished.recognition import recognise
from helpers.faces import blocks

FACES = blocks(4, 5, (55, 47))
KNOWN = ("person-2", "person-0")


def values(said: list[int], names: tuple[str, ...] = KNOWN) -> dict[str, float | None]:
    found = recognise(Told(names, lambda _, rows: np.array(said)[rows]), FACES, np.arange(20))
    return {figure.metric: figure.estimate and figure.estimate.value for figure in found.figures}


def test_right_another_and_no_answer_add_up_and_strangers_are_apart() -> None:
    person_0, person_1 = [1, 1, 1, 0, -1], [-1, -1, 0, 1, -1]
    person_2, person_3 = [0, 0, -1, -1, 1], [-1] * 5
    assert values(person_0 + person_1 + person_2 + person_3) == {
        "clean_accuracy": pytest.approx(5 / 10),
        "taken_for_another": pytest.approx(2 / 10),
        "no_answer": pytest.approx(3 / 10),
        "strangers_named": pytest.approx(2 / 10),
    }


def test_nobody_known_and_no_stranger_are_unknown_not_zero() -> None:
    nobody = recognise(Told(("Ann",), lambda _, rows: rows * 0), FACES, np.arange(20))
    figures = {figure.metric: figure for figure in nobody.figures}
    assert figures["clean_accuracy"].estimate is None
    assert "nobody of the 4 people of the faces" in figures["clean_accuracy"].why_none
    assert figures["strangers_named"].estimate is not None
    everybody = values([0] * 20, FACES.names)
    assert everybody["strangers_named"] is None
    assert everybody["clean_accuracy"] == 0.25


def test_people_are_the_trials_and_are_listed_worst_first() -> None:
    said = [0] * 5 + [0] * 5 + [2] * 5 + [3] * 4 + [-1]
    found = recognise(Told(FACES.names, lambda _, rows: np.array(said)[rows]), FACES, np.arange(20))
    accuracy = next(one for one in found.figures if one.metric == "clean_accuracy").estimate
    assert accuracy is not None
    assert "4 clusters" in accuracy.method
    by_person = found.facts["recognition"].model_dump()["by_person"]
    assert [(one["name"], one["recognised"]) for one in by_person] == [
        ("person-1", 0),
        ("person-3", 4),
        ("person-0", 5),
        ("person-2", 5),
    ]


def test_only_the_rows_asked_for_are_asked_about() -> None:
    seen: list[int] = []

    def say(_: object, rows: np.ndarray) -> np.ndarray:
        seen.extend(rows.tolist())
        return rows * 0

    found = recognise(Told(KNOWN, say), FACES, np.array([3, 11, 19]))
    assert seen == [3, 11, 19]
    assert found.asked == 3
    assert found.evidence is not None
    assert found.evidence.ids == tuple(FACES.ids[row] for row in (3, 11, 19))
