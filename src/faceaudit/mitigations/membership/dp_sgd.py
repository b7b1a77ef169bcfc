"""DP-SGD: predictors trained with a proven bound on what they reveal of any one pair."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.deferred import deferred
from faceaudit.errors import OptionError
from faceaudit.mitigations.membership.base import Task, membership_mitigations
from faceaudit.mitigations.membership.common.annotated_bank import AnnotatedBank
from faceaudit.mitigations.membership.common.tuned import TunedMitigation
from faceaudit.systems.predictors import PredictorBank
from faceaudit.systems.predictors.difference_network import DifferenceNetwork, NetworkBank
from faceaudit.training.determinism import deterministic, seeded

if TYPE_CHECKING:
    import torch
    from torch import Tensor, nn

    from faceaudit.systems.predictors.common import stacked
else:
    torch = deferred("torch")
    nn = deferred("torch.nn")
    stacked = deferred("faceaudit.systems.predictors.common.stacked")

_HARMLESS = (
    "Optimal order is the",  # the bound holds, though another order might give a smaller one
    "Full backward hook is firing when gradients are computed",  # inputs need no gradient
)

DELTA = 1e-5
"""The usual probability that a guarantee fails."""


@membership_mitigations.register
class DpSgd(TunedMitigation):
    """Clip each pair's gradient and add noise to their sum: (epsilon, delta) privacy of a pair.

    Each step takes every pair with the same probability (Poisson sampling), clips the gradient of
    each to a length and adds Gaussian noise to their sum; Adam then steps with it. The network is
    the predictor's, without batch normalisation: that mixes the pairs of a batch, so that no
    pair's share could be clipped. Of the predictor's options only the widths, the difference and
    the published loss count.

    The guarantee is for one *pair* added or removed. A photo, a person or a block of k pairs is
    protected k times less: their epsilon is k times as large, and delta grows too. A delta of one
    in the training pairs would allow to publish one pair whole, so the default is well below.
    Options chosen by looking at results are not covered.

    The noise comes from a generator seeded by each model's seed, so that an audit can be repeated.
    Whoever knows the seed can subtract the noise: never serve a model trained like that.
    """

    name: ClassVar[str] = "dp_sgd"
    version: ClassVar[int] = 2
    paper: ClassVar[str] = (
        "Abadi, Chu, Goodfellow, McMahan, Mironov, Talwar, Zhang 2016, arXiv 1607.00133; Opacus: "
        "Yousefpour et al. 2021, arXiv 2109.12298; ghost clipping: Li et al. 2022, arXiv 2110.05679"
    )

    epsilon: float = Field(8.0, gt=0, description="what may be spent at most")
    delta: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="how likely that fails; none: 1e-5, or a tenth of one in the training pairs "
        "where that is less",
    )
    clip: float = Field(1.0, gt=0, description="length that each pair's gradient is clipped to")
    epochs: int = Field(40, ge=1, description="how often each pair is seen in training on average")
    batch: int = Field(256, ge=1, description="pairs a step on average")
    learning_rate: float = Field(2e-3, gt=0, description="Adam's step size")
    accountant: Literal["rdp", "prv"] = Field(
        "rdp", description="how spending is counted; prv is tighter, and slower"
    )

    def train(self, task: Task) -> PredictorBank:
        """Return M networks, trained one after the other on the CPU.

        Raises:
            OptionError: Opacus is missing, the predictor is no network, or no noise is enough.
        """
        _opacus()
        predictor = self.trained_predictor(task)
        count = task.rows.shape[1]
        spending = self.spending(count)
        total = len(task.rows) * spending.steps
        data = task.pairs.data()
        trained = []
        with (
            deterministic(torch.device("cpu")),
            task.progress.task(task.title, total) as advance,
        ):
            table = torch.from_numpy(data.embeddings)
            for rows, seed in zip(task.rows, task.seeds, strict=True):
                one, two = (table[torch.from_numpy(x[rows])] for x in (data.first, data.second))
                inputs = one - two
                if predictor.difference == "absolute":
                    inputs = inputs.abs()
                label = torch.from_numpy(data.label[rows])
                training = _PrivateTraining(self, predictor, spending, inputs, label, seed)
                trained.append(training.run(advance))
        bank = NetworkBank(stacked.joined(trained), predictor.difference)
        return AnnotatedBank(bank, spending.annotations())

    def facts(self, task: Task, bank: PredictorBank) -> dict[str, Any]:
        """Return the guarantee, epsilon and delta of one pair, and the noise that it took."""
        guaranteed = {"protects": "one pair", "accountant": self.accountant}
        return {**super().facts(task, bank), **guaranteed}

    def trained_predictor(self, task: Task) -> DifferenceNetwork:
        """Return the task's network without batch normalisation.

        Raises:
            OptionError: the predictor is no network.
        """
        if not isinstance(task.predictor, DifferenceNetwork):
            raise OptionError(
                f"expected a predictor that learns by gradients for {self.name!r}, got "
                f"{task.predictor.name!r}; try 'difference_network'"
            )
        return task.predictor.model_copy(update={"normalised": None})

    def spending(self, count: int) -> Spending:
        """Return the privacy spending of a training on `count` pairs.

        Raises:
            OptionError: Opacus is missing, or no noise is enough for so small an epsilon.
        """
        rate = min(1.0, self.batch / count)
        steps = max(1, round(self.epochs / rate))
        delta = min(DELTA, 0.1 / count) if self.delta is None else self.delta
        return _spending(self.epsilon, delta, rate, steps, self.accountant)


@dataclass(frozen=True)
class Spending:
    """The privacy budget that a training spends, and the noise and steps it is spent on.

    Attributes:
        epsilon, delta: of one pair.
        noise: the noise's standard deviation, in lengths that gradients are clipped to.
        rate: the probability of each pair in a step.
        steps: how many there are.
    """

    epsilon: float
    delta: float
    noise: float
    rate: float
    steps: int

    def annotations(self) -> dict[str, int | float]:
        """Return the figures by name."""
        return {
            "epsilon": self.epsilon,
            "delta": self.delta,
            "noise_multiplier": self.noise,
            "sample_rate": self.rate,
            "steps": self.steps,
        }


class _PrivateTraining:
    """The private training of one network."""

    def __init__(
        self,
        options: DpSgd,
        predictor: DifferenceNetwork,
        spending: Spending,
        inputs: Tensor,
        label: Tensor,
        seed: int,
    ) -> None:
        opacus = _opacus()
        with seeded(f"predictor {seed}"):
            self._layers = stacked.StackedLayers.drawn(inputs.shape[1], predictor.widths, None)
            self._module = _module(self._layers)
        self._inputs, self._label = inputs, label
        self._published = predictor.as_published
        self._spending = spending
        self._drawn = torch.Generator().manual_seed(seed & 0x7FFFFFFFFFFFFFFF)
        self._private = opacus.grad_sample.GradSampleModuleFastGradientClipping(
            self._module, max_grad_norm=options.clip, loss_reduction="mean"
        )
        adam = torch.optim.Adam(self._private.parameters(), lr=options.learning_rate)
        self._optimizer = opacus.optimizers.DPOptimizerFastGradientClipping(
            adam,
            noise_multiplier=spending.noise,
            max_grad_norm=options.clip,
            expected_batch_size=spending.rate * len(label),
            generator=self._drawn,
        )
        self._loss = opacus.utils.fast_gradient_clipping_utils.DPLossFastGradientClipping(
            self._private, self._optimizer, nn.BCEWithLogitsLoss()
        )

    def run(self, advance: Callable[[int], None]) -> stacked.StackedLayers:
        """Return the trained network."""
        for _ in range(self._spending.steps):
            chosen = torch.rand(len(self._label), generator=self._drawn) < self._spending.rate
            self._step_batch(chosen)
            advance(1)
        return _layers(self._module)

    def _step_batch(self, chosen: Tensor) -> None:
        logits = self._private(self._inputs[chosen])[:, 0]
        if self._published:
            logits = torch.sigmoid(logits)
        self._optimizer.zero_grad()
        with _no_harmless_warnings():
            self._loss(logits, self._label[chosen]).backward()
        self._optimizer.step()


@cache
def _spending(epsilon: float, delta: float, rate: float, steps: int, accountant: str) -> Spending:
    """Return the least noise that keeps within epsilon; it takes seconds, so it is kept."""
    accounting = _opacus().accountants
    try:
        with _no_harmless_warnings(), np.errstate(divide="ignore"):  # whole batches: log of 0
            noise = accounting.utils.get_noise_multiplier(
                target_epsilon=epsilon,
                target_delta=delta,
                sample_rate=rate,
                steps=steps,
                accountant=accountant,
                epsilon_tolerance=min(0.01, epsilon / 100),
            )
            counted = accounting.create_accountant(accountant)
            counted.history = [(noise, rate, steps)]
            spent = float(counted.get_epsilon(delta))
    except ValueError:
        raise OptionError(
            f"expected an epsilon that some noise gives, got {epsilon}; try a larger one"
        ) from None
    return Spending(spent, delta, float(noise), rate, steps)


def _module(layers: stacked.StackedLayers) -> nn.Sequential:
    """Return one network as PyTorch's own layers, which Opacus knows the gradients of."""
    modules: list[nn.Module] = []
    for weight, bias in zip(layers.weight, layers.bias, strict=True):
        dense = nn.Linear(*weight.shape[1:])
        dense.load_state_dict({"weight": weight[0].T.detach(), "bias": bias[0, 0].detach()})
        modules += [dense, nn.ReLU()]
    return nn.Sequential(*modules[:-1])


def _layers(module: nn.Sequential) -> stacked.StackedLayers:
    """Return PyTorch's own layers as a bank of one network."""
    dense = [layer for layer in module if isinstance(layer, nn.Linear)]
    state = {}
    for number, layer in enumerate(dense):
        state[f"weight.{number}"] = layer.weight.detach().T[None].contiguous()
        state[f"bias.{number}"] = layer.bias.detach()[None, None].clone()
    return stacked.StackedLayers.of(state)


def _opacus() -> Any:
    """Return Opacus; it is slow to load, and only for those who use it.

    Raises:
        OptionError: it is not installed.
    """
    try:
        import opacus  # noqa: PLC0415
        import opacus.accountants.utils  # noqa: PLC0415
        import opacus.utils.fast_gradient_clipping_utils  # noqa: PLC0415
    except ImportError:
        raise OptionError(
            "expected Opacus for the mitigation 'dp_sgd', got none; try pip install faceaudit[dp]"
        ) from None
    return opacus


@contextmanager
def _no_harmless_warnings() -> Iterator[None]:
    with warnings.catch_warnings():
        for message in _HARMLESS:
            warnings.filterwarnings("ignore", message, category=UserWarning)
        yield
