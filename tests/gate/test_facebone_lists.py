"""FaceBone's own lists of pairs, which come with its code, counted by Python's sets."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

from faceaudit.gate import Gate, examine, read_list

Rows = list[tuple[str, str, str]]


@pytest.fixture(scope="module")
def rows(real_data: Path) -> tuple[Rows, Rows]:
    found = []
    for part in ("train", "test"):
        with (real_data / "lfw" / f"facebone_{part}.csv").open(newline="") as file:
            found.append([tuple(row) for row in csv.reader(file)][1:])
    return found[0], found[1]  # type: ignore[return-value]


@pytest.fixture(scope="module")
def gate(real_data: Path) -> Gate:
    lists = (read_list(real_data / "lfw" / f"facebone_{part}.csv") for part in ("train", "test"))
    return examine(*lists, fitted_in_sample=True, adaptive=False, rng=np.random.default_rng(0))


@pytest.mark.realdata
def test_what_fails(gate: Gate) -> None:
    assert not gate.valid
    failed = {check.name for check in gate.failed}
    assert {"shared photos", "shared people", "equal sizes", "scored apart"} <= failed
    figures = {check.name: check.figures for check in gate.checks}
    assert figures["shared photos"]["shared"] == 646
    assert figures["shared people"]["shared"] == 450
    assert (figures["equal sizes"]["members"], figures["equal sizes"]["nonmembers"]) == (5264, 1316)
    assert figures["equal sizes"]["always_member"] == pytest.approx(0.8)
    said = {check.name: check.message for check in gate.checks}
    assert said["shared photos"].startswith("646 photos are in both lists")
    assert said["shared people"].startswith("450 people are in both lists")
    assert "right for 0.8 of them" in said["equal sizes"]


@pytest.mark.realdata
def test_counts_as_sets_count_them(gate: Gate, rows: tuple[Rows, Rows]) -> None:
    figures = {check.name: check.figures for check in gate.checks}
    pairs = [{frozenset(row[:2]) for row in part} for part in rows]
    assert figures["shared pairs"]["shared"] == len(pairs[0] & pairs[1])
    for name, key in (
        ("shared photos", lambda photo: photo),
        ("shared people", lambda photo: photo.rpartition("_")[0]),
    ):
        sets = [{key(photo) for row in part for photo in row[:2]} for part in rows]
        both = sets[0] & sets[1]
        assert figures[name]["shared"] == len(both)
        touched = sum(any(key(photo) in both for photo in row[:2]) for row in rows[1])
        assert figures[name]["nonmember_pairs"] == touched
    for at, side in enumerate(("members", "nonmembers")):
        share = np.mean([row[2] == "1" for row in rows[at]])
        assert figures["labels"][side] == pytest.approx(share)


@pytest.mark.realdata
def test_a_blind_baseline_sees_little(gate: Gate) -> None:
    """Their pairs were dealt at random, so that no name tells a member: other checks fail."""
    (check,) = (check for check in gate.checks if check.name == "blind baseline")
    assert check.figures["high"] - check.figures["low"] < 0.15
    assert abs(check.figures["auc"] - 0.5) < 0.05
