"""Names of the figures of master-key audits."""

from __future__ import annotations

import pytest

from faceaudit.records import master_key
from faceaudit.records.master_key import at, expected_cover, rate_point


def test_no_two_figures_share_a_name() -> None:
    metrics = [
        value
        for name, value in vars(master_key).items()
        if name.isupper() and name not in ("KIND", "OWN")
    ]
    points = (master_key.OWN, rate_point(0.01), rate_point(0.001))
    assert len({at(metric, point) for metric in metrics for point in points}) == 13 * 3


@pytest.mark.parametrize(("fmr", "photos"), [(0.01, 1), (0.2, 5)])
def test_what_is_expected_is_that_not_all_photos_fail(fmr: float, photos: int) -> None:
    failed = 1.0
    for _ in range(photos):
        failed *= 1 - fmr
    assert expected_cover(fmr, photos) == pytest.approx(1 - failed)
