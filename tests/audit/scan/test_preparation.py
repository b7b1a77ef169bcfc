"""The preparation of pixels, where nobody says it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np

from faceaudit.audit.scan.preparation import OWN, USUAL, prepared
from faceaudit.networks.common.preprocessing import Preprocessing
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test import IdentifierUnderTest, SystemUnderTest
from faceaudit.types import FaceSet, IntArray
from mitigations.scan.planted import CLASSES, Planted, strangers


class Told(Planted):
    """Answers spread over as many people as it is told."""

    def __init__(self, people: int) -> None:
        super().__init__()
        self.people = people

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        count = len(faces) if rows is None else len(rows)
        return np.arange(count) % self.people


class Door(SystemUnderTest):
    """A file whose network answers sensibly under one preparation alone."""

    name: ClassVar[str] = "file"
    paper: ClassVar[str] = "none of 2026"
    path: str = "/nowhere.h5"
    right: Preprocessing | None = None
    own: int = 4
    preprocessing: Preprocessing | None = None

    def open(
        self, *, cache: Path, device: str = "auto", progress: Progress = silent
    ) -> IdentifierUnderTest:
        del cache, device, progress
        if self.preprocessing is None:
            return Told(self.own)
        return Told(20 if self.preprocessing == self.right else 3)


def open_(door: SystemUnderTest) -> IdentifierUnderTest:
    opened = door.open(cache=Path())
    assert isinstance(opened, IdentifierUnderTest)
    return opened


def test_the_way_under_which_answers_spread_the_widest_is_taken() -> None:
    for name, way in USUAL.items():
        found = prepared(Door(right=way), strangers(), open_)
        assert [one.name for one in found.tried if one.taken] == [name]
        assert round(max(one.people for one in found.tried)) == 20
        assert isinstance(found.system, Told)
        assert found.system.people == 20


def test_the_network_s_own_way_is_kept_where_no_other_is_clearly_better() -> None:
    found = prepared(Door(right=USUAL["RGB, x / 255"], own=19), strangers(), open_)
    assert [one.name for one in found.tried if one.taken] == [OWN]
    assert len(found.tried) == 1 + len(USUAL)


def test_a_way_that_is_said_is_taken_without_trying_others() -> None:
    said = Door(right=USUAL["RGB, x / 255"], preprocessing=USUAL["BGR, x / 255"])
    found = prepared(said, strangers(), open_)
    assert found.tried == ()
    assert isinstance(found.system, Told)
    assert found.system.people == 3
    assert CLASSES > 20
