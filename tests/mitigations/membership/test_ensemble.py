from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import expit

from faceaudit.errors import InputError, OptionError
from faceaudit.mitigations.membership import membership_mitigations
from faceaudit.mitigations.membership.common.sub_models import sub_seeds
from faceaudit.mitigations.membership.ensemble import AveragedBank, Ensemble
from faceaudit.systems.predictors import predictors
from helpers.tasks import accuracy, asked, one_of, task


def test_answers_are_the_mean_probability_of_models_trained_one_by_one() -> None:
    whole = task(normalised=None, learning_rate=1e-3)
    said = expit(asked(whole, Ensemble(models=3).train(whole)).astype(np.float64))
    for place, seed in enumerate(whole.seeds):
        alone = [
            asked(
                whole, whole.predictor.fit(whole.pairs.data(), whole.rows[place : place + 1], [s])
            )
            for s in sub_seeds([seed], range(3))
        ]
        assert np.allclose(said[place], expit(np.concatenate(alone)).mean(axis=0), atol=1e-3)


def test_one_model_is_no_mitigation() -> None:
    whole = task()
    none = membership_mitigations.build("none").train(whole)
    assert np.allclose(asked(whole, Ensemble(models=1).train(whole)), asked(whole, none), atol=1e-5)


def test_several_models_differ_from_each_other() -> None:
    whole = task(models=1)
    inner = whole.predictor.fit(
        whole.pairs.data(), np.repeat(whole.rows, 3, axis=0), sub_seeds(whole.seeds, range(3))
    )
    assert np.ptp(asked(whole, inner), axis=0).mean() > 0.1


def test_the_same_seeds_give_the_same_bits_and_together_is_as_alone() -> None:
    whole, mitigation = task(normalised=None, learning_rate=1e-3), Ensemble(models=2)
    said = asked(whole, mitigation.train(whole))
    assert np.array_equal(said, asked(whole, mitigation.train(whole)))
    for model in range(3):
        alone = one_of(whole, model)
        assert np.allclose(asked(alone, mitigation.train(alone))[0], said[model], atol=1e-3)


def test_a_state_and_one_of_them_answer_alike() -> None:
    whole, mitigation = task(), Ensemble(models=2)
    bank = mitigation.train(whole)
    said = asked(whole, bank)
    assert np.array_equal(asked(whole, mitigation.restore(whole, bank.state())), said)
    one = bank.only(1)
    assert one.count == 1
    assert np.allclose(asked(whole, one)[0], said[1], atol=1e-5)
    assert np.allclose(asked(whole, mitigation.restore(whole, one.state()))[0], said[1], atol=1e-5)
    assert np.allclose(asked(whole, one.only(0))[0], said[1], atol=1e-5)


def test_a_predictor_of_thresholds_will_do_too() -> None:
    whole = replace(task(), predictor=predictors.build("cosine"))
    bank = Ensemble(models=2).train(whole)
    assert accuracy(whole, bank) > 0.8
    again = Ensemble(models=2).restore(whole, bank.only(2).state())
    assert np.allclose(asked(whole, again)[0], asked(whole, bank)[2], atol=1e-5)


def test_sure_answers_keep_their_logits() -> None:
    class Sure:
        count = 2

        def logits(self, first: object, second: object) -> np.ndarray:
            return np.array([[60.0, -200.0, 3.0], [60.0, -200.0, -3.0]], dtype=np.float32)

    said = AveragedBank(Sure(), 2).logits(np.empty((3, 1)), np.empty((3, 1)))  # type: ignore[arg-type]
    assert np.allclose(said, [[60, -200, 0]], atol=1e-5)


def test_averaging_costs_no_accuracy() -> None:
    whole = task()
    none = accuracy(whole, membership_mitigations.build("none").train(whole))
    assert accuracy(whole, Ensemble().train(whole)) >= none - 0.01 > 0.7


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(OptionError, match="models"):
        Ensemble(models=0)
    whole = task()
    bank = whole.predictor.fit(whole.pairs.data(), whole.rows, whole.seeds)
    with pytest.raises(InputError, match="expected a multiple of 2 models, got 3"):
        AveragedBank(bank, 2)


def test_seeds_are_the_same_each_time_and_all_different() -> None:
    found = sub_seeds([0, 1, 2], range(8))
    assert found == sub_seeds([0, 1, 2], range(8))
    assert len(set(found)) == 24
    assert (found[0], found[8]) == (0, 1)
    assert sub_seeds([1], range(8)) == found[8:16]
