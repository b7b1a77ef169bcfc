"""Timings of this machine: what they measure, and when they are measured anew."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from faceaudit.audit import calibration
from faceaudit.audit.calibration import Stopwatch, Timing, timing_of
from faceaudit.audit.common.workload import Work
from faceaudit.audit.forecast import at_a_time
from faceaudit.networks import networks
from faceaudit.training import Training

NETWORK = networks.build({"network": "deepid", "width": 0.2})


@pytest.mark.parametrize(("load", "clock"), [(0.0, True), (1e6, False)])
def test_a_crowd_does_not_count(monkeypatch: pytest.MonkeyPatch, load: float, clock: bool) -> None:
    monkeypatch.setattr(os, "getloadavg", lambda: (load, load, load))
    watch = Stopwatch(1)
    time.sleep(0.2)  # the clock goes on, no processor is used
    assert (watch.seconds() >= 0.2) is clock


def work(**changed: object) -> Work:
    options = {"kind": "train", "steps": 1, "network": NETWORK, "training": Training(batch=8)}
    return Work(**{**options, **changed})  # type: ignore[arg-type]


def test_what_was_timed_is_remembered_for_a_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path))
    timed: list[Work] = []

    def measure(work: Work) -> Timing:
        timed.append(work)
        return Timing(float(len(timed)))

    monkeypatch.setattr(calibration, "_MEASURES", {"train": measure, "embed": measure})
    assert timing_of(work()) == timing_of(work(steps=99)) == Timing(1.0)
    others = [
        work(kind="embed"),
        work(training=Training(batch=9)),
        work(training=Training(batch=8, threads=1)),
        work(classes=9),
        work(network=networks.build("deepid")),
    ]
    assert [timing_of(other) for other in others] == [Timing(2.0 + n) for n in range(5)]
    (oldest, *_) = sorted((tmp_path / "timings").iterdir(), key=lambda file: file.stat().st_mtime)
    a_day_ago = time.time() - calibration.DAY - 1
    os.utime(oldest, (a_day_ago, a_day_ago))
    assert timing_of(work()) == Timing(7.0), "anew after a day"
    for file in (tmp_path / "timings").iterdir():
        file.write_text("{")
    assert timing_of(work()) == Timing(8.0), "what cannot be read is timed again"


def test_networks_are_timed_by_the_photo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path))
    for kind in ("train", "embed", "recognise"):
        timing = timing_of(work(kind=kind))
        assert timing is not None
        assert 0 < timing.seconds < 1, "one photo of a tiny network"


@pytest.mark.parametrize(
    ("threads", "jobs", "expected"), [(1, 9, 4), (2, 9, 2), (3, 9, 1), (1, 2, 2), (None, 1, 1)]
)
def test_how_many_run_side_by_side(
    monkeypatch: pytest.MonkeyPatch, threads: int | None, jobs: int, expected: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1, 2, 3})
    assert at_a_time(work(training=Training(threads=threads), jobs=jobs)) == expected
