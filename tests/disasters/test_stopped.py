"""A run that is stopped says what is kept and how to go on; a fault shows itself with --debug."""

from __future__ import annotations

import os
import shlex
import signal
import time
from pathlib import Path

import pytest

from disasters import runs
from disasters.conftest import Sound


@pytest.mark.parametrize(
    "number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)]
)
def test_a_stopped_run_says_what_is_kept_and_how_to_go_on(
    quick: Sound, tmp_path: Path, number: signal.Signals
) -> None:
    store = tmp_path / "audit"
    words = ["run", str(quick.plan), "--store", str(store)]
    begun = runs.begin(words, tmp_path / "logs")
    while begun.process.exitcode is None and not list(store.glob("cases/[0-9a-f]*/complete")):
        time.sleep(0.005)
    assert begun.process.pid is not None
    os.kill(begun.process.pid, number)
    assert begun.end() == 130, begun.text()
    assert f"stopped; kept in {store}: " in begun.complaint()
    assert " of 4 cases, and whatever was read and trained" in begun.complaint()
    *_, last = begun.text().splitlines()
    assert last == f"go on with: {shlex.join(['faceaudit', *words])}"
    begun = runs.begin(shlex.split(last)[4:], tmp_path / "logs")
    assert begun.end() == 0, begun.text()
    assert runs.differences(store, quick.left) == []


def test_where_it_went_wrong_is_shown_when_asked_for(quick: Sound, tmp_path: Path) -> None:
    taken = tmp_path / "a file"
    taken.touch()
    words = ["run", str(quick.plan), "--store", str(taken)]
    begun = runs.begin(words, tmp_path / "logs")
    assert begun.end() == 2
    assert "expected a store that can be written" in begun.complaint()
    begun = runs.begin(["--debug", *words], tmp_path / "logs")
    assert begun.end() == 2
    assert "Traceback (most recent call last)" in begun.text()
