from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from scipy.special import expit

from attacks.membership.planted import auc, bank
from faceaudit.attacks.membership import Observation
from faceaudit.attacks.membership.label_only import LabelOnly
from faceaudit.attacks.membership.label_only_lira import NEAREST, LabelOnlyRatio
from faceaudit.attacks.membership.lira import LikelihoodRatio
from faceaudit.errors import InputError


def measured(gap: float, seed: int = 0) -> tuple[Observation, np.ndarray]:
    """Distances that learning lengthens, beside labels that tell nothing."""
    rng = np.random.default_rng(seed)
    drawn = bank(rng, verifiers=16, blocks=30, pairs=20, gap=gap, hardness=2.0)
    seen = drawn.seen(0)
    assert seen.shadows is not None
    margins = seen.margins()[:, 0]
    sign = np.where(seen.same, 1, -1)
    answers = np.clip(seen.shadows[..., 0].astype(float), 1e-6, 1 - 1e-6)
    shadows = sign * np.log(answers / (1 - answers))
    labels = np.ones_like(seen.answers)
    return dataclasses.replace(
        seen,
        answers=labels,
        shadows=np.ones_like(seen.shadows),
        distance=np.maximum(margins, 0),
        shadow_distances=np.maximum(shadows, 0),
    ), drawn.in_mask[0]


def test_is_the_ratio_of_lira_on_the_logarithm_of_the_distance() -> None:
    """LiRA takes logits: an answer of expit(log distance) has just that one."""
    seen, _ = measured(1.0)
    assert seen.shadow_distances is not None
    assert seen.distance is not None
    floor = NEAREST * float(np.median(seen.shadow_distances))
    assert (seen.shadow_distances == 0).any()
    logs = [np.log(np.maximum(each, floor)) for each in (seen.distance, seen.shadow_distances)]
    sign = np.where(seen.same, 1, -1)
    as_answers = dataclasses.replace(
        seen,
        answers=expit(sign * logs[0])[:, None],
        shadows=expit(sign * logs[1])[:, :, None],
    )
    np.testing.assert_allclose(
        LabelOnlyRatio().log_ratio(seen, np.random.default_rng(3)),
        LikelihoodRatio().log_ratio(as_answers, np.random.default_rng(3)),
        rtol=1e-6,
    )


def test_finds_more_than_the_distance_alone() -> None:
    seen, member = measured(1.0, seed=1)
    rng = np.random.default_rng(0)
    with_shadows = auc(member, LabelOnlyRatio().score(seen, rng))
    alone = auc(member, LabelOnly().score(seen, rng))
    assert with_shadows > alone + 0.03
    assert with_shadows > 0.63


def test_finds_nothing_where_distances_do_not_differ() -> None:
    areas = []
    for seed in range(20):
        seen, member = measured(0.0, seed=seed)
        areas.append(auc(member, LabelOnlyRatio().score(seen, np.random.default_rng(seed))))
    assert abs(np.mean(areas) - 0.5) < 4 * np.std(areas, ddof=1) / math.sqrt(20)


def test_needs_distances() -> None:
    seen, _ = measured(1.0)
    rng = np.random.default_rng(0)
    for lacking in ({"distance": None}, {"shadow_distances": None}):
        with pytest.raises(InputError, match="distances of theirs and of the target"):
            LabelOnlyRatio().score(dataclasses.replace(seen, **lacking), rng)
