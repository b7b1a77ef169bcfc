from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import rankdata

from faceaudit.errors import InputError, OptionError
from faceaudit.mitigations.membership import membership_mitigations
from faceaudit.mitigations.membership.base import Task
from faceaudit.mitigations.membership.common.sub_models import sub_seeds
from faceaudit.mitigations.membership.selena import Selena, left_out
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from helpers.tasks import accuracy, asked, margins, one_of, pairs, task


def flipped(whole: Task, pair: int) -> Task:
    data = whole.pairs
    same = data.same.copy()
    same[pair] = not same[pair]
    other = EmbeddedPairs(data.embeddings, data.first, data.second, same, data.backbones)
    return replace(whole, pairs=other)


def auc(members: np.ndarray, nonmembers: np.ndarray) -> float:
    ranks = rankdata(np.concatenate([members, nonmembers]))[: len(members)]
    return float((ranks.mean() - (len(members) + 1) / 2) / len(nonmembers))


@given(
    st.integers(2, 9).flatmap(
        lambda parts: st.tuples(st.just(parts), st.integers(1, parts - 1), st.integers(parts, 60))
    ),
    st.integers(0, 99),
)
@settings(max_examples=60, deadline=None)
def test_each_pair_is_left_out_of_as_many_and_each_part_leaves_out_as_many(
    shape: tuple[int, int, int], seed: int
) -> None:
    parts, out, count = shape
    found = left_out(count, parts, out, seed=seed)
    assert found.shape == (count, out)
    assert all(len(set(row)) == out for row in found.tolist())
    load = np.bincount(found.ravel(), minlength=parts)
    assert np.ptp(load) <= out
    if count % parts == 0:
        assert np.ptp(load) == 0


def test_which_are_left_out_is_drawn_evenly() -> None:
    found = np.sort(left_out(50_000, 5, 2, seed=0), axis=1)
    sets, counts = np.unique(found, axis=0, return_counts=True)
    assert len(sets) == 10
    assert np.allclose(counts / 50_000, 0.1, atol=0.01)


def test_soft_labels_are_those_of_sub_models_that_never_saw_the_pair() -> None:
    whole = task(models=2, learned=40, epochs=4, normalised=None, learning_rate=1e-3)
    soft = Selena(parts=4, left_out=1).soft_labels(whole)
    data, photos = whole.pairs, whole.pairs.embeddings[0]
    for model, (rows, seed) in enumerate(zip(whole.rows, whole.seeds, strict=True)):
        absent = left_out(40, 4, 1, seed=seed)
        for part, sub_seed in enumerate(sub_seeds([seed], range(1, 5))):
            mine = rows[[part not in row for row in absent.tolist()]]
            bank = whole.predictor.fit(data.data(), mine[None], [sub_seed])
            unseen = absent[:, 0] == part
            pair = rows[unseen]
            said = bank.logits(photos[data.first[pair]], photos[data.second[pair]])[0]
            assert np.allclose(soft[model, unseen], expit(said), atol=1e-3)


@pytest.mark.parametrize("place", [0, 17])
def test_a_pairs_own_label_never_reaches_its_own_soft_label(place: int) -> None:
    whole = task(models=1)
    mitigation = Selena()
    before = mitigation.soft_labels(whole)[0]
    after = mitigation.soft_labels(flipped(whole, int(whole.rows[0, place])))[0]
    assert after[place] == before[place]
    assert np.abs(after - before).max() > 1e-3  # it does reach others'


def test_it_remembers_less_than_plain_training() -> None:
    data = pairs(360, random_labels=True)
    whole = task(data=data, epochs=60, learned=80)
    plain, hidden = membership_mitigations.build("none").train(whole), Selena().train(whole)
    found = {}
    for name, bank in (("plain", plain), ("hidden", hidden)):
        own, nonmembers = margins(whole, bank)
        found[name] = np.mean([auc(a, b) for a, b in zip(own, nonmembers, strict=True)])
    assert found["plain"] > 0.85
    assert found["hidden"] < 0.6


def test_it_costs_little_accuracy() -> None:
    useful = task(epochs=30)
    none = accuracy(useful, membership_mitigations.build("none").train(useful))
    assert none > 0.75
    assert accuracy(useful, Selena().train(useful)) > none - 0.05


def test_the_same_seeds_give_the_same_bits_and_together_is_as_alone() -> None:
    whole, mitigation = (
        task(epochs=6, normalised=None, learning_rate=1e-3),
        Selena(parts=3, left_out=1),
    )
    said = asked(whole, mitigation.train(whole))
    assert np.array_equal(said, asked(whole, mitigation.train(whole)))
    for model in range(3):
        alone = one_of(whole, model)
        assert np.allclose(asked(alone, mitigation.train(alone))[0], said[model], atol=1e-3)


def test_only_the_distilled_predictor_is_kept() -> None:
    whole, mitigation = task(epochs=3), Selena()
    bank = mitigation.train(whole)
    assert bank.count == 3
    again = mitigation.restore(whole, bank.state())
    assert np.array_equal(asked(whole, again), asked(whole, bank))
    assert {len(part) for part in bank.state().values() if part.ndim} == {3}


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(OptionError, match="expected fewer sub-models left out than the 5 parts"):
        Selena(left_out=5)
    with pytest.raises(InputError, match="expected at least 90 training pairs"):
        Selena(parts=90).train(task())
