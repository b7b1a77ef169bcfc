"""`faceaudit.invert_templates`: one measurement without a plan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import faceaudit
from audit.inversion.stubs import SIZE, network
from faceaudit.errors import FaceAuditError, InputError, SplitError, UnknownName
from helpers.faces import blocks


def test_faces_scores_and_figures_come_back(tmp_path: Path) -> None:
    faces = blocks(people=40, photos=3, size=SIZE)
    found = faceaudit.invert_templates(
        network(0),
        faces,
        attack={"attack": "search", "queries": 40, "population": 8},
        judges=network(1),
        attacked=10,
        fmrs=[0.1],
        trials=2,
        cache=tmp_path,
    )
    assert found.images.shape == found.originals.shape == (10, *SIZE, 3)
    assert len(set(found.people)) == 10
    assert len(found.evidence) == 20
    titles = [one.metric for one in found.figures if one.metric.startswith("transfer@fmr=0.1:")]
    assert len(titles) == 5
    queries = found.figure("queries").estimate
    assert queries is not None
    assert queries.value <= 40
    rows = [faces.ids.index(id_) for id_ in found.evidence.ids[:10]]
    assert np.array_equal(found.originals, faces.images[rows])


def test_the_same_seed_gives_the_same_and_another_one_other_people(tmp_path: Path) -> None:
    faces = blocks(people=40, photos=3, size=SIZE)

    def people(seed: int) -> tuple[str, ...]:
        return faceaudit.invert_templates(
            network(0), faces, attack="look_alike", attacked=6, seed=seed, cache=tmp_path
        ).people

    assert people(1) == people(1) != people(2)


def test_a_protection_is_faced_with_and_without_its_keys(tmp_path: Path) -> None:
    faces = blocks(people=60, photos=3, size=SIZE)
    own = {
        known: faceaudit.invert_templates(
            network(0),
            faces,
            attack="look_alike",
            protection="random_projection",
            key_known=known,
            attacked=10,
            fmrs=[0.1],
            cache=tmp_path,
        )
        for known in (True, False)
    }
    assert "undone" in own[True].estimated
    assert "another key" in own[False].estimated
    scores = {known: one.evidence.columns["own"].mean() for known, one in own.items()}
    assert scores[True] > scores[False]


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    faces = blocks(people=40, photos=3, size=SIZE)
    with pytest.raises(UnknownName, match="look_alik"):
        faceaudit.invert_templates(network(0), faces, attack="look_alik", cache=tmp_path)
    with pytest.raises(InputError, match="run a plan"):
        faceaudit.invert_templates(network(0), faces, attack="adapted", cache=tmp_path)
    for wrong, said in (
        ({"protection": "averaging"}, "expected 2 networks for 'averaging'.*got 1"),
        ({"fmrs": 0.1}, "expected fmrs as a list of rates"),
        ({"fmrs": []}, "expected a false match rate or more"),
        ({"fmrs": [1.0]}, "above 0 and below 1"),
        ({"trials": 0}, "expected trials"),
    ):
        with pytest.raises(FaceAuditError, match=said):
            faceaudit.invert_templates(
                network(0), faces, **{"attack": "look_alike", "cache": tmp_path, **wrong}
            )
    few = blocks(people=3, photos=2, size=SIZE)
    with pytest.raises(SplitError):
        faceaudit.invert_templates(network(0), few, attack="look_alike", cache=tmp_path)
    found = faceaudit.invert_templates(
        network(0), faces, attack="average_face", attacked=5, fmrs=[0.1], cache=tmp_path
    )
    with pytest.raises(UnknownName, match="success_iii"):
        found.figure("success_iii@fmr=0.1")


def test_rates_that_strangers_cannot_tell_are_refused_before_anything_is_embedded(
    tmp_path: Path,
) -> None:
    faces = blocks(people=40, photos=3, size=SIZE)
    asked = {"attack": "label_search", "queries": 20}
    with pytest.raises(InputError, match=r"^fmrs: expected a rate that .* got 1e-05; try 0.00"):
        faceaudit.invert_templates(
            network(0), faces, attack=asked, attacked=8, fmrs=[0.00001], cache=tmp_path
        )
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
