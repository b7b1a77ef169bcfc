"""The preparation of pixels of embedders, where nobody says it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

from audit.scan.embedders.compared import Embedding, strangers
from faceaudit.audit.scan.embedders.asking import one_each, split_strangers
from faceaudit.audit.scan.embedders.preparation import (
    CLEARLY,
    PreparedEmbedder,
    altered,
    prepared_embedder,
)
from faceaudit.audit.scan.preparation import OWN, USUAL, best_way
from faceaudit.errors import InputError
from faceaudit.networks.common.preprocessing import Preprocessing
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test import EmbedderUnderTest, SystemUnderTest
from faceaudit.types import FaceSet, FloatArray, IntArray


class Told(Embedding):
    """People are as far apart as it is told; with 0 no answer is finite."""

    def __init__(self, apart: float) -> None:
        super().__init__(spread=1.0)
        self.apart = apart

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        if not self.apart:
            raise InputError("expected finite numbers of each photo, got others")
        return super().embed(faces, rows)

    def _one(self, id_: str) -> FloatArray:
        person, _, number = id_.removesuffix("+altered").partition("/")
        place = int(number) + (500 if id_.endswith("+altered") else 0)
        found = self.apart * self.people[int(person[1:])] + self.photos[place]
        return np.asarray(found, dtype=np.float32)


class Door(SystemUnderTest):
    """A file whose network tells people apart under one preparation best."""

    name: ClassVar[str] = "file"
    paper: ClassVar[str] = "none of 2026"
    path: str = "/nowhere.safetensors"
    right: Preprocessing | None = None
    own: float = 0.5
    others: float = 0.4
    preprocessing: Preprocessing | None = None

    def open(
        self, *, cache: Path, device: str = "auto", progress: Progress = silent
    ) -> EmbedderUnderTest:
        del cache, device, progress
        if self.preprocessing is None:
            return Told(self.own)
        return Told(2.0 if self.preprocessing == self.right else self.others)


def open_(door: SystemUnderTest) -> EmbedderUnderTest:
    opened = door.open(cache=Path())
    assert isinstance(opened, EmbedderUnderTest)
    return opened


def prepared(door: Door, faces: FaceSet | None = None, seed: int = 1) -> PreparedEmbedder:
    shown = strangers() if faces is None else faces
    return prepared_embedder(door, open_(door), shown, open_, fmr=0.02, seed=seed)


@pytest.mark.parametrize("name", USUAL)
def test_the_way_that_tells_people_apart_best_is_taken(name: str) -> None:
    found = prepared(Door(right=USUAL[name]))
    assert [one.name for one in found.tried if one.taken] == [name]
    assert isinstance(found.system, Told)
    assert found.system.apart == 2.0
    assert {one.alike for one in found.tried} == {"two photos of one person"}


def test_where_strangers_have_one_photo_each_it_is_compared_with_an_altered_copy() -> None:
    faces = one_each(strangers(), 1000)
    found = prepared(Door(right=USUAL["BGR, x / 255"]), faces)
    assert [one.name for one in found.tried if one.taken] == ["BGR, x / 255"]
    assert {one.alike for one in found.tried} == {"a photo and an altered copy"}


def test_altered_copies_are_other_pixels_under_other_ids() -> None:
    faces = strangers(10)
    copies = altered(faces)
    assert copies.size == faces.size
    assert not set(copies.ids) & set(faces.ids)
    before, after = faces.images.astype(np.float64), copies.images.astype(np.float64)
    assert after.mean() == pytest.approx(0.75 * (before.mean() - 128) + 100, abs=0.5)
    assert after.std() == pytest.approx(0.75 * before.std(), rel=0.02)
    moved = np.roll(before[:, :, ::-1], (1, 0), axis=(1, 2))  # 24 x 20: one row, no column
    assert np.corrcoef(moved.ravel(), after.ravel())[0, 1] > 0.999


def test_the_own_way_is_kept_where_no_other_is_clearly_better() -> None:
    better = prepared(Door(own=1.0, others=0.9, right=USUAL["RGB, x / 255"]))
    assert [one.name for one in better.tried if one.taken] == ["RGB, x / 255"]
    close = prepared(Door(own=1.97, right=USUAL["RGB, x / 255"]))
    assert [one.name for one in close.tried if one.taken] == [OWN]
    separation = {one.name: one.separation for one in close.tried}
    own, other = separation[OWN], separation["RGB, x / 255"]
    assert own is not None
    assert other is not None
    assert own < other < own + CLEARLY


def test_another_way_must_be_better_by_a_share_and_by_a_distance() -> None:
    assert best_way({OWN: 0.5, "RGB": 0.7}, CLEARLY) == OWN
    assert best_way({OWN: 0.5, "RGB": 0.8}, CLEARLY) == "RGB"
    assert best_way({OWN: 5.0, "RGB": 5.4}, CLEARLY) == OWN
    assert best_way({OWN: 5.0, "RGB": 5.6}, CLEARLY) == "RGB"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_separation_and_passing_are_those_of_every_pair(seed: int) -> None:
    faces, system = strangers(), Told(0.7)
    own = next(one for one in prepared(Door(own=0.7), seed=seed).tried if one.name == OWN)
    found = system.embed(faces)
    unit = found / np.linalg.norm(found, axis=1, keepdims=True)
    cosines = unit @ unit.T
    person, count = faces.identity, len(faces)
    half = np.isin(person, split_strangers(faces, seed)[0].identity)
    same = [(row, row + 1) for row in range(0, count, 2)]
    different = [
        (row, (row + step) % count)
        for row in range(count)
        for step in range(1, 21)
        if person[row] != person[(row + step) % count]
    ]
    apart = [np.array([cosines[pair] for pair in pairs]) for pairs in (same, different)]
    spread = np.sqrt((apart[0].var() + apart[1].var()) / 2)
    assert own.separation == pytest.approx((apart[0].mean() - apart[1].mean()) / spread, rel=1e-4)
    fixing = np.sort([cosines[a, b] for a, b in different if half[a] and half[b]])
    limit = fixing[len(fixing) - 1 - int(0.02 * len(fixing))]
    counted = [cosines[a, b] > limit for a, b in same if not half[a]]
    assert own.passing == pytest.approx(np.mean(counted))


def test_a_way_without_finite_answers_falls_away() -> None:
    found = prepared(Door(own=0.0, right=USUAL["RGB, 0 to 255"]))
    by_name = {one.name: one for one in found.tried}
    assert by_name[OWN].separation is None
    assert by_name["RGB, 0 to 255"].taken
    wrong = prepared(Door(own=2.0, others=0.0))
    assert [one.name for one in wrong.tried if one.taken] == [OWN]


def test_a_way_that_is_said_is_taken_without_trying_others() -> None:
    said = prepared(Door(preprocessing=USUAL["RGB, x / 255"], others=0.3))
    assert said.tried == ()
    assert isinstance(said.system, Told)
    assert said.system.apart == 0.3
