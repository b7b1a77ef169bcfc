from __future__ import annotations

import re
from itertools import combinations
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest

from faceaudit.records.membership import score_column
from faceaudit.report.drawing.label_placement import Box, place_labels
from faceaudit.report.membership.cases import ComparableCases, comparable_cases
from faceaudit.report.membership.frontier import frontier_points, frontier_rows
from faceaudit.report.membership.frontier_chart import frontier_chart
from faceaudit.report.membership.roc_chart import curves, roc_chart
from faceaudit.store import CaseRecord
from faceaudit.types import Evidence
from report.membership.samples import OVERLAP, membership_audit, membership_case


def setting(*records: CaseRecord) -> ComparableCases:
    return comparable_cases(records)[0]


def labels(svg: Any) -> str:
    return " ".join(re.findall(r"<text[^>]*>([^<]+)</text>", str(svg)))


def scored(members: list[float], nonmembers: list[float]) -> CaseRecord:
    """Make a case with these scores of pairs, and one of a person that must not count."""
    record = membership_case("none", evidence=False)
    scores = [*members, *nonmembers, 99.0, np.nan]
    evidence = Evidence(
        tuple(str(place) for place in range(len(scores))),
        {
            "level": np.array(["pair"] * (len(scores) - 2) + ["identity", "pair"]),
            "target": np.arange(len(scores)) % 2,
            "member": np.array([True] * len(members) + [False] * (len(nonmembers) + 2)),
            score_column("lira", "served"): np.array(scores),
        },
    )
    return CaseRecord(record.id, record.spec, record.facts, record.figures, evidence)


def test_rates_are_those_of_a_count_by_hand() -> None:
    rng = np.random.default_rng(1)
    members, nonmembers = rng.normal(0.5, 1, 300).round(1), rng.normal(0, 1, 250).round(1)
    (curve,) = curves(setting(scored(members.tolist(), nonmembers.tolist())))
    for fpr in (0.01, 0.05, 0.1, 0.5):
        thresholds = np.concatenate([members, nonmembers, [np.inf]])
        allowed = [t for t in thresholds if (nonmembers >= t).mean() <= fpr]
        assert curve.tpr(fpr) == max((members >= t).mean() for t in allowed)
    assert curve.tpr(0.001) is None
    assert curve.row[2] == "too few non-members"
    assert curve.row[-2:] == ("300", "250")
    assert curve.targets == 2


def test_a_rate_that_is_just_reached_counts() -> None:
    nonmembers = [float(number) for number in range(100)]
    (curve,) = curves(setting(scored([89.5, 90.5, 98.5, 50.0], nonmembers)))
    assert curve.tpr(0.1) == 0.75
    assert curve.tpr(0.09) == 0.5


def test_axes_begin_where_one_nonmember_can_be_seen() -> None:
    few = curves(setting(scored([1.0, 2.0] * 20, [0.0, 1.0] * 10)))
    assert "0.1" not in labels(roc_chart(few, name="r")).replace("10", "")
    many = curves(setting(membership_case()))
    assert "0.1" in labels(roc_chart(many, name="r"))


def test_no_scores_no_curves() -> None:
    assert curves(setting(membership_case(evidence=False))) == ()
    assert roc_chart((), name="r") is None
    assert frontier_chart((), name="f") is None


def test_charts_are_sound_and_their_ids_their_own() -> None:
    one = setting(*membership_audit())
    drawn = [
        str(chart)
        for name in "ab"
        for chart in (
            roc_chart(curves(one), name=f"roc-{name}"),
            frontier_chart(frontier_points(one), name=f"frontier-{name}"),
        )
    ]
    seen: set[str] = set()
    for svg in drawn:
        ElementTree.fromstring(svg)
        ids = re.findall(r' id="([^"]+)"', svg)
        assert len(ids) == len(set(ids))
        assert not seen & set(ids)
        seen |= set(ids)
        assert not re.search(r"#[0-9a-fA-F]{6}\b", svg)
    assert drawn[0].replace("roc-a", "") == drawn[2].replace("roc-b", "")


