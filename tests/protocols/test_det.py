"""Drawings of few comparisons."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from faceaudit.protocols import Verification
from faceaudit.protocols.comparisons import NO_FOLD, Comparisons
from faceaudit.protocols.det import draw_det


@pytest.mark.parametrize("each", [1, 2, 3])
def test_as_few_as_one_comparison_of_each_kind_are_drawn(tmp_path: Path, each: int) -> None:
    count = 2 * each
    ids = [tuple(f"{side}{row}" for row in range(count)) for side in "ab"]
    same = np.arange(count) < each
    score = np.linspace(1, 0, count)
    compared = Comparisons(*ids, same, np.full(count, NO_FOLD), score)
    result = Verification(convention="exact", fars=(0.5,), fmrs=(0.5,)).judge(compared)
    draw_det({"few": result}, tmp_path / "det.svg")
    assert "FNMR" in (tmp_path / "det.svg").read_text()
