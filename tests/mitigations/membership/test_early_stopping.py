from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from faceaudit.errors import InputError, OptionError
from faceaudit.mitigations.membership import membership_mitigations
from faceaudit.mitigations.membership.base import Task
from faceaudit.mitigations.membership.early_stopping import EarlyStopping
from faceaudit.systems.predictors import predictors
from helpers.tasks import accuracy, asked, network, one_of, task


def by_epochs(whole: Task, epochs: int) -> np.ndarray:
    shorter = network(epochs=epochs)
    return asked(whole, shorter.fit(whole.pairs.data(), whole.rows, whole.seeds))


def accuracy_after(whole: Task, epochs: int) -> float:
    right = (by_epochs(whole, epochs) >= 0) == whole.pairs.same
    return float(right[:, whole.validation].mean())


def test_fewer_epochs_are_the_first_of_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop a longer training from outside, after so many steps, and compare the weights."""

    class Enough(Exception):
        pass

    whole = task(models=2)
    steps, kept = [0], {}
    original = torch.optim.AdamW.step

    def counted(self: torch.optim.AdamW, *args: object, **kwargs: object) -> object:
        found = original(self, *args, **kwargs)  # type: ignore[arg-type]
        steps[0] += 1
        if steps[0] == 5 * 3:  # 80 pairs are three batches of 32
            kept["weights"] = [
                part.detach().clone() for group in self.param_groups for part in group["params"]
            ]
            raise Enough
        return found

    monkeypatch.setattr(torch.optim.AdamW, "step", counted)
    with pytest.raises(Enough):
        network(epochs=12).fit(whole.pairs.data(), whole.rows, whole.seeds)
    monkeypatch.undo()
    state = network(epochs=5).fit(whole.pairs.data(), whole.rows, whole.seeds).state()
    shorter = {tuple(part.flatten().tolist()) for part in state.values()}
    assert len(kept["weights"]) == 8
    assert all(tuple(part.flatten().tolist()) in shorter for part in kept["weights"])


def test_the_fewest_epochs_that_are_accurate_enough_are_kept() -> None:
    whole = task(epochs=24)
    mitigation = EarlyStopping(tolerance=0.02)
    bank = mitigation.train(whole)
    facts = mitigation.facts(whole, bank)
    full = accuracy_after(whole, 24)
    tried = {epochs: accuracy_after(whole, epochs) for epochs in (1, 2, 4, 8, 16, 24)}
    expected = min(epochs for epochs, found in tried.items() if found >= full - 0.02)
    assert facts["epochs"] == expected
    assert 1 < expected < 24  # else the test says nothing
    assert facts["validation_accuracy"] == pytest.approx(accuracy(whole, bank))
    assert facts["undefended_validation_accuracy"] == pytest.approx(full)
    assert np.array_equal(asked(whole, bank), by_epochs(whole, expected))


def test_nothing_is_given_up_when_only_all_epochs_will_do() -> None:
    whole, mitigation = task(), EarlyStopping(tolerance=0.0)
    bank = mitigation.train(whole)
    assert mitigation.facts(whole, bank)["epochs"] == 12
    assert np.array_equal(asked(whole, bank), by_epochs(whole, 12))


def test_epochs_can_be_fixed() -> None:
    whole = task()
    mitigation = EarlyStopping(epochs=5)
    bank = mitigation.train(whole)
    facts = mitigation.facts(whole, bank)
    assert facts == {"epochs": 5, "validation_accuracy": pytest.approx(accuracy(whole, bank))}
    assert np.array_equal(asked(whole, bank), by_epochs(whole, 5))


def test_what_was_chosen_survives() -> None:
    whole, mitigation = task(), EarlyStopping()
    bank = mitigation.train(whole)
    again = mitigation.restore(whole, bank.state())
    assert np.array_equal(asked(whole, again), asked(whole, bank))
    assert mitigation.facts(whole, again) == mitigation.facts(whole, bank)
    assert isinstance(mitigation.facts(whole, again)["epochs"], int)
    one = bank.only(1)
    assert mitigation.facts(whole, one) == mitigation.facts(whole, bank)
    assert np.allclose(asked(whole, one)[0], asked(whole, bank)[1], atol=1e-5)


def test_together_is_as_alone() -> None:
    whole, mitigation = task(normalised=None, learning_rate=1e-3), EarlyStopping(epochs=4)
    said = asked(whole, mitigation.train(whole))
    for model in range(3):
        alone = one_of(whole, model)
        assert np.allclose(asked(alone, mitigation.train(alone))[0], said[model], atol=1e-3)


def test_what_cannot_be_is_refused() -> None:
    whole = task()
    with pytest.raises(OptionError, match=r"expected a predictor with 'epochs'.*'cosine'"):
        EarlyStopping().train(replace(whole, predictor=predictors.build("cosine")))
    with pytest.raises(OptionError, match="at most the predictor's 12 epochs, got 13"):
        EarlyStopping(epochs=13).train(whole)
    with pytest.raises(InputError, match="expected validation pairs"):
        EarlyStopping().train(replace(whole, validation=np.empty(0, dtype=np.int64)))


def test_it_is_registered_with_its_source() -> None:
    assert membership_mitigations.get("early_stopping") is EarlyStopping
    assert "arXiv" in EarlyStopping.paper