def test_every_mitigation_is_labelled() -> None:
    one = setting(*membership_audit())
    words = labels(frontier_chart(frontier_points(one), name="f"))
    for case in one.cases:
        assert set(case.title.split()) <= set(words.split())
    assert "not to be relied on" in words.replace("(", "")


def test_the_best_are_those_that_none_beats() -> None:
    points = frontier_points(setting(*membership_audit()))
    valid = [point for point in points if not point.flawed]
    for point in points:
        beaten = any(
            other.accuracy.value >= point.accuracy.value
            and other.leak.value <= point.leak.value
            and other is not point
            for other in valid
        )
        assert point.best == (not point.flawed and not beaten)
    assert sum(point.best for point in points) == 5


def test_leaks_of_people_are_drawn() -> None:
    one = setting(membership_case("none", at={"identity": 0.75, "pair": 0.6}))
    (point,) = frontier_points(one)
    assert point.leak.value == 0.75
    assert frontier_rows(one)[0].leak.value == "0.750"
    words = labels(frontier_chart((point,), name="f"))
    assert "AUC of the strongest attack, people (0.5 is chance)" in words


def test_changed_answers_are_beaten_by_no_lower_figure_of_the_answers() -> None:
    none = membership_case("none", accuracy=0.87, adaptive=0.66)
    rounding = membership_case("rounding", accuracy=0.87, adaptive=0.70, post_processing=True)
    retrained = membership_case("selena", accuracy=0.87, adaptive=0.70)
    for case, best in ((rounding, True), (retrained, False)):
        points = {point.title: point for point in frontier_points(setting(none, case))}
        assert points[setting(case).cases[0].title].best is best
        assert points["No mitigation"].leak.value == 0.66


def test_the_table_has_what_cannot_be_drawn() -> None:
    one = setting(
        membership_case("none"),
        membership_case(adaptive=None),
        membership_case("selena", gate=[OVERLAP]),
    )
    assert len(frontier_points(one)) == 2
    rows = frontier_rows(one)
    assert rows[1].leak.note == "not measured: the verifier could not be asked"
    assert rows[2].leak.flaw == rows[2].accuracy.flaw == "not to be relied on"
    assert rows[0].change == ""


def apart(one: Box, other: Box) -> bool:
    return one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]


@pytest.mark.parametrize("seed", range(6))
def test_labels_lie_over_no_other_and_over_no_point(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = [(float(x), float(y)) for x, y in rng.uniform(100, 170, (8, 2))]
    sizes = [(float(width), 22.0) for width in rng.uniform(30, 110, 8)]
    frame = (46.0, 42.0, 300.0, 290.0)
    placed = place_labels(points, sizes, [], frame)
    assert placed is not None
    boxes = [one.box for one in placed]
    assert all(apart(one, other) for one, other in combinations(boxes, 2))
    for (x, y), (left, bottom, right, top) in [(p, b) for p in points for b in boxes]:
        assert not (left < x < right and bottom < y < top)
    for (left, bottom, right, top), (width, height) in zip(boxes, sizes, strict=True):
        assert (right - left, top - bottom) == pytest.approx((width, height))
        assert left >= frame[0]
        assert right <= frame[2] + 1e-6
        assert bottom >= frame[1]
        assert top <= frame[3] + 1e-6


def test_no_room_is_said_and_the_chart_grows() -> None:
    assert place_labels([(5.0, 5.0)] * 2, [(30.0, 10.0)] * 2, [], (0.0, 0.0, 40.0, 12.0)) is None
    many = [
        membership_case(f"m{number}", title=f"A mitigation with a long name, number {number}")
        for number in range(24)
    ]
    svg = str(frontier_chart(frontier_points(setting(*many)), name="f"))
    height = float(re.findall(r'viewBox="0 0 \S+ (\S+)"', svg)[0])
    assert height > 300
    assert all(f" {number}" in labels(svg) for number in range(24))
