"""The preparation of networks, made small: each is usable alone, and nothing is made twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import faceaudit
from app.ready import make_gallery, patch
from faceaudit.app import gallery_people, networks
from faceaudit.app.networks import REFERENCE, hard_pairs, known, wanted
from faceaudit.app.preparing import networks as step
from faceaudit.app.preparing.step import folder_of
from faceaudit.app.settings import Settings
from faceaudit.errors import SourceError
from faceaudit.progress import silent


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings of an app whose networks learn from few people, and are measured on few others."""
    training = {**networks._PRETRAINING["training"], "epochs": 1, "batch": 16}
    monkeypatch.setitem(networks._PRETRAINING, "training", training)
    monkeypatch.setitem(networks._PEOPLE, "people", 4)
    monkeypatch.setattr(gallery_people, "OTHERS", 12)
    settings = Settings(folder=tmp_path)
    make_gallery(settings)
    return settings


def test_networks_are_made_one_after_the_other(
    small: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = folder_of(small, networks.STEP)
    real, ready = step.measure, []

    def measure(*given: object) -> object:
        ready.append(len(known(small)))
        return real(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(step, "measure", measure)
    step.make(small, folder, silent)
    assert ready == [0, 1]
    one, two = known(small)
    assert (one.title, two.title) == ("DeepID A", "DeepID B")
    assert one.own
    assert one.reference.people == 12
    assert one.reference.genuine.n == 12 * 6
    assert not one.reference.real
    assert sorted(file.name for file in folder.iterdir()) == ["1", "2", "pairs.json"]
    # The weights kept are those that were measured.
    photo = np.ascontiguousarray(patch(0, 0))[None]
    embedded = faceaudit.embed(one.embedder, photo), faceaudit.embed(two.embedder, photo)
    assert embedded[0].shape == (1, 160)
    assert embedded[1].shape == (1, 120)
    pairs = hard_pairs(small)
    assert pairs is not None
    assert pairs.alike[0][0] != pairs.alike[1][0]
    assert pairs.unlike is not None
    assert pairs.unlike[0][0] == pairs.unlike[1][0]

    (folder / "2" / REFERENCE).unlink()  # as where the preparation was stopped
    step.make(small, folder, silent)
    assert ready == [0, 1, 1]


def test_networks_that_are_given_are_not_trained(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path, networks=("Ours=a.onnx", "iresnet18=b.pt"))
    one, two = wanted(settings)
    assert (one.title, one.network, one.weights) == ("Ours", "onnx:a.onnx", None)
    assert (two.title, two.network, two.weights) == ("iresnet18", "iresnet18", "b.pt")
    assert not one.pretraining
    assert not two.pretraining


def test_people_of_networks_gallery_and_thresholds_are_apart() -> None:
    seeds = [one.pretraining["faces"]["seed"] for one in wanted(Settings())]
    assert len({*seeds, 77, 8103}) == 4


def test_photos_that_are_not_there_are_said(tmp_path: Path) -> None:
    settings = Settings(folder=tmp_path, faces=f"folder:{tmp_path / 'absent'}")
    with pytest.raises(SourceError):
        gallery_people.choose(settings, tmp_path / "cache", silent)
