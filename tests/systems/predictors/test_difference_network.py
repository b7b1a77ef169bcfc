"""The network predictor, against plain PyTorch modules trained in a plain loop."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import torch
from torch import nn

from faceaudit.errors import InputError, OptionError
from faceaudit.systems.predictors import PairData, predictors
from faceaudit.systems.predictors.common.stacked import StackedLayers, joined
from faceaudit.systems.predictors.difference_network import AT_ONCE, DifferenceNetwork, NetworkBank
from faceaudit.types import FloatArray, IntArray

SIZE = 12
SMALL: dict[str, Any] = {"widths": (16, 8), "normalised": 1, "epochs": 3, "batch": 16}
SEEDS = (5, 6, 7)


def made(pairs: int = 90, seed: int = 0) -> PairData:
    """Make pairs of photos of people, each person a direction, each photo a noisy one."""
    rng = np.random.default_rng(seed)
    person = rng.integers(0, 10, 60)
    photos = (rng.normal(size=(10, SIZE))[person] + 0.5 * rng.normal(size=(60, SIZE))).astype("f4")
    first, second = rng.integers(0, 60, (2, pairs))
    return PairData(photos, first, second, (person[first] == person[second]).astype("f4"))


@pytest.fixture
def exactly() -> Iterator[None]:
    """Calculate in float64.

    The gradient of a bias before batch normalisation is nothing but rounding, and Adam's step does
    not depend on a gradient's size: in float32 two right implementations drift apart by it.
    """
    torch.set_default_dtype(torch.float64)
    yield
    torch.set_default_dtype(torch.float32)


def doubled(data: PairData) -> PairData:
    return PairData(data.embeddings.astype("f8"), data.first, data.second, data.label.astype("f8"))


def lists(data: PairData, models: int = 3, count: int = 70, seed: int = 1) -> IntArray:
    rng = np.random.default_rng(seed)
    return np.stack([rng.permutation(len(data))[:count] for _ in range(models)])


def sides(data: PairData) -> tuple[FloatArray, FloatArray]:
    return data.embeddings[data.first], data.embeddings[data.second]


def plain(state: dict[str, torch.Tensor], model: int) -> nn.Sequential:
    """Return one model of a state, made of PyTorch's own layers."""
    layers: list[nn.Module] = []
    depth = sum(name.startswith("weight.") for name in state)
    for layer in range(depth):
        weight = state[f"weight.{layer}"][model]
        dense = nn.Linear(*weight.shape)
        dense.weight.data, dense.bias.data = weight.T.clone(), state[f"bias.{layer}"][model, 0]
        layers.append(dense)
        if layer + 1 == int(state.get("normalised", torch.tensor(-1))):
            norm = nn.BatchNorm1d(weight.shape[1])
            norm.weight.data, norm.bias.data = state["scale"][model], state["shift"][model]
            layers.append(norm)
        if layer + 1 < depth:
            layers.append(nn.ReLU())
    return nn.Sequential(*layers)


def orders(seed: int, options: DifferenceNetwork, rows: IntArray) -> Iterator[IntArray]:
    drawn = torch.Generator().manual_seed(seed)
    for _ in range(options.epochs):
        yield rows[torch.randperm(len(rows), generator=drawn)] if options.shuffled else rows


def trained(
    options: DifferenceNetwork, data: PairData, rows: IntArray, seed: int
) -> npt.NDArray[np.float32]:
    """Train one plain model in a plain loop; return its logits of all pairs."""
    untrained = options.model_copy(update={"epochs": 0}).fit(data, rows[None], [seed])
    model = plain(untrained.state(), 0).train()
    optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate)
    if options.weight_decay:
        optimizer = torch.optim.AdamW(
            model.parameters(), lr=options.learning_rate, weight_decay=options.weight_decay
        )
    one, two = (torch.from_numpy(side) for side in sides(data))
    inputs = (one - two).abs() if options.difference == "absolute" else one - two
    label = torch.from_numpy(data.label).double()
    for order in orders(seed, options, rows):
        for start in range(0, len(order), options.batch):
            batch = order[start : start + options.batch]
            if len(batch) == 1:
                continue
            probability = torch.sigmoid(model(inputs[batch])[:, 0].double())
            if options.as_published:
                probability = torch.sigmoid(probability)
            right = label[batch] * probability + (1 - label[batch]) * (1 - probability)
            soft = (label[batch] > 0) & (label[batch] < 1)
            assert not soft.any(), "the oracle's loss is for hard labels"
            optimizer.zero_grad()
            (-torch.log(right)).mean().backward()
            optimizer.step()
    with torch.no_grad():
        return model.eval()(inputs)[:, 0].numpy()


