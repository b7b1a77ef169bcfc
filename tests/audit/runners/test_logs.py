"""A log a case: what it was at, what became of it, and what was printed meanwhile."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import pytest

from faceaudit.audit.common.job import Job
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.runners import logs
from faceaudit.audit.runners.logs import log_end, log_file, logged, output_logged
from faceaudit.progress import silent
from faceaudit.store import CaseRecord

JOB = Job("backdoor", "abc", "deepid pristine", {}, 0, {}, {})


def kept(work: Workspace) -> list[str]:
    """Return the lines of the log without their times."""
    lines = log_file(work, JOB.id).read_text("utf-8").splitlines()
    return [re.sub(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00 ", "", line) for line in lines]


def test_work_is_kept_with_its_time_and_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "EVERY", 0.0)
    work = Workspace(tmp_path)
    with logged(JOB, work) as logging:
        with logging.progress.task("train", 10) as advance:
            advance(4)
            advance(3)
        logging.progress.note("halfway")
        log_end(CaseRecord("abc", {}), logging)
    first, *lines = kept(work)
    assert first == f"deepid pristine: begun by process {os.getpid()}, case abc"
    assert lines[:3] == ["train of 10", "train: 4 of 10", "train: 7 of 10"]
    assert re.fullmatch(r"train: done after \d+\.\d s", lines[3])
    assert lines[4:] == ["halfway", "done"]


def test_steps_are_told_now_and_then_alone(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    with logged(JOB, work) as logging, logging.progress.task("train", None) as advance:
        for _ in range(100):
            advance(1)
    assert kept(work)[1] == "train"
    assert len(kept(work)) == 3


def test_a_failure_is_kept_with_its_traceback_and_a_second_try_behind_it(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    with logged(JOB, work) as logging:
        log_end(CaseRecord("abc", {}, error="expected 1", traceback="Traceback: here"), logging)
    with logged(JOB, work) as logging:
        log_end(CaseRecord("abc", {}), logging)
    assert [line.partition(": begun")[0] for line in kept(work)] == [
        "deepid pristine",
        "failed: expected 1",
        "Traceback: here",
        "deepid pristine",
        "done",
    ]


def test_what_a_library_prints_goes_into_the_log(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    with output_logged(JOB, work):
        os.write(1, b"printed\n")
        os.write(2, b"warned\n")
    os.write(2, b"")
    assert kept(work) == ["printed", "warned"]


def test_what_is_printed_and_still_held_back_goes_where_it_belongs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work = Workspace(tmp_path)
    with open(1, "w", encoding="utf-8", closefd=False) as held_back:
        monkeypatch.setattr(sys, "stdout", held_back)
        sys.stdout.write("before\n")
        with output_logged(JOB, work):
            sys.stdout.write("within\n")
        sys.stdout.write("after\n")
        monkeypatch.undo()
    assert kept(work) == ["within"]


def test_a_disk_that_is_full_of_logs_keeps_no_case_from_running(tmp_path: Path) -> None:
    work = Workspace(tmp_path)
    (tmp_path / "logs").mkdir()
    log_file(work, JOB.id).symlink_to("/dev/full")
    with logged(JOB, work) as logging:
        logging.progress.note("halfway")
        log_end(CaseRecord("abc", {}), logging)


def test_a_log_that_cannot_be_written_keeps_no_case_from_running(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("in the way")
    work = Workspace(tmp_path)
    with logged(JOB, work) as logging, output_logged(JOB, work):
        assert logging is work
        log_end(CaseRecord("abc", {}), logging)
    assert work.progress is silent


def test_only_their_user_reads_logs(tmp_path: Path) -> None:
    work = Workspace(tmp_path / "cache")
    with logged(JOB, work):
        pass
    assert log_file(work, JOB.id).parent.stat().st_mode & 0o077 == 0
