"""faceaudit.train_embedder: trained once a store, what a plan finds again, what is refused."""

from __future__ import annotations

from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import faceaudit
from faceaudit.errors import OptionError, SplitError, UnknownName
from faceaudit.progress import Advance, Silent

PEOPLE = {"source": "synthetic", "people": 4, "photos": 6, "sessions": 2, "seed": 5}
SPLIT = {"train": 4, "validation": 1, "test": 1, "donors": 0}
OPTIONS: dict[str, Any] = {"split": SPLIT, "training": {"epochs": 1, "batch": 8}}
SMALL = {"network": "deepid", "width": 0.1}


class Heard(Silent):
    """Remembers what work was done."""

    def __init__(self) -> None:
        self.titles: list[str] = []

    def task(self, title: str, total: int | None) -> AbstractContextManager[Advance]:
        self.titles.append(title)
        return super().task(title, total)

    @property
    def trained(self) -> bool:
        return any("pretrain" in title for title in self.titles)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one trained network."""
    folder = tmp_path_factory.mktemp("trained")
    heard = Heard()
    faceaudit.train_embedder(SMALL, PEOPLE, store=folder, progress=heard, **OPTIONS)
    assert heard.trained
    return folder


def test_it_embeds_photos_of_its_size(store: Path) -> None:
    embedder = faceaudit.train_embedder(SMALL, PEOPLE, store=store, **OPTIONS)
    faces = faceaudit.load_faces(PEOPLE, embedder.size).faces
    embedded = faceaudit.embed(embedder, np.array(faces.images[:3]))
    assert embedded.shape == (3, embedder.embedding_size)
    assert np.isfinite(embedded).all()


def test_the_same_training_is_not_done_again(store: Path) -> None:
    heard = Heard()
    again = faceaudit.train_embedder(SMALL, PEOPLE, store=store, progress=heard, **OPTIONS)
    assert not heard.trained
    first = faceaudit.train_embedder(SMALL, PEOPLE, store=store, **OPTIONS)
    assert first.id == again.id


@pytest.mark.parametrize("more", [{"seed": 1}, {"margin": 0.2}, {"training": {"epochs": 2}}])
def test_another_training_is_another_network(store: Path, more: dict[str, Any]) -> None:
    heard = Heard()
    before = faceaudit.train_embedder(SMALL, PEOPLE, store=store, **OPTIONS)
    after = faceaudit.train_embedder(
        SMALL, PEOPLE, store=store, progress=heard, **{**OPTIONS, **more}
    )
    assert heard.trained
    assert before.id != after.id


def test_a_plan_with_the_same_options_finds_it(store: Path) -> None:
    section = {
        "faces": {"source": "synthetic", "people": 60, "photos": 2, "sessions": 2, "seed": 2},
        "embedders": [{"network": SMALL, "pretraining": {"faces": PEOPLE, **OPTIONS}}],
        "parties": {"attacked": 16},
        "protections": ["none"],
        "photos": [30],
        "fmrs": [0.1],
        "fpirs": [0.1],
    }
    heard = Heard()
    plan = {"title": "found again", "seeds": [0], "linkage": section}
    done = faceaudit.run(plan, store=store, report=False, progress=heard)
    assert done.ran
    assert not done.failed
    assert not heard.trained


def test_what_cannot_be_trained_is_refused(tmp_path: Path) -> None:
    store = tmp_path / "store"
    with pytest.raises(UnknownName):
        faceaudit.train_embedder("deepidd", PEOPLE, store=store)
    with pytest.raises(OptionError, match="width"):
        faceaudit.train_embedder({"network": "deepid", "width": -1}, PEOPLE, store=store)
    with pytest.raises(OptionError, match="epochs"):
        faceaudit.train_embedder("deepid", PEOPLE, training={"epochs": 0}, store=store)
    with pytest.raises(OptionError, match="margin"):
        faceaudit.train_embedder("deepid", PEOPLE, margin=-1, store=store)
    with pytest.raises(SplitError):
        faceaudit.train_embedder(
            "deepid", {**PEOPLE, "photos": 2}, split={**SPLIT, "minimum": 5}, store=store
        )
    assert not (store / "systems").exists() or not list((store / "systems").iterdir())


def test_a_network_that_is_a_file_learns_nothing(tmp_path: Path) -> None:
    file = tmp_path / "network.onnx"
    file.write_bytes(b"")
    with pytest.raises(OptionError, match="load_network"):
        faceaudit.train_embedder(f"onnx:{file}", PEOPLE, store=tmp_path / "store")
