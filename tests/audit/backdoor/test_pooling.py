from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from faceaudit.audit.backdoor.pooling import (
    clean_accuracy_loss,
    pool_figures,
    pretraining_accuracy,
    success_difference,
)
from faceaudit.metrics import accuracy_over_trainings, share_over_trainings, wilson
from faceaudit.metrics.differences import newcombe, newcombe_paired
from faceaudit.records.backbone import PretrainedBackboneFacts
from faceaudit.records.backdoor import CLEAN, PRISTINE, SUCCESS
from faceaudit.types import Estimate, Evidence
from report.backdoor.samples import answers, case

# figures over trainings


def test_a_figure_over_trainings_is_their_mean_and_holds_their_spread() -> None:
    rates = [(38, 115), (69, 115), (109, 115)]
    cases = [case(seed=seed, success=rate) for seed, rate in enumerate(rates)]
    over = pool_figures(cases)[SUCCESS].estimate
    assert over is not None
    assert over.value == pytest.approx((38 + 69 + 109) / 345)
    assert over == share_over_trainings([wilson(*rate) for rate in rates])
    tries = wilson(38 + 69 + 109, 345)
    assert over.low < tries.low - 0.1
    assert over.high > tries.high + 0.05


def test_each_training_counts_alike_however_many_tries_it_has() -> None:
    cases = [case(success=(100, 100)), case(success=(0, 10), seed=1)]
    over = pool_figures(cases)[SUCCESS].estimate
    assert over is not None
    assert over.value == pytest.approx(0.5)


def test_figures_of_a_single_case_stay_as_they_are() -> None:
    record = case()
    assert tuple(pool_figures([record]).values()) == record.figures


def test_a_seed_without_the_figure_counts_for_nothing_and_is_named() -> None:
    pooled = pool_figures([case(success=(21, 21)), case(success=None, seed=1)])[SUCCESS]
    assert pooled.estimate == wilson(21, 21)
    assert pooled.why_none == "measured for 1 of 2 trainings"


def test_without_any_estimate_the_reasons_are_kept() -> None:
    pooled = pool_figures([case(success=None), case(success=None, seed=1)])[SUCCESS]
    assert pooled.estimate is None
    assert pooled.why_none == "the photos could not be read"


@pytest.mark.parametrize("metric", [CLEAN, PRISTINE])
def test_accuracies_over_trainings_are_pooled_as_such(metric: str) -> None:
    rates = [(648, 720), (649, 720), (647, 720)]
    cases = [case(seed=seed, clean=rate, pristine=rate) for seed, rate in enumerate(rates)]
    over = pool_figures(cases)[metric].estimate
    assert over == accuracy_over_trainings([wilson(*rate) for rate in rates])
    assert over is not None
    assert over.method.startswith("student over 3 trainings")


# clean accuracy


def test_systems_are_compared_photo_by_photo() -> None:
    loss = clean_accuracy_loss([case(evidence=answers(380, 1, 4, 15))])
    assert loss == newcombe_paired(380, 1, 4, 15)


def losses(*tallies: tuple[int, int, int, int]) -> Estimate:
    """Return the loss over trainings in which both, one or no system recognised so many photos."""
    cases = []
    for seed, (both, ours, theirs, neither) in enumerate(tallies):
        total = both + ours + theirs + neither
        accuracies = {"clean": (both + ours, total), "pristine": (both + theirs, total)}
        cases.append(case(evidence=answers(both, ours, theirs, neither), seed=seed, **accuracies))
    loss = clean_accuracy_loss(cases)
    assert loss is not None
    return loss


def test_the_loss_over_trainings_is_student_s_over_their_differences() -> None:
    loss = losses((380, 1, 4, 15), (340, 1, 44, 15), (370, 1, 14, 15))
    differences = np.array([-3, -43, -13]) / 400
    low, high = stats.t.interval(0.95, 2, differences.mean(), stats.sem(differences))
    assert (loss.value, loss.low, loss.high) == pytest.approx((differences.mean(), low, high))
    assert loss.n == 3


def test_trainings_that_agree_by_chance_do_not_hide_how_few_photos_there_were() -> None:
    loss = losses((380, 1, 4, 15), (380, 1, 4, 15))
    photos = newcombe_paired(760, 2, 8, 30)
    assert loss.value == pytest.approx(photos.value)
    assert (loss.low, loss.high) == pytest.approx((photos.low, photos.high))


@pytest.mark.parametrize("evidence", [False, answers(300, 1, 4, 95), answers(38, 0, 0, 2)])
def test_evidence_that_differs_from_the_figures_is_not_used(evidence: Evidence | bool) -> None:
    loss, unrelated = clean_accuracy_loss([case(evidence=evidence)]), newcombe(381, 400, 384, 400)
    assert loss is not None
    assert (loss.value, loss.low, loss.high) == pytest.approx(
        (unrelated.value, unrelated.low, unrelated.high)
    )


def test_an_unknown_accuracy_has_no_loss() -> None:
    assert clean_accuracy_loss([case(clean=None)]) is None
    assert clean_accuracy_loss([case(pristine=None)]) is None
    assert clean_accuracy_loss([case(), case(pristine=None, seed=1)]) is None


# others


def test_the_difference_of_two_success_rates_is_newcombes() -> None:
    found, oracle = success_difference(wilson(50, 57), wilson(3, 115)), newcombe(50, 57, 3, 115)
    assert (found.value, found.low, found.high) == pytest.approx(
        (oracle.value, oracle.low, oracle.high)
    )


def test_pretraining_accuracy_has_an_interval_over_the_photos_tried() -> None:
    backbone = PretrainedBackboneFacts(
        source="synthetic",
        people=2,
        photos=9,
        epochs=1,
        validation_photos=40,
        validation_accuracy=0.925,
    )
    assert pretraining_accuracy(backbone) == wilson(37, 40)
    untried = backbone.model_copy(update={"validation_photos": 0})
    assert pretraining_accuracy(untried) is None
