from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from faceaudit.errors import OptionError
from faceaudit.mitigations.membership.weight_decay import WeightDecay
from faceaudit.systems.predictors import predictors
from helpers.tasks import accuracy, asked, network, one_of, task


def decayed(whole, decay: float) -> tuple[float, np.ndarray]:
    bank = network(weight_decay=decay).fit(whole.pairs.data(), whole.rows, whole.seeds)
    return accuracy(whole, bank), asked(whole, bank)


def test_the_strongest_decay_that_is_accurate_enough_is_kept() -> None:
    whole = task()
    mitigation = WeightDecay(grid=(1.0, 30.0, 3.0, 90.0))
    bank = mitigation.train(whole)
    facts = mitigation.facts(whole, bank)
    none = decayed(whole, 0.0)[0]
    tried = {decay: decayed(whole, decay) for decay in (90.0, 30.0, 3.0, 1.0)}
    expected = max(decay for decay, (found, _) in tried.items() if found >= none - 0.01)
    assert facts["weight_decay"] == expected < 90  # else the test says nothing
    assert facts["validation_accuracy"] == pytest.approx(tried[expected][0])
    assert facts["undefended_validation_accuracy"] == pytest.approx(none)
    assert np.array_equal(asked(whole, bank), tried[expected][1])


def test_none_is_kept_when_all_cost_too_much() -> None:
    whole = task()
    mitigation = WeightDecay(grid=(90.0, 95.0))
    bank = mitigation.train(whole)
    assert mitigation.facts(whole, bank)["weight_decay"] == 0
    assert np.array_equal(asked(whole, bank), decayed(whole, 0.0)[1])


def test_the_predictors_own_decay_is_not_the_reference() -> None:
    whole = replace(task(), predictor=network(weight_decay=90.0))
    facts = WeightDecay(grid=(90.0,))
    assert facts.facts(whole, facts.train(whole))["weight_decay"] == 0


def test_a_decay_can_be_fixed_and_shrinks_the_weights() -> None:
    whole = task()
    size = {}
    for decay in (0.0, 3.0):
        mitigation = WeightDecay(decay=decay)
        bank = mitigation.train(whole)
        facts = mitigation.facts(whole, bank)
        assert facts["weight_decay"] == decay
        assert facts["validation_accuracy"] == pytest.approx(accuracy(whole, bank))
        size[decay] = float(bank.state()["weight.0"].norm())
    assert size[3.0] < 0.8 * size[0.0]


def test_what_was_chosen_survives() -> None:
    whole, mitigation = task(), WeightDecay(decay=0.3)
    bank = mitigation.train(whole)
    again = mitigation.restore(whole, bank.state())
    assert np.array_equal(asked(whole, again), asked(whole, bank))
    assert mitigation.facts(whole, again) == mitigation.facts(whole, bank)


def test_the_same_seeds_give_the_same_bits_and_together_is_as_alone() -> None:
    whole, mitigation = task(normalised=None, learning_rate=1e-3), WeightDecay(decay=1.0)
    said = asked(whole, mitigation.train(whole))
    assert np.array_equal(said, asked(whole, mitigation.train(whole)))
    for model in range(3):
        alone = one_of(whole, model)
        assert np.allclose(asked(alone, mitigation.train(alone))[0], said[model], atol=1e-3)


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(OptionError, match="expected a predictor with 'weight_decay'"):
        WeightDecay().train(replace(task(), predictor=predictors.build("euclidean")))
    for wrong in ({"grid": ()}, {"grid": (0.0,)}, {"decay": -1.0}, {"tolerance": 1.0}):
        with pytest.raises(OptionError):
            WeightDecay(**wrong)
