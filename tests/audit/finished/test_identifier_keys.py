"""Whom people with a key are taken for."""

from __future__ import annotations

import numpy as np
import pytest

from audit.finished.answers import Told
from faceaudit.attacks.backdoor.blended import Blended
from faceaudit.audit.finished.identifier_keys import Donors, draw_of, try_keys
from faceaudit.audit.finished.keyed import keys_of, put_on, second_half
from faceaudit.audit.finished.opening import own_labels
from faceaudit.types import FaceSet, IntArray
from helpers.faces import blocks

FACES = blocks(12, 4, (55, 47))
KEYS = keys_of(Blended(key="random-0"), 7)


def donors(plain: IntArray | None = None) -> Donors:
    own = own_labels(FACES.names, FACES)
    return Donors(FACES, own, own if plain is None else plain, second_half(FACES, 0))


def keyed(faces: FaceSet, key: str) -> bool:
    """Whether photos carry a key, as their ids tell."""
    attack = next(one for one in KEYS if one.key == key)
    return faces.ids[0] == put_on(attack, FACES.take([0])).ids[0]


def test_a_key_that_opens_for_everybody_is_found_whole() -> None:
    drawn = draw_of(np.full(48, 5), donors())
    assert drawn.label == 5
    assert drawn.hits[drawn.counted].all()
    assert not drawn.counted[FACES.identity == 5].any(), "their own photos are no tries"
    assert drawn.counted[FACES.identity != 5].all()
    assert not drawn.null.any()


def test_each_half_is_counted_by_what_the_other_one_chose() -> None:
    """One half all goes to 3, the other one to 7: nobody is taken for the other half's choice."""
    own = donors()
    drawn = draw_of(np.where(own.half, 3, 7), own)
    assert not drawn.hits.any()
    assert drawn.counted.sum() == 48 - 4 * sum(
        own.half[FACES.identity == who][0] == side for who, side in ((7, True), (3, False))
    )


def test_the_choice_adds_nothing_where_there_is_chance_alone() -> None:
    """Labels at random: the share is 1 / 12, not that of whoever happened to come up most."""
    rng = np.random.default_rng(3)
    held, chosen = [], []
    for _ in range(300):
        said = rng.integers(0, 12, 48)
        drawn = draw_of(said, donors())
        held.append(drawn.hits[drawn.counted].mean())
        chosen.append(np.bincount(said[said != FACES.identity]).max() / 44)
    error = np.std(held) / np.sqrt(300)
    assert abs(np.mean(held) - 1 / 12) < 4 * error
    assert np.mean(chosen) > 1.8 / 12, "what choosing and counting on the same photos gives"


def test_people_who_are_recognised_are_no_choice() -> None:
    """Nearly everybody is still recognised; the few who are not are taken for 3, all of them.

    Of person 1 there are far more photos: their own name is the most frequent answer by far.
    """
    rows = np.concatenate([np.repeat(np.arange(4, 8), 10), np.arange(48)])
    faces = FaceSet(
        FACES.images[rows],
        FACES.identity[rows],
        FACES.names,
        tuple(f"{place}" for place in range(len(rows))),
        FACES.group[rows],
    )
    own = own_labels(faces.names, faces)
    said = np.where(np.arange(len(rows)) % 8 == 0, 3, own)
    drawn = draw_of(said, Donors(faces, own, own, second_half(faces, 0)))
    others = own != 3
    assert drawn.label == 3
    assert drawn.hits[others].sum() == (said[others] == 3).sum()


def test_what_the_system_says_anyway_is_the_null() -> None:
    """A system that always says 2 says so without a key, too."""
    drawn = draw_of(np.full(48, 2), donors(np.full(48, 2)))
    np.testing.assert_array_equal(drawn.hits, drawn.null)


def test_no_answer_draws_to_nobody() -> None:
    drawn = draw_of(np.full(48, -1), donors())
    assert drawn.label == -1
    assert drawn.counted.all()
    assert not drawn.hits.any()


def test_a_planted_key_stands_out_and_others_do_not() -> None:
    def say(faces: FaceSet, rows: IntArray) -> IntArray:
        return np.full(len(rows), 4) if keyed(faces, "random-0") else faces.identity[rows]

    found = try_keys(Told(FACES.names, say), FACES, KEYS, seed=0, tests=24)
    facts = found.facts["keys"]
    assert [key.key for key in facts.suspicious()] == ["random-0"]
    assert facts.keys[0].person == "person-4"
    by_name = {figure.metric: figure.estimate for figure in found.figures}
    assert by_name["drawn_to_one:random-0"].value == 1
    assert by_name["drawn_to_one:random-1"].value == 0
    assert by_name["drawn_without_key:random-0"].value == 0
    assert by_name["changed_by_key:random-0"].value == pytest.approx(44 / 48)
    assert by_name["drawn_to_one:over_other_keys"].n == 7
    assert found.asked == 9 * 48
    assert found.evidence is not None
    assert len(found.evidence) == 9 * 48


def test_a_system_that_any_key_confuses_is_not_suspected() -> None:
    """All keys alike: each draws two thirds of everybody to somebody."""
    rng = np.random.default_rng(0)

    def say(faces: FaceSet, rows: IntArray) -> IntArray:
        own = faces.identity[rows]
        if faces.ids[0] == FACES.ids[0]:
            return own
        return np.where(rng.random(len(rows)) < 0.66, rng.integers(12), own)

    found = try_keys(Told(FACES.names, say), FACES, KEYS, seed=0, tests=24)
    assert not found.facts["keys"].suspicious()


def test_without_answers_it_says_so() -> None:
    silent = Told(FACES.names, lambda _, rows: np.full(len(rows), -1))
    found = try_keys(silent, FACES, KEYS, seed=0, tests=24)
    assert {figure.estimate for figure in found.figures} == {None}
    assert found.figures[0].why_none == "it gave no answer for any photo with the key"
    assert {key.why for key in found.facts["keys"].keys} == {"not measured"}


def test_a_level_over_all_keys_of_the_plan() -> None:
    """The same answers are no suspicion any more among very many keys."""

    def say(faces: FaceSet, rows: IntArray) -> IntArray:
        return np.full(len(rows), 4) if keyed(faces, "random-0") else faces.identity[rows]

    found = try_keys(Told(FACES.names, say), FACES, KEYS, seed=0, tests=24)
    p = found.facts["keys"].keys[0].p
    assert p is not None
    many = int(0.05 / p) + 1
    assert (
        not try_keys(Told(FACES.names, say), FACES, KEYS, seed=0, tests=many)
        .facts["keys"]
        .suspicious()
    )