@pytest.mark.usefixtures("exactly")
@pytest.mark.parametrize(
    "change",
    [
        {},
        {"shuffled": False},
        {"as_published": True},
        {"difference": "absolute"},
        {"normalised": None},
        {"normalised": 2},
        {"widths": (9,), "epochs": 5},
        {"batch": 23},  # 70 pairs: the last batch of an epoch holds one
        {"weight_decay": 0.3, "learning_rate": 1e-2},
    ],
    ids=str,
)
def test_each_is_what_a_plain_model_becomes(change: dict[str, Any]) -> None:
    data = doubled(made())
    rows, options = lists(data), DifferenceNetwork(**{**SMALL, **change})
    found = options.fit(data, rows, SEEDS).logits(*sides(data))
    assert found.shape == (3, len(data))
    assert found.dtype == np.float32
    for model, seed in enumerate(SEEDS):
        expected = trained(options, data, rows[model], seed)
        np.testing.assert_allclose(found[model], expected, atol=1e-5)
    start = options.model_copy(update={"epochs": 0}).fit(data, rows, SEEDS).logits(*sides(data))
    assert np.abs(found - start).max() > 0.02, "or nothing was learned, and nothing compared"


def test_published_widths_are_the_defaults_and_match_a_plain_model() -> None:
    data = made()
    rows, options = lists(data, 1), DifferenceNetwork(epochs=2)
    bank = options.fit(data, rows, [3])
    shapes = [
        tuple(part.shape[1:]) for name, part in bank.state().items() if name.startswith("weight")
    ]
    widths = (SIZE, 512, 256, 128, 64, 32, 16, 8, 1)
    assert shapes == list(pairwise(widths))
    expected = trained(options, data, rows[0], 3)
    np.testing.assert_allclose(bank.logits(*sides(data))[0], expected, atol=1e-4)


@pytest.mark.usefixtures("exactly")
def test_many_models_are_each_as_if_alone() -> None:
    data, count = doubled(made()), AT_ONCE + 2
    rows, options = lists(data, count, 40), DifferenceNetwork(**SMALL)
    together = options.fit(data, rows, range(count)).logits(*sides(data))
    for model in (0, AT_ONCE - 1, AT_ONCE, count - 1):
        alone = options.fit(data, rows[model : model + 1], [model])
        np.testing.assert_allclose(alone.logits(*sides(data))[0], together[model], atol=1e-5)


def test_logits_are_the_plain_model_s_and_do_not_depend_on_their_neighbours() -> None:
    data = made()
    bank = DifferenceNetwork(**SMALL).fit(data, lists(data), SEEDS)
    rng = np.random.default_rng(2)
    one, two = rng.normal(size=(2, 7000, SIZE)).astype("f4")  # more than are asked at once
    found = bank.logits(one, two)
    for model in range(3):
        layers = plain(bank.state(), model).eval()
        state = bank.state()
        norm = next(layer for layer in layers if isinstance(layer, nn.BatchNorm1d))
        norm.running_mean, norm.running_var = state["mean"][model], state["variance"][model]
        with torch.no_grad():
            expected = layers(torch.from_numpy(one - two))[:, 0].numpy()
        np.testing.assert_allclose(found[model], expected, atol=1e-5)
    np.testing.assert_allclose(bank.logits(one[50:53], two[50:53]), found[:, 50:53], atol=1e-5)
    assert bank.logits(one[:0], two[:0]).shape == (3, 0)


