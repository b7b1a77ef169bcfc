"""Names of the figures of master-face and evasion audits."""

from __future__ import annotations

import pytest

from faceaudit.records.evasion import NOISE, SUCCESS, evaded_at
from faceaudit.records.master_face import CHANCE, COVERED, covered_at, expected_cover


def test_no_two_figures_share_a_name() -> None:
    names = {
        covered_at(metric, fmr, faces, on)
        for metric in (COVERED, CHANCE)
        for fmr in (0.01, 0.001)
        for faces in (1, 11)
        for on in ("a", "a + b")
    }
    assert len(names) == 16
    assert evaded_at(SUCCESS, 0.01, "a") != evaded_at(NOISE, 0.01, "a")


@pytest.mark.parametrize(("fmr", "faces"), [(0.01, 1), (0.01, 9), (0.001, 3)])
def test_what_is_expected_is_that_not_all_faces_fail(fmr: float, faces: int) -> None:
    failed = 1.0
    for _ in range(faces):
        failed *= 1 - fmr
    assert expected_cover(fmr, faces) == pytest.approx(1 - failed)
