"""What a network's scores mean, against counts by NumPy."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

import faceaudit
from app.ready import reference
from faceaudit.app.reference import FMRS, Reference, _read, chosen_together, reference_of

GENUINE, IMPOSTOR = 1_500, 30_000


@pytest.fixture(scope="module")
def scores() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    genuine = np.clip(rng.normal(0.75, 0.1, GENUINE), -1, 1)
    impostor = np.clip(rng.normal(0.2, 0.15, IMPOSTOR), -1, 1)
    return genuine, impostor


@pytest.fixture(scope="module")
def measured(
    scores: tuple[np.ndarray, np.ndarray], tmp_path_factory: pytest.TempPathFactory
) -> Reference:
    """The reference of made-up cosines, through the library's own file of scores."""
    genuine, impostor = scores
    people = np.random.default_rng(1).integers(0, 1_500, (IMPOSTOR, 2))
    people[:, 1] = (people[:, 0] + 1 + people[:, 1] % 1_400) % 1_500
    lines = ["image1,image2,person1,person2,label,fold,score"]
    for number, score in enumerate(genuine.tolist()):
        lines.append(f"{number}a,{number}b,p{number},p{number},1,,{score - 1:.9f}")
    for number, (score, (one, two)) in enumerate(zip(impostor.tolist(), people, strict=True)):
        lines.append(f"{number}c,{number}d,p{one},p{two},0,,{score - 1:.9f}")
    file = tmp_path_factory.mktemp("scores") / "scores.csv"
    file.write_text("\n".join(lines), encoding="utf-8")
    result = faceaudit.evaluate_scores(file, fmrs=FMRS)
    return reference_of(replace(result, facts={**result.facts, "people": 1_500}), file, real=False)


def test_thresholds_are_cosines_with_the_rate_asked_for(
    measured: Reference, scores: tuple[np.ndarray, np.ndarray]
) -> None:
    genuine, impostor = scores
    assert len(measured.choices) == 13
    for point in measured.choices:
        assert point.threshold is not None
        assert point.fnmr is not None
        assert np.mean(impostor >= point.threshold) == pytest.approx(point.asked, rel=0.05)
        assert np.mean(genuine < point.threshold) == pytest.approx(point.fnmr.value, abs=0.02)


def test_distributions_are_those_of_the_scores(
    measured: Reference, scores: tuple[np.ndarray, np.ndarray]
) -> None:
    for one, values in ((measured.genuine, scores[0]), (measured.impostor, scores[1])):
        counted, _ = np.histogram(values, bins=np.array(measured.edges))
        assert one.n == len(values)
        assert sum(one.shares) == pytest.approx(1)
        assert (
            np.abs(np.array(one.shares) - counted / one.n).max() < 2 / one.n
        )  # the file has fewer digits


def test_strangers_as_alike_are_never_understated(
    measured: Reference, scores: tuple[np.ndarray, np.ndarray]
) -> None:
    for score in (0.3, 0.45, 0.6, 0.7):
        found = measured.strangers_at(score)
        assert found is not None
        share = np.mean(scores[1] >= score)
        assert 0.95 * share <= found.value <= 2.5 * share + 0.001
    assert measured.strangers_at(-0.9) is None


def test_it_is_the_same_from_its_file(measured: Reference, tmp_path: Path) -> None:
    measured.save(tmp_path / "reference.json")
    assert Reference.load(tmp_path / "reference.json") == measured


def test_rates_are_those_that_every_network_has() -> None:
    whole = reference()
    few = replace(
        whole,
        points=tuple(
            replace(point, threshold=None, fmr=None, fnmr=None, why="too few")
            if point.asked < 0.01
            else point
            for point in whole.points
        ),
    )
    assert min(chosen_together([whole])) == 0.001
    assert min(chosen_together([whole, few])) == 0.01
    assert chosen_together([]) == ()
    assert few.point_at(0.001) is None


def test_a_score_at_a_threshold_is_one_that_reaches_it() -> None:
    points = reference().points
    for before, point in pairwise(points):
        assert point.threshold is not None
        assert reference().strangers_at(point.threshold) == point.fmr
        assert reference().strangers_at(np.nextafter(point.threshold, -1)) == before.fmr
    assert reference().strangers_at(2.0) == points[-1].fmr


def test_strangers_are_those_that_thresholds_rest_on(tmp_path: Path) -> None:
    rows = ["1,0,-0.1", "1,,-0.2", "0,0,-0.9", "0,,-0.6", "0,,-0.5", "0,,nan"]
    file = tmp_path / "scores.csv"
    file.write_text("\n".join(["label,fold,score", *rows]), encoding="utf-8")
    genuine, strangers = _read(file)
    assert genuine.tolist() == pytest.approx([0.9, 0.8])
    assert strangers.tolist() == pytest.approx([0.4, 0.5])
    file.write_text("\n".join(["label,fold,score", *rows[:3]]), encoding="utf-8")
    assert _read(file)[1].tolist() == pytest.approx([0.1])  # where none were drawn besides
