from __future__ import annotations

import math
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.special import gammaln, logsumexp
from scipy.stats import norm, rankdata
from torch.nn import functional

from faceaudit.errors import OptionError
from faceaudit.mitigations.membership import membership_mitigations
from faceaudit.mitigations.membership.base import Task
from faceaudit.mitigations.membership.dp_sgd import DpSgd, Spending, _module, _PrivateTraining
from faceaudit.systems.predictors import PredictorBank, predictors
from helpers.tasks import accuracy, asked, margins, network, one_of, pairs, task

opacus = pytest.importorskip("opacus")


def auc(whole: Task, bank: PredictorBank) -> float:
    """Return how well the loss tells each verifier's own pairs from the validation's."""
    found = []
    for own, nonmembers in zip(*margins(whole, bank), strict=True):
        ranks = rankdata(np.concatenate([own, nonmembers]))[: len(own)]
        found.append((ranks.mean() - (len(own) + 1) / 2) / len(nonmembers))
    return float(np.mean(found))


def renyi_epsilon(noise: float, rate: float, steps: int, delta: float) -> float:
    """Mironov, Talwar, Zhang 2019 (arXiv 1908.10530), section 3.3: whole orders only."""
    found = []
    for order in range(2, 64):
        k = np.arange(order + 1)
        choose = gammaln(order + 1) - gammaln(k + 1) - gammaln(order - k + 1)
        terms = choose + (order - k) * math.log1p(-rate) + k * math.log(rate)
        rdp = steps * logsumexp(terms + k * (k - 1) / (2 * noise**2)) / (order - 1)
        spare = math.log1p(-1 / order) - (math.log(delta) + math.log(order)) / (order - 1)
        found.append(rdp + spare)
    return min(found)


@pytest.mark.parametrize(("epsilon", "epochs"), [(8.0, 20), (1.0, 20), (3.0, 5)])
def test_epsilon_agrees_with_the_closed_formula(epsilon: float, epochs: int) -> None:
    spending = DpSgd(epsilon=epsilon, epochs=epochs, batch=256).spending(3000)
    assert spending.delta == 1e-5
    assert spending.rate == 256 / 3000
    assert spending.steps == round(epochs * 3000 / 256)
    found = renyi_epsilon(spending.noise, spending.rate, spending.steps, spending.delta)
    assert epsilon - 0.01 <= spending.epsilon <= epsilon
    assert found == pytest.approx(spending.epsilon, rel=0.03)


def test_epsilon_agrees_with_an_accountant_stepped_by_hand() -> None:
    spending = DpSgd(epochs=10).spending(2000)
    by_hand, tighter = opacus.accountants.RDPAccountant(), opacus.accountants.PRVAccountant()
    for _ in range(spending.steps):
        by_hand.step(noise_multiplier=spending.noise, sample_rate=spending.rate)
        tighter.step(noise_multiplier=spending.noise, sample_rate=spending.rate)
    assert by_hand.get_epsilon(spending.delta) == pytest.approx(spending.epsilon)
    assert 0.7 * spending.epsilon < tighter.get_epsilon(spending.delta) < spending.epsilon


@pytest.mark.parametrize("epsilon", [1.0, 4.0])
def test_the_tight_accountant_agrees_with_the_exact_formula_of_whole_batches(
    epsilon: float,
) -> None:
    """Balle, Wang 2018 (arXiv 1805.06530), theorem 8; steps on all pairs add up exactly."""
    spending = DpSgd(epsilon=epsilon, epochs=5, batch=500, accountant="prv").spending(400)
    assert (spending.rate, spending.steps) == (1.0, 5)
    reach = math.sqrt(spending.steps) / spending.noise

    def failure(spent: float) -> float:
        return float(
            norm.cdf(reach / 2 - spent / reach)
            - math.exp(spent) * norm.cdf(-reach / 2 - spent / reach)
        )

    assert failure(spending.epsilon) <= spending.delta <= failure(spending.epsilon - 0.03)


