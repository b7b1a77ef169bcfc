"""The speed of rendering: told by `pytest -s`, not asserted, as machines differ."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from faceaudit.faces.sources.synthetic import Synthetic


@pytest.mark.slow
@pytest.mark.parametrize("size", [(55, 47), (64, 64), (112, 112), (224, 224)])
def test_speed(tmp_path: Path, size: tuple[int, int]) -> None:
    people = Synthetic(people=20)
    wall, core = time.perf_counter(), time.process_time()
    photos = len(people.load(size, cache=tmp_path).faces)
    wall, core = time.perf_counter() - wall, time.process_time() - core
    busy = os.getloadavg()[0]
    print(  # noqa: T201
        f"\n{size}: {photos / wall:.0f} faces/s, {1000 * core / photos:.2f} core-ms a face, "
        f"{core / wall:.2f} cores used, load {busy:.1f}"
    )
    assert photos == 1800
