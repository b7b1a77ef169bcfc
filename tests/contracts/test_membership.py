"""The contract of every predictor, mitigation and membership attack."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from sklearn.metrics import roc_auc_score

from faceaudit.attacks.membership import MembershipAttack, Observation, Oracle
from faceaudit.attacks.membership.base import ScoredMembershipAttack, as_labels, membership_attacks
from faceaudit.attacks.membership.common.boundary import DistanceMembershipAttack
from faceaudit.errors import InputError
from faceaudit.mitigations.membership import MembershipMitigation, membership_mitigations
from faceaudit.mitigations.membership.base import Task
from faceaudit.mitigations.membership.none import NoMitigation
from faceaudit.systems.predictors import PairData, Predictor, PredictorBank, predictors
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.types import BoolArray, Float64Array, FloatArray, IntArray

BLOCKS, EACH, VALIDATION = 16, 10, 30
PAIRS = BLOCKS * EACH
VERIFIERS, BACKBONES, SIZE = 6, 2, 10
SMALL: dict[str, Any] = {"widths": (16, 8), "normalised": 1, "epochs": 2, "batch": 32}
QUICK: dict[str, dict[str, Any]] = {"dp_sgd": {"epochs": 1, "batch": 40}}
"""Options that keep a mitigation quick; all others keep their defaults."""
NEEDS = {"dp_sgd": "opacus"}
"""The package that a mitigation needs; slow to load and to run."""


@cache
def pairs() -> EmbeddedPairs:
    """Pairs within blocks of people; whether they show one person is a coin, to be memorised."""
    rng = np.random.default_rng(0)
    embeddings = rng.normal(size=(BACKBONES, 8 * (BLOCKS + 3), SIZE)).astype("f4")
    block = np.append(np.repeat(np.arange(BLOCKS), EACH), np.repeat(BLOCKS + np.arange(3), EACH))
    first = 8 * block + rng.integers(0, 8, len(block))
    second = 8 * block + (first - 8 * block + rng.integers(1, 8, len(block))) % 8
    names = tuple(f"backbone-{number}" for number in range(BACKBONES))
    return EmbeddedPairs(embeddings, first, second, rng.random(len(block)) < 0.5, names)


@cache
def in_mask() -> BoolArray:
    """Return (M, PAIRS) whether each learns a pair: half of the blocks, each block by half."""
    rng = np.random.default_rng(1)
    known = np.zeros((VERIFIERS, BLOCKS), dtype=np.bool_)
    for model in range(0, VERIFIERS, 2):
        known[model, rng.permutation(BLOCKS)[: BLOCKS // 2]] = True
        known[model + 1] = ~known[model]
    return known.repeat(EACH, axis=1)


def small(name: str, **more: Any) -> Predictor:
    fields = predictors.get(name).model_fields
    options = {key: value for key, value in {**SMALL, **more}.items() if key in fields}
    return predictors.build({"predictor": name, **options})


def task(predictor: Predictor | None = None, seed: int = 0) -> Task:
    return Task(
        pairs(),
        np.stack([np.flatnonzero(row) for row in in_mask()]),
        PAIRS + np.arange(VALIDATION),
        predictor or small("difference_network"),
        tuple(range(seed, seed + VERIFIERS)),
    )


@cache
def trained(mitigation: MembershipMitigation) -> PredictorBank:
    """Train once for all tests that only look."""
    return mitigation.train(task())


def said(verifiers: VerifierBank, rows: IntArray | None = None) -> FloatArray:
    return verifiers.answers(*pairs().sides(verifiers.user_backbones, rows))


@contextmanager
def unchanged(*arrays: npt.NDArray[Any]) -> Iterator[None]:
    """Check that arrays are left as they are."""
    before = [array.copy() for array in arrays]
    yield
    for array, old in zip(arrays, before, strict=True):
        np.testing.assert_array_equal(array, old)


# --- predictors -------------------------------------------------------------------------------


@pytest.fixture(params=predictors.names())
def predictor(request: pytest.FixtureRequest) -> Predictor:
    return small(request.param)


def sides(data: PairData) -> tuple[FloatArray, FloatArray]:
    return data.embeddings[data.first], data.embeddings[data.second]


def test_predictors_give_a_finite_logit_for_each_pair(predictor: Predictor) -> None:
    data, given = pairs().data(), task()
    bank = predictor.fit(data, given.rows, given.seeds)
    found = bank.logits(*sides(data))
    assert bank.count == VERIFIERS
    assert found.shape == (VERIFIERS, len(data))
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert len(np.unique(found)) > len(data) / 2
    nothing = data.embeddings[:0]
    assert bank.logits(nothing, nothing).shape == (VERIFIERS, 0)


def test_predictors_are_set_by_their_seeds_and_change_nothing(predictor: Predictor) -> None:
    data, given = pairs().data(), task()
    arrays = (data.embeddings, data.first, data.second, data.label, given.rows)
    found = []
    for own in (0, 1):
        torch.manual_seed(own)
        state = torch.get_rng_state()
        with unchanged(*arrays):
            bank = predictor.fit(data, given.rows, given.seeds)
            found.append(bank.logits(*sides(data)))
        assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(*found)


def test_predictors_are_restored_and_asked_alone(predictor: Predictor) -> None:
    data, given = pairs().data(), task()
    bank = predictor.fit(data, given.rows, given.seeds)
    found, state = bank.logits(*sides(data)), bank.state()
    assert all(isinstance(part, torch.Tensor) for part in state.values())
    np.testing.assert_array_equal(predictor.restore(state).logits(*sides(data)), found)
    for model in (0, VERIFIERS - 1):
        one = bank.only(model)
        assert one.count == 1
        np.testing.assert_allclose(one.logits(*sides(data))[0], found[model], atol=1e-5)
        again = predictor.restore(one.state()).logits(*sides(data))
        np.testing.assert_array_equal(again, one.logits(*sides(data)))
    part = np.arange(7)
    one, two = (side[part] for side in sides(data))
    np.testing.assert_allclose(bank.logits(one, two), found[:, part], atol=1e-5)


def test_predictors_refuse_rows_they_cannot_use(predictor: Predictor) -> None:
    data = pairs().data()
    for rows, seeds in ((np.arange(5), 1), (np.arange(5)[None], 2), (np.empty((1, 0)), 1)):
        with pytest.raises(InputError, match=r"expected rows \(M, n\)"):
            predictor.fit(data, rows, range(seeds))
    for wrong in (-1, len(data)):
        with pytest.raises(InputError, match=rf"expected rows in 0\.\.{len(data) - 1}, got"):
            predictor.fit(data, np.array([[wrong, 3]]), [0])


# --- mitigations ------------------------------------------------------------------------------


@pytest.fixture(
    params=[
        pytest.param(name, marks=pytest.mark.slow) if name in NEEDS else name
        for name in membership_mitigations.names()
    ]
)
def mitigation(request: pytest.FixtureRequest) -> MembershipMitigation:
    name = request.param
    if name in NEEDS:
        pytest.importorskip(NEEDS[name])
    return membership_mitigations.build({"mitigation": name, **QUICK.get(name, {})})


def test_mitigations_answer_between_nought_and_one(mitigation: MembershipMitigation) -> None:
    given = task()
    bank = trained(mitigation)
    verifiers = mitigation.verifiers(given, bank)
    found = said(verifiers)
    assert bank.count == verifiers.count == VERIFIERS
    assert found.shape == (VERIFIERS, len(pairs()))
    assert found.dtype == np.float32
    assert found.min() >= 0
    assert found.max() <= 1
    assert verifiers.user_backbones.shape[0] == len(pairs())
    assert set(np.unique(verifiers.user_backbones)) <= set(range(BACKBONES))
    if verifiers.trained_backbone is not None:
        assert verifiers.trained_backbone.shape == (VERIFIERS, len(pairs()))
        assert set(np.unique(verifiers.trained_backbone)) <= set(range(BACKBONES))
    if not mitigation.several:
        assert verifiers.trained_backbone is None
        assert not verifiers.user_backbones.any()
    facts, trained_as = mitigation.facts(given, bank), mitigation.trained_as()
    assert json.loads(json.dumps([facts, trained_as])) == [facts, trained_as]


def test_verifiers_of_another_version_are_trained_anew(
    mitigation: MembershipMitigation, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = mitigation.trained_as()
    own = type(mitigation).train is not MembershipMitigation.train
    monkeypatch.setattr(type(mitigation) if own else NoMitigation, "version", 77)
    assert mitigation.trained_as() == {**before, "version": 77}


def test_mitigations_are_set_by_their_seeds_and_change_nothing(
    mitigation: MembershipMitigation,
) -> None:
    given = task()
    before = said(mitigation.verifiers(given, trained(mitigation)))
    torch.manual_seed(torch.initial_seed() % 1000 + 1)
    state = torch.get_rng_state()
    arrays = [getattr(pairs(), name) for name in ("embeddings", "first", "second", "same")]
    with unchanged(*arrays, given.rows, given.validation):
        after = said(mitigation.verifiers(given, mitigation.train(given)))
    assert torch.equal(torch.get_rng_state(), state)
    np.testing.assert_array_equal(after, before)


def test_mitigations_are_restored_and_asked_alone(mitigation: MembershipMitigation) -> None:
    given = task()
    bank = trained(mitigation)
    verifiers = mitigation.verifiers(given, bank)
    found = said(verifiers)
    restored = mitigation.restore(given, bank.state())
    assert mitigation.facts(given, restored) == mitigation.facts(given, bank)
    np.testing.assert_array_equal(said(mitigation.verifiers(given, restored)), found)
    for model in (0, VERIFIERS - 1):
        one = verifiers.only(model)
        assert one.count == 1
        np.testing.assert_allclose(said(one)[0], found[model], atol=1e-5)
        rows = np.array([5, 2, 2, 100])
        np.testing.assert_allclose(said(one, rows)[0], found[model, rows], atol=1e-5)


def test_mitigations_of_answers_change_no_decision(mitigation: MembershipMitigation) -> None:
    """They are trained as no mitigation is, and said to be, so that one training serves all."""
    if type(mitigation).train is not MembershipMitigation.train:
        assert mitigation.trained_as() != NoMitigation().trained_as()
        return
    assert mitigation.trained_as() == NoMitigation().trained_as()
    given = task(small("difference_network", epochs=20))
    bank = NoMitigation().train(given)
    plain = said(NoMitigation().verifiers(given, bank))
    found = said(mitigation.verifiers(given, bank))
    np.testing.assert_array_equal(found >= 0.5, plain >= 0.5)
    assert 0.1 < np.mean(plain >= 0.5) < 0.9, "or all decisions are alike, and nothing is compared"


def test_mitigations_learn_only_from_their_own_pairs(mitigation: MembershipMitigation) -> None:
    """Turn over the labels of pairs that verifier 0 does not learn: it must not notice.

    Validation pairs keep theirs; what is chosen by them for all verifiers together may notice.
    """
    given = task()
    if mitigation.name in ("early_stopping", "weight_decay"):
        pytest.skip("one strength is chosen for all verifiers by their mean accuracy")
    turned = pairs().same.copy()
    turned[:PAIRS] ^= ~in_mask()[0]
    other = EmbeddedPairs(
        pairs().embeddings, pairs().first, pairs().second, turned, pairs().backbones
    )
    changed = Task(other, given.rows, given.validation, given.predictor, given.seeds)
    before = said(mitigation.verifiers(given, trained(mitigation)))
    after = said(mitigation.verifiers(changed, mitigation.train(changed)))
    np.testing.assert_allclose(before[0], after[0], atol=1e-4)


# --- membership attacks -----------------------------------------------------------------------


@pytest.fixture(params=membership_attacks.names())
def attack(request: pytest.FixtureRequest) -> MembershipAttack:
    return membership_attacks.build(request.param)


@cache
def bank(epochs: int) -> VerifierBank:
    """Verifiers that have learned their pairs by heart, or nothing at all."""
    predictor = small(
        "difference_network", widths=(64, 32), batch=16, epochs=epochs, learning_rate=0.01
    )
    given = task(predictor)
    return NoMitigation().verifiers(given, NoMitigation().train(given))


def seen(
    attack: MembershipAttack, target: int = 0, *, channels: int = 1, epochs: int = 30
) -> Observation:
    """Return what an attacker holds about one verifier, the others being the shadows."""
    rows, verifiers = np.arange(PAIRS), bank(epochs)
    each = [np.full((len(pairs()), 1), backbone) for backbone in range(channels)]
    answers = np.stack([verifiers.answers(*pairs().sides(one, rows)) for one in each], axis=2)
    if attack.access == "labels":
        answers = as_labels(answers)
    others = np.arange(VERIFIERS) != target
    first, second = pairs().sides(verifiers.user_backbones, rows)
    some = Observation(
        pairs().same[rows],
        answers[target],
        np.repeat(np.arange(BLOCKS), EACH),
        shadows=answers[others] if attack.shadowed else None,
        in_mask=in_mask()[others] if attack.shadowed else None,
        oracle=Oracle(verifiers.only(target), attack.access),
        first=first,
        second=second,
    )
    if not attack.shadowed or not isinstance(attack, DistanceMembershipAttack):
        return some
    distances = np.stack([measured(attack, some, number, epochs) for number in range(VERIFIERS)])
    return replace(some, distance=distances[target], shadow_distances=distances[others])


@cache
def measured(
    attack: DistanceMembershipAttack, some: Observation, number: int, epochs: int
) -> Float64Array:
    """Return what an attack measures on one of the verifiers."""
    asked = replace(some, oracle=Oracle(bank(epochs).only(number), attack.access))
    return attack.measure(asked, np.random.default_rng(number))


def scores(attack: MembershipAttack, some: Observation, target: int = 0, seed: int = 0) -> Any:
    return attack.infer(some, in_mask()[target], np.random.default_rng(seed))


@pytest.mark.parametrize("channels", [1, 2])
def test_attacks_score_every_pair(attack: MembershipAttack, channels: int) -> None:
    some = seen(attack, channels=channels)
    arrays = [value for value in vars(some).values() if isinstance(value, np.ndarray)]
    with unchanged(*arrays, in_mask()):
        found = scores(attack, some)
    assert found.shape == (PAIRS,)
    assert found.dtype == np.float64
    assert np.isfinite(found).all()


def test_attacks_are_set_by_their_random_state(attack: MembershipAttack) -> None:
    one, two = (scores(attack, seen(attack)) for _ in range(2))
    np.testing.assert_array_equal(one, two)


def test_attacks_find_what_was_learned_by_heart_and_nothing_where_nothing_was(
    attack: MembershipAttack,
) -> None:
    """Labels are coins: only a verifier that learned a pair can be right about it."""
    areas = {
        epochs: np.mean(
            [
                roc_auc_score(
                    in_mask()[target], scores(attack, seen(attack, target, epochs=epochs), target)
                )
                for target in (0, 1, 2)
            ]
        )
        for epochs in (0, 30)
    }
    assert areas[30] > 0.7
    assert abs(areas[0] - 0.5) < 0.12


def test_attacks_that_learn_nothing_do_not_look_at_who_is_a_member(
    attack: MembershipAttack,
) -> None:
    assert attack.learns != isinstance(attack, ScoredMembershipAttack)
    if attack.learns:
        return
    some, known = seen(attack), in_mask()[0]
    one, two = (attack.infer(some, who, np.random.default_rng(0)) for who in (known, ~known))
    np.testing.assert_array_equal(one, two)


def test_attacks_say_what_they_lack(attack: MembershipAttack) -> None:
    some = seen(attack)
    bare = Observation(some.same, some.answers, some.group)
    if attack.shadowed:
        with pytest.raises(InputError, match="that the attacker trained"):
            scores(attack, bare)
    elif attack.access == "scores":
        assert np.isfinite(scores(attack, bare)).all()


@pytest.mark.parametrize("where", ["answers", "shadows"])
def test_attacks_take_no_answer_that_is_none(attack: MembershipAttack, where: str) -> None:
    """A NaN sorted with the others would be the likeliest member of all."""
    some = seen(attack)
    if attack.access == "labels" or getattr(some, where) is None:
        return
    broken = getattr(some, where).copy()
    broken[..., 3, 0] = np.nan
    with pytest.raises(InputError, match="expected finite answers of verifiers"):
        scores(attack, replace(some, **{where: broken}))