def test_a_smaller_epsilon_needs_more_noise_and_a_smaller_delta_too() -> None:
    def noise(epsilon: float, delta: float = 1e-3, epochs: int = 20) -> float:
        return DpSgd(epsilon=epsilon, delta=delta, epochs=epochs).spending(3000).noise

    found = [noise(epsilon) for epsilon in (0.25, 0.5, 1.0, 4.0)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 1.7 * found[1]
    assert noise(1.0, delta=1e-6) > found[2] > noise(1.0, delta=1e-2)
    assert noise(1.0, epochs=40) > found[2] > noise(1.0, epochs=10)


def learning(noise: float, clip: float, rate: float = 0.5) -> tuple[_PrivateTraining, torch.Tensor]:
    rng = np.random.default_rng(0)
    inputs = torch.from_numpy(rng.standard_normal((20, 6)).astype(np.float32) * 3)
    target = torch.from_numpy((np.arange(20) % 2).astype(np.float32))
    spending = Spending(1.0, 0.1, noise, rate, 1)
    options = DpSgd(clip=clip, learning_rate=1e-9)
    return _PrivateTraining(options, network(widths=(5, 4)), spending, inputs, target, 3), target


def gradients(one: _PrivateTraining) -> torch.Tensor:
    return torch.cat([p.grad.flatten() for p in one._module.parameters()]).detach().clone()


@pytest.mark.parametrize("clip", [0.05, 0.5, 100.0])
def test_each_pairs_gradient_is_clipped_before_they_are_added(clip: float) -> None:
    one, target = learning(0.0, clip)
    chosen = torch.arange(20) % 3 > 0
    plain = _module(one._layers)
    total = torch.zeros(sum(p.numel() for p in one._module.parameters()))
    lengths = []
    for place in torch.nonzero(chosen)[:, 0]:
        logit = plain(one._inputs[place : place + 1])[:, 0]
        loss = functional.binary_cross_entropy_with_logits(logit, target[place : place + 1])
        alone = torch.autograd.grad(loss, list(plain.parameters()))
        flat = torch.cat([part.flatten() for part in alone])
        lengths.append(float(flat.norm()))
        total += flat * min(1.0, clip / lengths[-1])
    one._step_batch(chosen)
    assert torch.allclose(gradients(one), total / 10, atol=1e-6)  # 10: half of 20 are expected
    if clip == 0.5:
        assert min(lengths) < clip < max(lengths)  # else the test says little


def test_the_noise_is_as_large_as_was_accounted_for() -> None:
    exact, noisy = learning(0.0, 0.5)[0], learning(4.0, 0.5)[0]
    drawn = []
    for _ in range(60):
        for one in (exact, noisy):
            one._step_batch(torch.ones(20, dtype=torch.bool))
        drawn.append(gradients(noisy) - gradients(exact))
    noise = torch.stack(drawn) * 10
    assert float(noise.std()) == pytest.approx(4 * 0.5, rel=0.05)
    assert abs(float(noise.mean())) < 0.1
    assert not torch.equal(noise[0], noise[1])


def test_pairs_are_sampled_each_by_itself_and_none_at_all_is_a_step_too() -> None:
    one, _ = learning(1.0, 1.0, rate=0.3)
    seen = []
    one._spending = replace(one._spending, steps=2000)
    one._step_batch = seen.append  # type: ignore[method-assign,assignment]
    one.run(lambda _: None)
    often = torch.stack(seen).float()
    assert torch.allclose(often.mean(dim=0), torch.tensor(0.3), atol=0.05)
    assert float(often.sum(dim=1).var()) == pytest.approx(20 * 0.3 * 0.7, rel=0.15)
    empty, _ = learning(1.0, 1.0)
    empty._step_batch(torch.zeros(20, dtype=torch.bool))
    assert torch.isfinite(gradients(empty)).all()
    assert float(gradients(empty).std()) > 0


def test_memory_of_random_labels_falls_to_chance() -> None:
    whole = task(data=pairs(360, random_labels=True), epochs=150, normalised=None)
    private = DpSgd(epsilon=1.0, epochs=40, batch=32, learning_rate=0.01)
    assert auc(whole, membership_mitigations.build("none").train(whole)) > 0.8
    assert auc(whole, private.train(whole)) == pytest.approx(0.5, abs=0.08)


def test_privacy_costs_accuracy() -> None:
    whole = task(data=pairs(900), learned=400, epochs=20)
    none = accuracy(whole, membership_mitigations.build("none").train(whole))
    found = [
        accuracy(whole, DpSgd(epsilon=e, epochs=20, batch=64, learning_rate=0.01).train(whole))
        for e in (0.2, 8.0)
    ]
    assert none > 0.9
    assert found[0] < 0.7
    assert found[1] > 0.8


def test_the_same_seeds_give_the_same_bits_and_together_is_as_alone() -> None:
    whole, mitigation = task(), DpSgd(epsilon=1, epochs=2, batch=32)
    said = asked(whole, mitigation.train(whole))
    assert np.array_equal(said, asked(whole, mitigation.train(whole)))
    assert not np.allclose(said[0], said[1], atol=1e-3)
    for model in range(3):
        alone = one_of(whole, model)
        assert np.allclose(asked(alone, mitigation.train(alone))[0], said[model], atol=1e-3)


def test_what_was_spent_survives_and_is_told() -> None:
    whole, mitigation = task(), DpSgd(epsilon=1, epochs=2, batch=32)
    bank = mitigation.train(whole)
    facts = mitigation.facts(whole, bank)
    assert 0.98 < facts["epsilon"] <= 1
    assert facts["delta"] == 1e-5
    assert facts["noise_multiplier"] == mitigation.spending(80).noise
    assert facts["steps"] == 5
    assert facts["protects"] == "one pair"
    state = bank.state()
    assert "scale" not in state  # no batch normalisation
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "opacus", None)  # what was trained needs no Opacus
        again = mitigation.restore(whole, state)
    assert np.array_equal(asked(whole, again), asked(whole, bank))
    assert mitigation.facts(whole, again) == facts
    assert np.allclose(asked(whole, bank.only(2))[0], asked(whole, bank)[2], atol=1e-5)


@pytest.mark.parametrize("options", [{"difference": "signed"}, {"as_published": True}])
def test_the_predictors_way_to_see_pairs_is_kept(options: dict[str, object]) -> None:
    whole, mitigation = task(models=1, **options), DpSgd(epsilon=1, epochs=2, batch=32)
    usual = asked(task(models=1), mitigation.train(task(models=1)))
    said = asked(whole, mitigation.train(whole))
    assert not np.allclose(said, usual, atol=1e-3)


def test_what_cannot_be_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = task()
    with pytest.raises(OptionError, match=r"expected a predictor that learns by gradients.*cosine"):
        DpSgd().train(replace(whole, predictor=predictors.build("cosine")))
    with pytest.raises(OptionError, match="expected an epsilon that some noise gives"):
        DpSgd(epsilon=1e-9, delta=1e-9).train(whole)
    monkeypatch.setitem(sys.modules, "opacus", None)
    with pytest.raises(OptionError, match=r"pip install faceaudit\[dp\]"):
        DpSgd().train(whole)
