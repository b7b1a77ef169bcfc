"""FaceBone: which backbone each pair is learned with and asked with, against loops."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest
from torch import Tensor

from faceaudit.errors import OptionError
from faceaudit.mitigations.membership.base import Task
from faceaudit.mitigations.membership.facebone import FaceBone
from faceaudit.mitigations.membership.none import NoMitigation
from faceaudit.systems.predictors import PairData, Predictor, PredictorBank
from faceaudit.systems.predictors.difference_network import DifferenceNetwork
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.types import FloatArray, IntArray

PAIRS, PHOTOS, SIZE = 40, 30, 6
CALLS: list[tuple[PairData, IntArray, Predictor]] = []


class Kept(PredictorBank):
    """The logit of model m is the distance of two photos, plus m."""

    def __init__(self, count: int) -> None:
        self.count = count

    def logits(self, first: FloatArray, second: FloatArray) -> FloatArray:
        distance = np.linalg.norm(first - second, axis=1) - 3
        return np.stack([distance + model for model in range(self.count)]).astype("f4")

    def only(self, model: int) -> PredictorBank:
        raise NotImplementedError

    def state(self) -> dict[str, Tensor]:
        return {}


class Recording(Predictor):
    """Notes what it is fitted on."""

    name: ClassVar[str] = "recording"
    paper: ClassVar[str] = "none"
    shuffled: bool = True
    batch: int = 8

    def fit(
        self, data: PairData, rows: IntArray, seeds: Sequence[int], **rest: Any
    ) -> PredictorBank:
        CALLS.append((data, rows, self))
        return Kept(len(rows))

    def restore(self, state: Mapping[str, Tensor]) -> PredictorBank:
        return Kept(2)


class Plainer(Recording):
    """A predictor that has no order to keep, and no batches."""

    name: ClassVar[str] = "plainer"
    shuffled: ClassVar[bool] = True  # type: ignore[misc]
    batch: ClassVar[int] = 0  # type: ignore[misc]


def task(backbones: int = 3, predictor: Predictor | None = None, models: int = 2) -> Task:
    rng = np.random.default_rng(0)
    first, second = rng.integers(0, PHOTOS, (2, PAIRS))
    pairs = EmbeddedPairs(
        rng.normal(size=(backbones, PHOTOS, SIZE)).astype("f4"),
        first,
        second,
        rng.random(PAIRS) < 0.5,
        tuple(f"backbone-{number}" for number in range(backbones)),
    )
    rows = np.stack([rng.permutation(PAIRS)[:22] for _ in range(models)])
    return Task(pairs, rows, np.arange(0), predictor or Recording(), range(models))


def learned(mitigation: FaceBone, given: Task) -> list[list[tuple[int, int]]]:
    """Return of each model the (backbone, pair) it learned from, found by the embeddings."""
    CALLS.clear()
    mitigation.train(given)
    ((data, rows, _),) = CALLS
    pairs, found = given.pairs, []
    for mine in rows:
        seen = []
        for row in mine:
            one, two = data.embeddings[data.first[row]], data.embeddings[data.second[row]]
            matches = [
                (k, p)
                for k in range(len(pairs.backbones))
                for p in range(len(pairs))
                if (pairs.embeddings[k, pairs.first[p]] == one).all()
                and (pairs.embeddings[k, pairs.second[p]] == two).all()
                and pairs.same[p] == data.label[row]
            ]
            seen.append(matches)
        found.append(seen)
    return found  # type: ignore[return-value]


def test_by_pair_each_pair_has_one_backbone_for_every_verifier() -> None:
    given, mitigation = task(), FaceBone(seed=4)
    assigned = mitigation.verifiers(given, Kept(2)).trained_backbone
    assert assigned is not None
    assert assigned.shape == (2, PAIRS)
    np.testing.assert_array_equal(assigned[0], assigned[1])
    for mine, seen in zip(given.rows, learned(mitigation, given), strict=True):
        for pair, matches in zip(mine, seen, strict=True):
            assert (assigned[0, pair], pair) in matches
    assert set(assigned[0]) == {0, 1, 2}
    other = FaceBone(seed=5).verifiers(given, Kept(2)).trained_backbone
    assert other is not None
    assert (other != assigned).any()


@pytest.mark.parametrize("batch", [4, 8, 100])
def test_by_batch_the_backbone_changes_with_each_batch_of_the_list(batch: int) -> None:
    given = task(predictor=Recording(batch=batch))
    mitigation = FaceBone(assignment="batch")
    assigned = mitigation.verifiers(given, Kept(2)).trained_backbone
    assert assigned is not None
    for mine, seen, model in zip(given.rows, learned(mitigation, given), assigned, strict=True):
        for position, (pair, matches) in enumerate(zip(mine, seen, strict=True)):
            backbone = (position // batch) % 3
            assert (backbone, pair) in matches
            assert model[pair] == backbone
        nonmembers = [pair for pair in range(PAIRS) if pair not in set(mine.tolist())]
        for position, pair in enumerate(nonmembers):
            assert model[pair] == (position // batch) % 3
    assert not CALLS[0][2].shuffled  # type: ignore[attr-defined]


def test_by_batch_every_step_of_the_network_sees_one_backbone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given = task(predictor=DifferenceNetwork(widths=(4,), normalised=None, epochs=2, batch=8))
    seen: list[set[int]] = []
    real = DifferenceNetwork.fit

    def spy(
        self: DifferenceNetwork, data: PairData, rows: IntArray, *rest: Any, **more: Any
    ) -> Any:
        assert not self.shuffled
        seen.extend(
            set((mine[start : start + self.batch] // PAIRS).tolist())
            for mine in rows
            for start in range(0, rows.shape[1], self.batch)
        )
        return real(self, data, rows, *rest, **more)

    monkeypatch.setattr(DifferenceNetwork, "fit", spy)
    FaceBone(assignment="batch").train(given)
    assert seen == [{0}, {1}, {2}] * 2


def test_of_all_every_pair_is_learned_with_every_backbone() -> None:
    given, mitigation = task(), FaceBone(assignment="all")
    for mine, seen in zip(given.rows, learned(mitigation, given), strict=True):
        assert len(seen) == 3 * len(mine)
        wanted = [(k, pair) for k in range(3) for pair in mine]
        for one, matches in zip(wanted, seen, strict=True):
            assert one in matches
    assert mitigation.verifiers(given, Kept(2)).trained_backbone is None
    assert CALLS[0][2].shuffled  # type: ignore[attr-defined]


@pytest.mark.parametrize("assignment", ["pair", "all"])
def test_only_batches_need_an_order(assignment: str) -> None:
    CALLS.clear()
    FaceBone(assignment=assignment).train(task())
    assert CALLS[0][2].shuffled  # type: ignore[attr-defined]


def test_predictors_without_an_order_or_batches_are_trained_all_the_same() -> None:
    given = task(predictor=Plainer())
    assigned = FaceBone(assignment="batch").verifiers(given, Kept(2)).trained_backbone
    assert assigned is not None
    assert set(assigned.ravel()) == {0}  # 22 pairs are one batch of 128
    learned(FaceBone(assignment="batch"), given)


def test_asked_with_one_with_one_drawn_or_with_all() -> None:
    given = task()

    def served(**options: Any) -> IntArray:
        return FaceBone(**options).verifiers(given, Kept(2)).user_backbones

    np.testing.assert_array_equal(served(), np.zeros((PAIRS, 1)))
    np.testing.assert_array_equal(served(backbone=2), np.full((PAIRS, 1), 2))
    np.testing.assert_array_equal(served(query="average"), [[0, 1, 2]] * PAIRS)
    drawn = served(query="random")
    assert drawn.shape == (PAIRS, 1)
    assert set(drawn[:, 0]) == {0, 1, 2}
    np.testing.assert_array_equal(drawn, served(query="random"))
    assert (drawn != served(query="random", seed=1)).any()
    assigned = FaceBone(query="random").verifiers(given, Kept(2)).trained_backbone
    assert assigned is not None
    assert (drawn[:, 0] != assigned[0]).any(), "what is asked is not what was learned"


def test_the_average_is_of_probabilities() -> None:
    given = task()
    verifiers = FaceBone(query="average").verifiers(given, Kept(2))
    found = verifiers.answers(*given.pairs.sides(verifiers.user_backbones))
    pairs = given.pairs
    for model in range(2):
        for pair in range(PAIRS):
            logits = [
                np.linalg.norm(table[pairs.first[pair]] - table[pairs.second[pair]]) - 3 + model
                for table in pairs.embeddings
            ]
            expected = np.mean([1 / (1 + np.exp(-logit)) for logit in logits])
            assert found[model, pair] == pytest.approx(expected, rel=1e-5)


def test_a_backbone_too_many_or_only_one_is_refused() -> None:
    with pytest.raises(OptionError, match="at least 2 backbones for 'facebone', got 1"):
        FaceBone().train(task(backbones=1))
    with pytest.raises(OptionError, match=r"a backbone in 0\.\.2 to ask with, got 3"):
        FaceBone(backbone=3).verifiers(task(), Kept(2))


def test_how_users_ask_is_not_part_of_the_training() -> None:
    plain = FaceBone().trained_as()
    assert FaceBone(query="average").trained_as() == plain
    assert FaceBone(backbone=1).trained_as() == plain
    assert FaceBone(assignment="all").trained_as() != plain
    assert FaceBone(seed=1).trained_as() != plain


def test_no_mitigation_learns_with_the_first_backbone() -> None:
    given = task()
    CALLS.clear()
    verifiers = NoMitigation().verifiers(given, NoMitigation().train(given))
    ((data, rows, _),) = CALLS
    np.testing.assert_array_equal(rows, given.rows)
    for row in rows[0]:
        np.testing.assert_array_equal(
            data.embeddings[data.first[row]], given.pairs.embeddings[0, given.pairs.first[row]]
        )
    np.testing.assert_array_equal(verifiers.user_backbones, np.zeros((PAIRS, 1)))
    assert verifiers.trained_backbone is None
