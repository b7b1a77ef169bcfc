"""What an identifier says of photos, counted by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from audit.finished.answers import Told
from faceaudit.audit.finished.recognition import recognise
from faceaudit.faces.groups import groupings
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


def test_errors_are_given_by_group_of_the_people_known_and_of_strangers() -> None:
    faces = blocks(48, 4, (55, 47))
    tone = (faces.identity >= 24).astype(np.int64)
    divided = replace(faces, attributes={"tone": tone}, fingerprint="")
    known = faces.names[:12] + faces.names[24:36]  # twelve people of either tone

    def say(_: object, rows: np.ndarray) -> np.ndarray:
        """Miss every second photo of the second tone; name each fourth stranger of the first."""
        own = np.array([known.index(name) if name in known else -1 for name in faces.names])
        label = own[faces.identity[rows]]
        missed = (tone[rows] == 1) & (rows % 2 == 0) & (label >= 0)
        named = (tone[rows] == 0) & (rows % 4 == 0) & (label < 0)
        return np.where(missed, -1, np.where(named, 3, label))

    grouping = groupings(divided, {"tone": ("light", "deep")})
    found = recognise(Told(known, say), divided, np.arange(len(faces)), grouping)
    rates = {
        one.metric: one.estimate and (one.estimate.value, one.estimate.n)
        for one in found.figures
        if "=" in one.metric
    }
    assert rates == {
        "not_recognised|tone=light": (0.0, 48),
        "not_recognised|tone=deep": (0.5, 48),
        "strangers_named|tone=light": (0.25, 48),
        "strangers_named|tone=deep": (0.0, 48),
    }
    assert [one.people for one in found.groups] == [(24, 24)]
    why = {one.metric: one.why_none for one in found.figures}
    assert "1 of 2 at zero" in why["not_recognised|tone:max/geomean"]
