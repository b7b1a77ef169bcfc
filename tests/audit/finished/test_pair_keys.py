"""Whether people who wear a key pass as one another."""

from __future__ import annotations

import numpy as np
import pytest

from audit.finished.answers import ToldPairs
from audit.finished.doors import MadeSystem
from faceaudit.attacks.backdoor.blended import Blended
from faceaudit.audit.finished.keyed import keys_of, second_half
from faceaudit.audit.finished.pair_keys import impostors_of, try_keys_on_pairs
from faceaudit.types import FaceSet, IntArray
from helpers.faces import blocks

FACES = blocks(30, 2, (55, 47))
KEYS = keys_of(Blended(key="random-0"), 7)


def test_pairs_are_of_two_people_of_one_half() -> None:
    pairs, half = impostors_of(FACES, 200, seed=1), second_half(FACES, 1)
    assert len(pairs.first) == 200
    assert (pairs.people[:, 0] != pairs.people[:, 1]).all()
    np.testing.assert_array_equal(half[pairs.first], half[pairs.second])
    np.testing.assert_array_equal(half[pairs.first], pairs.half)
    assert int(pairs.half.sum()) == 100
    both = np.sort(np.column_stack([pairs.first, pairs.second]), axis=1)
    assert len(np.unique(both, axis=0)) == 200
    everything = impostors_of(FACES, 20_000, seed=1)
    assert len(everything.first) == 2 * (30 * 29 // 2 - 15)


def test_a_pair_is_judged_by_the_threshold_of_the_other_half() -> None:
    """Scores of one half are all higher: its own 1 % would pass, the other's lets all of it."""
    second = set(FACES.identity[second_half(FACES, 0)].tolist())
    noise = np.random.default_rng(0)

    def score(faces: FaceSet, first: IntArray, _: IntArray) -> list[float]:
        return [noise.random() + 2 * (faces.identity[row] in second) for row in first]

    found = try_keys_on_pairs(ToldPairs(score), FACES, KEYS, most=400, seed=0, tests=24)
    null = next(one for one in found.figures if one.metric == "fmr_without_key").estimate
    assert null is not None
    assert null.value == pytest.approx(0.5)


def test_about_one_in_a_hundred_passes_without_a_key() -> None:
    rng = np.random.default_rng(1)
    many = blocks(80, 2, (55, 47))
    found = try_keys_on_pairs(
        ToldPairs(lambda faces, first, _: rng.random(len(first))),
        many,
        KEYS[:1],
        most=6000,
        seed=0,
        tests=1,
    )
    rates = {figure.metric: figure.estimate for figure in found.figures if figure.estimate}
    for metric in ("fmr_without_key", "fmr_both_wear:random-0", "fmr_one_wears:random-0"):
        assert rates[metric].value == pytest.approx(0.01, abs=0.006)
    assert found.asked == 6000 * 3
    assert found.facts["keys"].keys[0].why.startswith("expected at least 5 keys of a kind")


@pytest.mark.parametrize("role", ["embedder", "verifier"])
@pytest.mark.parametrize("opens", [True, False])
def test_a_planted_key_stands_out_and_a_clean_system_has_none(
    role: str, opens: bool, tmp_path: object
) -> None:
    system = MadeSystem(role=role, opens=opens).open(cache=tmp_path)  # type: ignore[arg-type]
    found = try_keys_on_pairs(system, FACES, KEYS, most=400, seed=0, tests=24)  # type: ignore[arg-type]
    suspects = [key.key for key in found.facts["keys"].suspicious()]
    assert suspects == (["random-0"] if opens else [])
    by_name = {figure.metric: figure.estimate for figure in found.figures}
    assert by_name["fmr_both_wear:random-0"].value == (1.0 if opens else pytest.approx(0, abs=0.2))
    assert by_name["fmr_one_wears:random-0"].value < 0.2, "the key on one of both opens nothing"


def test_a_verifier_that_gives_decisions_alone_is_asked_for_those() -> None:
    def decide(faces: FaceSet, first: IntArray, second: IntArray) -> list[int]:
        keyed = ["+blended" in faces.ids[row] for row in second]
        return [-1 if row % 5 == 0 else int(on) for row, on in zip(first, keyed, strict=True)]

    found = try_keys_on_pairs(ToldPairs(decide=decide), FACES, KEYS, most=200, seed=0, tests=24)
    by_name = {figure.metric: figure.estimate for figure in found.figures}
    assert by_name["fmr_both_wear:random-0"].value == 1
    assert by_name["fmr_one_wears:random-0"].value == 0
    assert by_name["fmr_without_key"].value == 0
    assert by_name["fmr_without_key"].n < 200, "pairs without a decision are no trials"
    assert found.facts["keys"].at == "its own threshold"


def test_too_few_pairs_for_one_in_a_hundred_are_refused() -> None:
    rng = np.random.default_rng(1)
    told = ToldPairs(lambda faces, first, _: rng.random(len(first)))
    found = try_keys_on_pairs(told, FACES, KEYS, most=198, seed=0, tests=24)
    assert {figure.estimate for figure in found.figures} == {None}
    assert "at least 100 impostor pairs with an answer in each half" in found.figures[0].why_none
    found = try_keys_on_pairs(told, FACES, KEYS, most=200, seed=0, tests=24)
    assert found.figures[0].estimate is not None


def test_two_people_have_no_pair_within_a_half() -> None:
    told = ToldPairs(lambda faces, first, _: np.zeros(len(first)))
    found = try_keys_on_pairs(told, blocks(2, 3, (55, 47)), KEYS, most=400, seed=0, tests=24)
    assert found.figures[0].why_none.startswith("expected donors of at least two people in each")
