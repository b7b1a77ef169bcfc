from __future__ import annotations

import pytest

from faceaudit.audit.backdoor.pooling import (
    clean_accuracy_loss,
    pool_figures,
    pretraining_accuracy,
    success_difference,
)
from faceaudit.metrics import wilson
from faceaudit.metrics.differences import newcombe, newcombe_paired
from faceaudit.records.backbone import PretrainedBackboneFacts
from faceaudit.records.backdoor import SUCCESS
from faceaudit.types import Evidence
from report.backdoor.samples import answers, case

# pooled figures


def test_successes_and_trials_are_added_up_over_seeds() -> None:
    cases = [case(seed=seed, success=(hits, 21)) for seed, hits in enumerate((21, 18, 20))]
    assert pool_figures(cases)[SUCCESS].estimate == wilson(59, 63)


def test_figures_of_a_single_case_stay_as_they_are() -> None:
    record = case()
    assert tuple(pool_figures([record]).values()) == record.figures


def test_a_seed_without_the_figure_counts_for_nothing_and_is_named() -> None:
    pooled = pool_figures([case(success=(21, 21)), case(success=None, seed=1)])[SUCCESS]
    assert pooled.estimate == wilson(21, 21)
    assert pooled.why_none == "measured for 1 of 2 seeds"


def test_without_any_estimate_the_reasons_are_kept() -> None:
    pooled = pool_figures([case(success=None), case(success=None, seed=1)])[SUCCESS]
    assert pooled.estimate is None
    assert pooled.why_none == "the photos could not be read"


# clean accuracy


def test_systems_are_compared_photo_by_photo() -> None:
    loss = clean_accuracy_loss([case(evidence=answers(380, 1, 4, 15))])
    assert loss == newcombe_paired(380, 1, 4, 15)


def test_photos_are_added_up_over_seeds() -> None:
    cases = [case(evidence=answers(380, 1, 4, 15), seed=seed) for seed in (0, 1)]
    assert clean_accuracy_loss(cases) == newcombe_paired(760, 2, 8, 30)


@pytest.mark.parametrize("evidence", [False, answers(300, 1, 4, 95), answers(38, 0, 0, 2)])
def test_evidence_that_differs_from_the_figures_is_not_used(evidence: Evidence | bool) -> None:
    assert clean_accuracy_loss([case(evidence=evidence)]) == newcombe(381, 400, 384, 400)


def test_an_unknown_accuracy_has_no_loss() -> None:
    assert clean_accuracy_loss([case(clean=None)]) is None
    assert clean_accuracy_loss([case(pristine=None)]) is None
    assert clean_accuracy_loss([case(), case(pristine=None, seed=1)]) is None


# others


def test_the_difference_of_two_success_rates_is_newcombes() -> None:
    assert success_difference(wilson(50, 57), wilson(3, 115)) == newcombe(50, 57, 3, 115)


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
