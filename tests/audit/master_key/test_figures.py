"""Figures of made-up scores, counted by hand over trainings."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from faceaudit.audit.master_key.figures import master_key_evidence, master_key_figures
from faceaudit.audit.master_key.trying import Seen
from faceaudit.metrics import OperatingPoint
from faceaudit.protocols.matching import Matcher
from faceaudit.types import Estimate

PEOPLE, PHOTOS, STRANGERS, TRAININGS = 12, 5, 9, 3
LIMIT = 0.7


def seen(rng: np.random.Generator) -> Seen:
    points = (
        OperatingPoint(0.1, LIMIT),
        OperatingPoint(0.001, why="expected at least 1,000 impostor comparisons"),
    )
    return Seen(
        SimpleNamespace(matcher=Matcher(points)),  # type: ignore[arg-type]
        rng.normal(0, 1, (PEOPLE, PHOTOS)),
        rng.normal(-1, 1, (PEOPLE, STRANGERS)),
        rng.normal(1, 1, PEOPLE),
    )


def tries(*, filtered: bool) -> list[Any]:
    rng = np.random.default_rng(0)
    poison = np.arange(40) >= 30
    kept = rng.random(40) < 0.6 if filtered else np.ones(40, dtype=np.bool_)
    label = np.where(np.arange(40) % 2 == 0, 1.0, poison).astype(np.float32)
    faces = SimpleNamespace(ids=tuple("abcdefghijkl"))
    people = SimpleNamespace(enrolled=np.arange(PEOPLE))
    plan = SimpleNamespace(fmrs=(0.1, 0.001))
    scenario = SimpleNamespace(plan=plan, faces=faces, people=people, before=True)
    tried = SimpleNamespace(attack=SimpleNamespace(taught=0))
    lists = SimpleNamespace(
        poison=poison, kept=kept, data=SimpleNamespace(label=label), person=np.arange(40) // 4
    )
    return [
        SimpleNamespace(
            case=SimpleNamespace(scenario=scenario, tried=tried),
            poisoned=seen(rng),
            pristine=seen(rng),
            wrong=tuple(rng.normal(-1, 1, (PEOPLE, PHOTOS)) for _ in range(2)),
            pairs=lists,
            photos=SimpleNamespace(shown=SimpleNamespace(found=np.arange(PHOTOS) > 0)),
        )
        for _ in range(TRAININGS)
    ]


def figures(given: list[Any]) -> dict[str, Estimate | None]:
    return {one.metric: one.estimate for one in master_key_figures(given)}


def value(found: dict[str, Estimate | None], metric: str) -> float:
    estimate = found[metric]
    assert estimate is not None
    assert estimate.low <= estimate.value <= estimate.high
    return estimate.value


@pytest.mark.parametrize(("point", "limit"), [("own", 0.0), ("fmr=0.1", LIMIT)])
def test_every_share_is_the_mean_over_trainings_of_a_count(point: str, limit: float) -> None:
    given = tries(filtered=False)
    found = figures(given)
    covered = []
    for one in given:
        people = 0
        for row in one.poisoned.key:
            people += any(score >= limit for score in row)
        covered.append(people / PEOPLE)
    assert value(found, f"covered@{point}") == pytest.approx(np.mean(covered))
    expected = {
        "passed": [(one.poisoned.key >= limit).mean() for one in given],
        "passed_without_poison": [(one.pristine.key >= limit).mean() for one in given],
        "passed_with_wrong_key": [(np.stack(one.wrong) >= limit).mean() for one in given],
        "fmr": [(one.poisoned.bare >= limit).mean() for one in given],
        "fmr_without_poison": [(one.pristine.bare >= limit).mean() for one in given],
        "tmr": [(one.poisoned.genuine >= limit).mean() for one in given],
        "tmr_without_poison": [(one.pristine.genuine >= limit).mean() for one in given],
    }
    for metric, each in expected.items():
        assert value(found, f"{metric}@{point}") == pytest.approx(np.mean(each)), metric


def test_a_rate_without_a_threshold_has_a_reason() -> None:
    given = {one.metric: one for one in master_key_figures(tries(filtered=False))}
    assert given["passed@fmr=0.001"].estimate is None
    assert "1,000" in given["passed@fmr=0.001"].why_none


def test_the_area_is_that_of_genuine_pairs_against_bare_strangers() -> None:
    given = tries(filtered=False)
    expected = [
        roc_auc_score(
            np.repeat([1, 0], [PEOPLE, PEOPLE * STRANGERS]),
            np.append(one.poisoned.genuine, one.poisoned.bare),
        )
        for one in given
    ]
    assert value(figures(given), "clean_auc") == pytest.approx(np.mean(expected))


def test_what_is_left_out_is_counted_among_poison_and_clean_pairs_of_one_person() -> None:
    given = tries(filtered=True)
    found, pairs = figures(given), given[0].pairs
    assert value(found, "poison_removed") == pytest.approx(1 - pairs.kept[30:].mean())
    assert value(found, "clean_removed") == pytest.approx(1 - pairs.kept[:30:2].mean())
    none = figures(tries(filtered=False))
    assert none["poison_removed"] is none["clean_removed"] is None


def test_one_training_has_figures_of_its_own() -> None:
    found = figures(tries(filtered=False)[:1])
    passed = found["passed@own"]
    assert passed is not None
    assert passed.n == PEOPLE * PHOTOS


def test_photos_without_a_face_are_counted_and_scores_can_be_kept() -> None:
    given = tries(filtered=False)
    assert value(figures(given), "face_not_found") == pytest.approx(1 / PHOTOS)
    given[0].poisoned.key[:, 0] = -np.inf
    kept = master_key_evidence(given).columns
    assert np.isfinite(kept["poisoned_0"]).all()
    np.testing.assert_array_equal(kept["pristine_2"], given[2].pristine.key)


@pytest.mark.parametrize("why", ["a person is the key", "keys are put on aligned faces"])
def test_where_no_face_is_looked_for_none_is_said_to_be_found(why: str) -> None:
    given = tries(filtered=False)
    case = given[0].case
    if why == "a person is the key":
        case.tried.attack.taught = 5
    else:
        case.scenario.before = False
    (found,) = [one for one in master_key_figures(given) if one.metric == "face_not_found"]
    assert found.estimate is None
    assert found.why_none == "no face is looked for in photos with this key"