def test_published_loss_never_sees_a_probability_below_a_half(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[torch.Tensor] = []
    real = nn.functional.binary_cross_entropy_with_logits

    def spy(logits: torch.Tensor, *rest: Any, **options: Any) -> torch.Tensor:
        seen.append(torch.sigmoid(logits.detach()))
        return real(logits, *rest, **options)

    monkeypatch.setattr(nn.functional, "binary_cross_entropy_with_logits", spy)
    data = made()
    for as_published in (True, False):
        seen.clear()
        options = DifferenceNetwork(**{**SMALL, "epochs": 30}, as_published=as_published)
        options.fit(data, lists(data), SEEDS)
        low, high = min(one.min() for one in seen), max(one.max() for one in seen)
        assert (low > 0.5 and high < 0.7311) == as_published


@pytest.mark.usefixtures("exactly")
def test_unshuffled_pairs_are_shown_in_the_order_of_the_list() -> None:
    """So another order of the list is another model; with its own order drawn, too."""
    data = doubled(made())
    rows = lists(data, 1)
    for shuffled in (True, False):
        options = DifferenceNetwork(**SMALL, shuffled=shuffled)
        one, other = (
            options.fit(data, some, [3]).logits(*sides(data)) for some in (rows, rows + 0)
        )
        np.testing.assert_array_equal(one, other)
        turned = options.fit(data, rows[:, ::-1].copy(), [3]).logits(*sides(data))
        assert np.abs(one - turned).max() > 1e-5
    # Within a batch the order is of no matter: unshuffled, a batch of all pairs hides it.
    whole = DifferenceNetwork(**{**SMALL, "batch": 70}, shuffled=False)
    one, turned = (
        whole.fit(data, some, [3]).logits(*sides(data)) for some in (rows, rows[:, ::-1].copy())
    )
    np.testing.assert_allclose(one, turned, atol=1e-6)


def test_no_epoch_leaves_it_as_drawn() -> None:
    data = made()
    bank = DifferenceNetwork(**{**SMALL, "epochs": 0}).fit(data, lists(data), SEEDS)
    state = bank.state()
    assert torch.equal(state["mean"], torch.zeros(3, 16))
    assert torch.equal(state["scale"], torch.ones(3, 16))
    for layer, inputs in enumerate((SIZE, 16, 8)):  # PyTorch's own bound for dense layers
        for part in (state[f"weight.{layer}"], state[f"bias.{layer}"]):
            assert part.abs().max() <= 1 / np.sqrt(inputs)
        assert state[f"weight.{layer}"].std() == pytest.approx(1 / np.sqrt(3 * inputs), rel=0.25)
    assert not torch.equal(state["weight.0"][0], state["weight.0"][1])


def test_learns_what_can_be_learned() -> None:
    data = made(600)
    bank = DifferenceNetwork(**{**SMALL, "epochs": 60}, difference="absolute").fit(
        data, lists(data, 1, 600), [0]
    )
    right = (bank.logits(*sides(data))[0] >= 0) == (data.label > 0)
    assert right.mean() > 0.97


def test_soft_labels_pull_logits_towards_theirs() -> None:
    data = made()
    soft = PairData(data.embeddings, data.first, data.second, np.full(90, 0.3, dtype="f4"))
    options = DifferenceNetwork(**{**SMALL, "epochs": 150}, learning_rate=1e-2)
    logits = options.fit(soft, lists(soft, 1, 90), [0]).logits(*sides(data))
    assert np.mean(logits) == pytest.approx(np.log(0.3 / 0.7), abs=0.1)


def test_restored_and_single_ones_answer_the_same() -> None:
    data = made()
    for change in ({}, {"normalised": None}, {"widths": (8, 8, 8), "normalised": 2}):
        options = DifferenceNetwork(**{**SMALL, **change}, difference="absolute")
        bank = options.fit(data, lists(data), SEEDS)
        found = bank.logits(*sides(data))
        np.testing.assert_array_equal(options.restore(bank.state()).logits(*sides(data)), found)
        for model in range(3):
            one = bank.only(model)
            assert one.count == 1
            np.testing.assert_allclose(one.logits(*sides(data)), found[[model]], atol=1e-6)
            for name, part in one.state().items():
                whole = bank.state()[name]
                assert torch.equal(part, whole if name == "normalised" else whole[[model]])


def test_same_seed_same_bits_whatever_torch_s_own_seed_is() -> None:
    data, found, after = made(), [], []
    for own in (0, 1):
        torch.manual_seed(own)
        before = torch.get_rng_state()
        bank = DifferenceNetwork(**SMALL).fit(data, lists(data), SEEDS)
        assert torch.equal(torch.get_rng_state(), before)
        after.append(torch.are_deterministic_algorithms_enabled())
        found.append(bank.state())
    assert all(torch.equal(found[0][name], found[1][name]) for name in found[0])
    assert after == [False, False]
    other = DifferenceNetwork(**SMALL).fit(data, lists(data), (5, 6, 8)).state()["weight.0"]
    assert torch.allclose(other[0], found[0]["weight.0"][0], atol=1e-5)
    assert not torch.allclose(other[2], found[0]["weight.0"][2], atol=1e-2)


def test_nothing_given_is_changed() -> None:
    data = made()
    rows = lists(data)
    before = [part.copy() for part in (data.embeddings, data.first, data.label, rows)]
    DifferenceNetwork(**SMALL).fit(data, rows, SEEDS)
    for part, old in zip((data.embeddings, data.first, data.label, rows), before, strict=True):
        np.testing.assert_array_equal(part, old)


@pytest.mark.parametrize("name", predictors.names())
def test_arrays_may_be_views_and_read_only(name: str) -> None:
    data, predictor = made(), predictors.build(name)
    if isinstance(predictor, DifferenceNetwork):
        predictor = DifferenceNetwork(**SMALL)
    rows = lists(data)
    expected = predictor.fit(data, rows, SEEDS).logits(*sides(data))
    parts = [part.copy() for part in (data.embeddings, data.first, data.second, data.label)]
    held = [rows[::-1].copy()[::-1], *(part[::-1].copy()[::-1] for part in parts)]
    for part in held:
        part.flags.writeable = False
    found = predictor.fit(PairData(*held[1:]), held[0], SEEDS)
    one, two = (side[::-1].copy()[::-1] for side in sides(data))
    one.flags.writeable = two.flags.writeable = False
    np.testing.assert_array_equal(found.logits(one, two), expected)


class Counted:
    """Progress that adds up what it is told."""

    def __init__(self) -> None:
        self.total = self.done = 0

    def task(self, title: str, total: int) -> Counted:
        self.total += total
        return self

    def __enter__(self) -> Any:
        return self.advance

    def __exit__(self, *error: object) -> None:
        return None

    def advance(self, steps: int) -> None:
        self.done += steps


@pytest.mark.parametrize("batch", [16, 23, 200])
def test_progress_comes_to_its_end(batch: int) -> None:
    data, progress = made(), Counted()
    rows = lists(data, AT_ONCE + 1)
    options = DifferenceNetwork(**{**SMALL, "batch": batch, "epochs": 1})
    options.fit(data, rows, range(len(rows)), progress=progress)  # type: ignore[arg-type]
    assert progress.done == progress.total == len(rows) * -(-70 // batch)


@pytest.mark.parametrize("name", predictors.names())
def test_what_every_predictor_refuses(name: str) -> None:
    data, predictor = made(), predictors.build(name)
    with pytest.raises(InputError, match=r"expected rows \(M, n\)"):
        predictor.fit(data, np.arange(5), [0])
    with pytest.raises(InputError, match=r"expected rows \(M, n\)"):
        predictor.fit(data, np.arange(5)[None], [0, 1])
    with pytest.raises(InputError, match=r"expected rows \(M, n\)"):
        predictor.fit(data, np.empty((1, 0), dtype=np.int64), [0])
    with pytest.raises(InputError, match=r"expected rows in 0..89, got 88..90"):
        predictor.fit(data, np.array([[88, 90]]), [0])
    with pytest.raises(InputError, match=r"expected rows in 0..89, got -1..4"):
        predictor.fit(data, np.array([[-1, 4]]), [0])


def test_options_out_of_range_are_refused() -> None:
    data = made()
    with pytest.raises(InputError, match="a hidden layer to normalise, 1 to 2, got 3"):
        DifferenceNetwork(**{**SMALL, "normalised": 3}).fit(data, lists(data), SEEDS)
    with pytest.raises(OptionError, match="batch"):
        DifferenceNetwork(batch=1)
    with pytest.raises(OptionError, match="widths"):
        DifferenceNetwork(widths=())
    with pytest.raises(InputError, match="as many first and second photos as labels"):
        PairData(data.embeddings, data.first, data.second[:3], data.label)
    with pytest.raises(InputError, match="expected weights of dense layers"):
        StackedLayers.of({"something": torch.zeros(1)})


def test_stacks_joined_hold_all_models_in_order() -> None:
    torch.manual_seed(0)
    parts = [StackedLayers.drawn(SIZE, (4, 4), normalised) for normalised in (2, 2, 2)]
    whole = NetworkBank(joined(parts))
    one, two = sides(made())
    assert whole.count == 3
    for model, part in enumerate(parts):
        np.testing.assert_allclose(
            whole.logits(one, two)[model], NetworkBank(part).logits(one, two)[0], atol=1e-6
        )
