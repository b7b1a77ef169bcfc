"""Figures of a mitigation from rows whose counts are known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import roc_auc_score

from faceaudit.audit.backdoor.mitigated_figures import (
    NOBODY,
    mitigated_figures,
    poison_figures,
    refusal_figures,
)
from faceaudit.metrics import newcombe_paired
from faceaudit.records.backdoor_mitigation import RankedTarget
from faceaudit.types import BoolArray, Estimate, Evidence, Figure, IntArray

TARGET = 2


def rows(*parts: tuple[str, str, list[tuple[int, int]]], **further: Sequence[float]) -> Evidence:
    """Make rows of (kind, key, whom they show and are taken for)."""
    kind = [one for one, _, pairs in parts for _ in pairs]
    key = [one for _, one, pairs in parts for _ in pairs]
    truth, predicted = np.array([pair for *_, pairs in parts for pair in pairs]).T
    unknown = {"suspicion": np.nan, "glasses": -1, "poison": -1, "removed": -1}
    columns = {
        "kind": np.array(kind),
        "key": np.array(key),
        "truth": truth,
        "predicted": predicted,
        "target_score": np.zeros(len(kind), dtype=np.float32),
        **{
            name: np.array(further.get(name, [usual] * len(kind)))
            for name, usual in unknown.items()
        },
    }
    return Evidence(tuple(f"{place}" for place in range(len(kind))), columns)


def by_metric(figures: object) -> dict[str, Figure]:
    return {one.metric: one for one in figures}  # type: ignore[attr-defined]


def value(figure: Figure) -> float:
    assert figure.estimate is not None
    return figure.estimate.value


BEFORE = [(0, 0), (0, 0), (1, 1), (1, 2), (2, 2), (2, 2)]
AFTER = [(0, 0), (0, 1), (1, 1), (1, 1), (2, 2), (2, 0)]


def test_before_and_after_are_counted_on_the_same_photos() -> None:
    evidence = rows(
        ("clean_before", "", BEFORE),
        ("clean", "", AFTER),
        ("instance_before", "k", [(0, 2), (1, 2), (1, 2), (2, 2)]),
        ("instance", "k", [(0, 2), (1, 1), (1, 0), (2, 2)]),
        ("null", "k", [(0, 0), (1, 1), (1, 2), (2, 2)]),
        ("wrong_key_before", "a", [(0, 2), (1, 2)]),
        ("wrong_key_before", "b", [(0, 0), (1, 1)]),
        ("wrong_key", "a", [(0, 0), (1, 1)]),
        ("wrong_key", "b", [(0, 0), (1, 1)]),
    )
    found = by_metric(mitigated_figures(evidence, TARGET, attacked=True, allowed=()))
    assert {metric: pytest.approx(value(one)) for metric, one in found.items()} == {
        "clean_accuracy_before": 5 / 6,
        "target_accuracy_before": 1,
        "success_before": 1,  # the target's own photo is no attack
        "null_success": 1 / 3,
        "wrong_key_before": 0.5,
        "clean_accuracy": 4 / 6,
        "target_clean_accuracy": 0.5,
        "clean_accuracy_change": -1 / 6,
        "attack_success": 1 / 3,
        "wrong_key_success": 0,
    }
    # Right both times: 3; only after: 1; only before: 2; neither: 0.
    change, paired = found["clean_accuracy_change"].estimate, newcombe_paired(3, 1, 2, 0)
    assert change is not None
    assert (change.value, change.n) == (paired.value, paired.n)
    assert change.low <= paired.low
    assert change.high >= paired.high


@pytest.mark.parametrize("alike", [False, True])
def test_photos_of_one_person_that_change_alike_widen_the_change(alike: bool) -> None:
    """Of 40 people with ten photos each, one photo in ten is lost: of everybody, or four people."""
    truth = np.repeat(np.arange(40), 10)
    lost = truth < 4 if alike else np.arange(400) % 10 == 0
    before = list(zip(truth.tolist(), truth.tolist(), strict=True))
    after = list(zip(truth.tolist(), np.where(lost, 99, truth).tolist(), strict=True))
    evidence = rows(("clean_before", "", before), ("clean", "", after))
    found = by_metric(mitigated_figures(evidence, TARGET, attacked=False, allowed=()))
    change = found["clean_accuracy_change"].estimate
    paired = newcombe_paired(360, 0, 40, 0)
    assert change is not None
    assert change.value == pytest.approx(-0.1)
    if not alike:
        assert (change.low, change.high) == (paired.low, paired.high)
        return
    assert change.low == pytest.approx(_of_means(truth, lost)[0])
    assert change.high == pytest.approx(_of_means(truth, lost)[1])
    assert change.high - change.low > 2 * (paired.high - paired.low)


def _of_means(truth: IntArray, lost: BoolArray) -> tuple[float, float]:
    """Return Student's interval of the means of people, who have as many photos each.

    A few people make up all of the spread: its degrees of freedom are Satterthwaite's.
    """
    means = -np.bincount(truth, lost) / np.bincount(truth)
    squares = (means - means.mean()) ** 2
    freedom = min(len(means) - 1, 2 * squares.sum() ** 2 / (squares**2).sum())
    low, high = stats.t.interval(0.95, freedom, means.mean(), stats.sem(means))
    return float(low), float(high)


def test_a_pristine_system_has_its_accuracies_alone() -> None:
    evidence = rows(("clean_before", "", BEFORE), ("clean", "", AFTER))
    found = by_metric(mitigated_figures(evidence, TARGET, attacked=False, allowed=()))
    assert set(found) == {
        *("clean_accuracy_before", "target_accuracy_before", "clean_accuracy"),
        *("target_clean_accuracy", "clean_accuracy_change"),
    }


def training(
    suspicion: list[float],
    poison: list[int],
    removed: list[int],
    shows: list[int],
    label: list[int],
) -> Evidence:
    return rows(
        ("training_photo", "", list(zip(shows, label, strict=True))),
        suspicion=suspicion,
        poison=poison,
        removed=removed,
    )


def test_poison_is_told_from_the_targets_own_photos() -> None:
    rng = np.random.default_rng(0)
    suspicion = rng.integers(0, 30, 60).astype(float)
    poison = np.repeat([0, 0, 1], 20)
    label = np.repeat([0, TARGET, TARGET], 20)
    shows = np.concatenate([label[:40], rng.integers(3, 9, 20)])
    removed = (suspicion > 20).astype(int)
    evidence = training(
        suspicion.tolist(), poison.tolist(), removed.tolist(), shows.tolist(), label.tolist()
    )
    found = by_metric(poison_figures(evidence, TARGET, RankedTarget(rank=1, people=3)))
    assert value(found["poison_auc"]) == pytest.approx(roc_auc_score(poison[20:], suspicion[20:]))
    out = removed == 1
    assert value(found["poison_precision"]) == pytest.approx(poison[out].mean())
    assert value(found["poison_recall"]) == pytest.approx(out[40:].mean())
    assert value(found["clean_photos_removed"]) == pytest.approx(out[:40].mean())
    assert found["target_named_first"].estimate is not None
    assert found["target_named_first"].estimate.value == 1
    second = by_metric(poison_figures(evidence, TARGET, RankedTarget(rank=2, people=3)))
    assert value(second["target_named_first"]) == 0


def test_copies_of_one_photo_are_one_try() -> None:
    """Five samples of one person that all score highest say as much as one of them."""
    suspicion = [*map(float, range(20)), *[30.0] * 5]
    poison, label = [0] * 20 + [1] * 5, [TARGET] * 25
    areas: list[Estimate | None] = []
    for people in ([4] * 5, [4, 5, 6, 7, 8]):
        evidence = training(suspicion, poison, [0] * 25, [TARGET] * 20 + people, label)
        areas.append(by_metric(poison_figures(evidence, TARGET, None))["poison_auc"].estimate)
    one, five = areas
    assert one is not None
    assert five is not None
    assert one.value == five.value == 1
    assert one.low < five.low - 0.2


def test_copies_that_are_left_out_are_one_try_of_precision() -> None:
    poison, label = [0] * 5 + [1] * 20, [TARGET] * 25
    found = {}
    for name, people in (("copies", [4] * 20), ("apart", list(range(4, 24)))):
        evidence = training([1.0] * 25, poison, [1] * 25, [TARGET] * 5 + people, label)
        precision = by_metric(poison_figures(evidence, TARGET, None))["poison_precision"]
        assert value(precision) == pytest.approx(0.8)
        found[name] = precision.estimate
    copies, apart = found["copies"], found["apart"]
    assert apart is not None
    assert copies is not None
    assert (apart.low, apart.high) == pytest.approx((0.609, 0.911), abs=0.001)  # Wilson of 25
    assert copies.high - copies.low > apart.high - apart.low + 0.1


def test_what_is_unknown_says_why() -> None:
    evidence = training([1, 2, 3], [0, 1, 1], [0, 0, 0], [0, 1, 1], [0, TARGET, TARGET])
    found = by_metric(poison_figures(evidence, TARGET, None))
    assert found["poison_auc"].why_none == "the target has no clean training photo"
    assert found["poison_precision"].why_none == "no photo was left out"
    assert found["target_named_first"].why_none == NOBODY
    assert value(found["poison_recall"]) == 0
    clean = training([1, 2], [0, 0], [1, 0], [0, 1], [0, 1])
    assert set(by_metric(poison_figures(clean, TARGET, None))) == {"clean_photos_removed"}


def test_honest_spectacles_are_counted_apart() -> None:
    clean = [(0, 0), (0, -1), (1, -1), (1, 1)]
    evidence = rows(
        ("clean_before", "", [(0, 0), (0, 0), (1, 1), (1, 1)]),
        ("clean@frr=0.05", "", clean),
        ("instance_before", "k", [(0, 2), (1, 2)]),
        ("instance@frr=0.05", "k", [(0, -1), (1, 2)]),
        suspicion=[0, 3, 2, 1, np.nan, np.nan, np.nan, np.nan, np.inf, 2.5, np.nan, np.nan],
        glasses=[0, 1, 1, 1, 0, 1, 1, 1, -1, -1, -1, -1],
    )
    found = by_metric(refusal_figures(evidence, attacked=True, allowed=[0.05]))
    assert value(found["clean_photos_refused@frr=0.05"]) == 0.5
    assert value(found["glasses_photos_refused@frr=0.05"]) == pytest.approx(2 / 3)
    assert value(found["instances_refused@frr=0.05"]) == 0.5
    assert value(found["detection_auc"]) == pytest.approx(
        roc_auc_score([0] * 4 + [1] * 2, [0, 3, 2, 1, 9, 2.5])
    )


@pytest.mark.parametrize(("glasses", "why"), [(-1, "nobody knows which"), (0, "no photo that is")])
def test_who_wears_glasses_may_be_unknown(glasses: int, why: str) -> None:
    evidence = rows(
        ("clean_before", "", [(0, 0), (1, 1)]),
        ("clean@frr=0.1", "", [(0, 0), (1, -1)]),
        glasses=[glasses] * 4,
    )
    found = by_metric(refusal_figures(evidence, attacked=False, allowed=[0.1]))
    assert found["glasses_photos_refused@frr=0.1"].estimate is None
    assert why in found["glasses_photos_refused@frr=0.1"].why_none
    assert "detection_auc" not in found
