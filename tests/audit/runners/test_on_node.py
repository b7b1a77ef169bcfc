"""What a machine of a cluster does with a job: folders of its own, letters, the same pseudonyms."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from faceaudit.audit.common.job import Job
from faceaudit.audit.runners import on_node
from faceaudit.audit.runners.logs import log_file
from faceaudit.audit.runners.on_node import MailBox, clean, local_work, run, temporary_folder
from faceaudit.errors import StoreError
from faceaudit.store import CaseRecord, Store
from faceaudit.store.pseudonyms import pseudonym

JOB = Job("backdoor", "abc", "deepid pristine", {}, 0, {}, {"seed": 0})
SECRET = bytes(32)


class Box:
    """A mail box that is asked as an actor of Ray is."""

    def __init__(self) -> None:
        self.box = MailBox()
        self.letters = 0
        self.put = self

    def remote(self, case: str, messages: list[Any]) -> None:
        self.letters += 1
        self.box.put(case, messages)


@pytest.fixture(autouse=True)
def forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(on_node, "_WORK", {})
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    monkeypatch.delenv("FACEAUDIT_CACHE", raising=False)


def executing(monkeypatch: pytest.MonkeyPatch, execute: Any) -> None:
    class Kind:
        def execute(self, job: Job, store: Store, work: Any) -> CaseRecord:
            return execute(job, store, work)  # type: ignore[no-any-return]

    monkeypatch.setattr("faceaudit.audit.runners.base.kind_of", lambda _: Kind())


def asked(store: Store, box: Box, *, wait: bool = False) -> dict[str, Any]:
    return run(JOB.as_json(), store.url, box, wait=wait, faces=False, secret=SECRET)


def test_a_job_is_run_kept_and_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def execute(job: Job, store: Store, work: Any) -> CaseRecord:
        with work.progress.task("train", 300) as advance:
            for _ in range(300):
                advance(1)
        os.write(2, b"a library says\n")
        work.discretion.know_people(["Ada Lovelace"])
        return CaseRecord(job.id, job.spec, facts={"target": "Ada Lovelace"})

    executing(monkeypatch, execute)
    store, box = Store(tmp_path / "store"), Box()
    assert asked(store, box) == {"done": True, "kept": False}
    assert store.case("abc").facts == {"target": pseudonym("person", "Ada Lovelace", SECRET)}
    told = box.box.take()
    assert {case for case, _ in told} == {"abc"}
    assert sum(message.get("steps", 0) for _, message in told) == 300
    assert len(told) < 20, "steps are added up"
    assert box.letters < 5
    assert box.box.take() == []
    log = log_file(local_work(store, faces=False, secret=SECRET), "abc").read_text()
    assert "a library says" in log
    assert asked(store, Box()) == {"done": True, "kept": True}


def test_a_failure_is_a_record_and_a_full_disk_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> CaseRecord:
        raise ValueError("no such thing")

    executing(monkeypatch, fail)
    store = Store(tmp_path / "store")
    assert asked(store, Box()) == {"done": True, "kept": False}
    assert store.case("abc").error == "ValueError: no such thing"

    def full(*_: object) -> CaseRecord:
        raise OSError(28, "full")

    executing(monkeypatch, full)
    said = asked(store, Box())
    assert said["unkept"].startswith("expected room to write, got No space left on device")


def test_one_that_another_run_is_at_is_left_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executing(monkeypatch, lambda job, *_: CaseRecord(job.id, job.spec))
    store = Store(tmp_path / "store")
    with store.alone("cases", "abc"):
        assert asked(store, Box()) == {"done": False, "kept": False}
    assert asked(store, Box()) == {"done": True, "kept": False}


def test_tasks_of_a_store_elsewhere_share_a_folder_until_it_is_cleaned() -> None:
    store = Store("memory://audit")
    first = local_work(store, faces=False, secret=SECRET)
    assert first.root == temporary_folder("memory://audit")
    assert first.root.stat().st_mode & 0o077 == 0
    assert local_work(store, faces=False, secret=SECRET) is first
    assert local_work(store, faces=True, secret=SECRET) is not first
    assert temporary_folder("memory://other") != first.root
    (first.root / "pack").write_text("photos")
    clean("memory://audit")
    assert not first.root.exists()
    assert local_work(store, faces=False, secret=SECRET) is not first
    clean("memory://never")


def test_a_folder_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    above = temporary_folder("memory://audit").parent
    above.mkdir(mode=0o777)
    above.chmod(0o777)
    with pytest.raises(StoreError, match="to be this user's alone, got another's; set TMPDIR or"):
        local_work(Store("memory://audit"), faces=False, secret=None)
    above.rmdir()
    above.symlink_to(tmp_path, target_is_directory=True)
    with pytest.raises(StoreError, match="to be this user's alone"):
        local_work(Store("memory://audit"), faces=False, secret=None)


def test_the_folder_of_the_cache_is_used_where_it_is_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path / "cache"))
    work = local_work(Store("memory://audit"), faces=False, secret=None)
    assert work.root == tmp_path / "cache"
