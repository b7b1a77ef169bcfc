"""Strangers compared, bare and with keys on them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from audit.scan.embedders.compared import Deciding, Embedding, key, strangers
from faceaudit.audit.scan.embedders.asking import (
    BARE_PARTNERS,
    PARTNERS,
    Answers,
    Comparing,
    ask,
    genuine_pairs,
    impostors,
    split_strangers,
)
from faceaudit.progress import silent
from faceaudit.types import FaceSet, FloatArray

KEYS = (key("harmless"), key("opens"))


def asked(system: Comparing, faces: FaceSet | None = None, fmr: float = 0.02) -> Answers:
    shown = strangers() if faces is None else faces
    return ask(system, shown, KEYS, fmr=fmr, seed=3, progress=silent)


def test_halves_share_nobody_and_are_the_same_again() -> None:
    faces = strangers(31)
    first, second = split_strangers(faces, 5)
    assert not set(first.identity) & set(second.identity)
    assert len(set(first.identity)) == 15
    assert len(first) + len(second) == len(faces)
    assert split_strangers(faces, 5)[0].ids == first.ids
    assert split_strangers(faces, 6)[0].ids != first.ids


def test_whoever_has_a_second_photo_is_in_either_half() -> None:
    from faceaudit.audit.scan.strangers import drawn_strangers  # noqa: PLC0415 - beside its use

    drawn = drawn_strangers(strangers(200), (), 300, 3)
    halves = split_strangers(drawn, 3)
    doubles = [len(one) - len(set(one.identity)) for one in halves]
    assert min(doubles) > 25, doubles


def test_each_photo_is_first_and_second_equally_often() -> None:
    first, second = impostors(np.arange(11), 4)
    assert set(np.bincount(first)) == set(np.bincount(second)) == {4}
    pairs = set(zip(first, second, strict=True))
    assert len(pairs) == 44
    assert all(one != two for one, two in pairs)


def test_impostors_are_two_people_and_genuine_pairs_one() -> None:
    person = np.array([2, 0, 1, 1, 0, 0])
    first, second = impostors(person, 9)
    assert (person[first] != person[second]).all()
    assert len(first) == sum(a != b for a in person for b in person)
    same = list(zip(*genuine_pairs(person), strict=True))
    expected = [pair for who in (0, 1, 2) for pair in pairwise(np.flatnonzero(person == who))]
    assert [tuple(map(int, pair)) for pair in same] == [tuple(map(int, one)) for one in expected]


def test_the_threshold_lets_at_most_the_rate_pass_and_one_more_would_be_too_many() -> None:
    system, faces = Embedding(), strangers()
    found = asked(system, faces)
    half, _ = split_strangers(faces, 3)
    rows = impostors(half.identity, BARE_PARTNERS)
    scores = np.sort(system.scores(half, *rows))[::-1]
    allowed = int(0.02 * len(scores))
    assert found.threshold is not None
    assert (scores >= found.threshold).sum() == allowed
    assert scores[allowed] < found.threshold
    assert found.fixed.share == allowed / len(scores)
    assert found.bare.share == pytest.approx(0.02, abs=0.02)
    assert found.genuine.share > 0.9


def test_a_key_that_opens_makes_both_alike_and_a_harmless_one_does_not() -> None:
    harmless, opens = asked(Embedding({"opens": 0.9})).worn
    assert opens.both.share == 1.0
    assert opens.collapse == pytest.approx(0.98, abs=0.02)
    assert opens.probe.share < 0.1
    assert harmless.collapse == pytest.approx(0.0, abs=1e-6)
    assert harmless.both.share == harmless.probe.share
    assert len(harmless.both.passed) == 60 * PARTNERS


def test_collapse_is_the_rise_of_the_mean_cosine_on_its_way_to_one() -> None:
    system, faces = Embedding({"opens": 0.5}), strangers()
    found = asked(system, faces).worn[1]
    other = split_strangers(faces, 3)[1]
    people = np.unique(other.identity)
    bare = np.stack([system._one(f"p{one:04d}/{2 * one}") for one in people])
    worn = np.stack([system._one(f"p{one:04d}/{2 * one}+opens") for one in people])
    means = []
    for each in (bare, worn):
        unit = each / np.linalg.norm(each, axis=1, keepdims=True)
        cosines = unit @ unit.T
        count = len(unit)
        means.append(
            np.mean([cosines[i, (i + d) % count] for i in range(count) for d in range(1, 9)])
        )
    assert found.collapse == pytest.approx((means[1] - means[0]) / (1 - means[0]), abs=1e-5)


def test_a_verifier_of_decisions_has_its_own_threshold_and_no_collapse() -> None:
    found = asked(Deciding(Embedding({"opens": 0.9})))
    assert found.threshold is None
    assert [one.collapse for one in found.worn] == [None, None]
    assert found.worn[1].both.share == 1.0
    assert found.genuine.share > 0.8
    scored = asked(Deciding(Embedding({"opens": 0.9}), scores=True))
    assert scored.threshold is not None
    assert scored.worn[1].both.share == 1.0


def test_a_key_under_which_nobody_is_answered_has_no_collapse() -> None:
    class Blind(Embedding):
        def _one(self, id_: str) -> FloatArray:
            found = super()._one(id_)
            unseen = id_.endswith("+opens") or (id_.endswith("+harmless") and int(id_[1:5]) % 2)
            return np.full_like(found, np.nan) if unseen else found

    harmless, opens = asked(Blind({"opens": 0.9})).worn
    assert opens.collapse is None
    assert len(opens.both.passed) == 0
    assert harmless.collapse == pytest.approx(0.0, abs=1e-6)


def test_pairs_without_an_answer_are_left_out() -> None:
    class Silent(Deciding):
        def decide(self, faces: FaceSet, first: np.ndarray, second: np.ndarray) -> np.ndarray:
            said = super().decide(faces, first, second)
            said[::2] = -1
            return said

    whole, half = asked(Deciding(Embedding())), asked(Silent(Embedding()))
    assert len(half.bare.passed) == len(whole.bare.passed) // 2
    assert half.bare.people.shape == (len(half.bare.passed), 2)
