"""The chart of success against the false match rate: what is drawn is counted from raw scores."""

from __future__ import annotations

import numpy as np

from faceaudit.records.inversion import LOOK_ALIKE, PHOTO
from faceaudit.report.inversion.runs import template_runs
from faceaudit.report.inversion.success_chart import success_chart, success_lines
from report.inversion.samples import template_case

SCORES = {"a": 0.6, "b": 0.5, "c": 0.3, "d": float("nan")}


def runs(**changed: object):  # type: ignore[no-untyped-def]
    record = template_case(scores=SCORES, **changed)  # type: ignore[arg-type]
    assert record.evidence is not None
    for name, score in ((PHOTO, 0.9), (LOOK_ALIKE, 0.1)):
        record.evidence.columns[f"other:{name}"] = np.full((4, 2), score)  # type: ignore[index]
    return template_runs([record])


def test_each_point_is_the_share_of_all_tries_that_reach_the_threshold() -> None:
    (line,), (photo, alike) = success_lines(runs())
    # Thresholds of the sample's curve: 0.5 at 0.1 %, 0.4 at 1 %, 0.2 at 10 %.
    assert line.points == ((0.001, 2 / 4), (0.01, 2 / 4), (0.1, 3 / 4))
    assert [share for _, share in photo.points] == [1, 1, 1]
    assert [share for _, share in alike.points] == [0, 0, 0]


def test_references_are_those_of_the_attacked_networks_own_templates() -> None:
    foreign, own = (
        template_case(attack, scores=SCORES, origin=origin)
        for attack, origin in (("adapted", 1), ("search", 0))
    )
    for record, score in ((foreign, 0.1), (own, 0.9)):
        assert record.evidence is not None
        for name in (PHOTO, LOOK_ALIKE):
            record.evidence.columns[f"other:{name}"] = np.full((4, 2), score)  # type: ignore[index]
    _, (_, alike) = success_lines(template_runs([foreign, own]))
    assert [share for _, share in alike.points] == [1, 1, 1]


def test_it_says_the_same_in_words_and_escapes_what_attacks_are_called() -> None:
    drawn = success_chart(runs(attack="<b>odd</b>"), name="here")
    assert drawn is not None
    assert "<b>" not in drawn
    assert "50.0 % at FMR 0.1 %, 75.0 % at 10 %" in drawn
    assert 'id="here-title"' in drawn


def test_without_raw_scores_nothing_is_drawn() -> None:
    assert success_chart(template_runs([template_case()]), name="here") is None
    assert success_chart((), name="here") is None
