"""A store that cannot be written is read, reported elsewhere, listed, verified and copied."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import fsspec
import pytest
from fsspec.implementations.memory import MemoryFileSystem

import faceaudit
from disasters import s3
from helpers.remote import line_to
from report.backdoor.samples import case, write_store


class Sealed(MemoryFileSystem):
    """What is at memory://, and nothing of it can be changed; root is refused like all others."""

    protocol = "sealed"

    @classmethod
    def _strip_protocol(cls, path: str) -> str:
        return str(super()._strip_protocol(path.replace("sealed://", "memory://")))

    def _open(self, path: str, mode: str = "rb", **options: Any) -> Any:
        if mode != "rb":
            self._refuse()
        return super()._open(path, mode, **options)

    def _refuse(self, *_: Any, **__: Any) -> NoReturn:
        raise PermissionError(13, "Read-only file system")

    makedirs = mkdir = rmdir = rm = rm_file = _rm = pipe_file = cp_file = touch = mv = _refuse


def use(url: str, folder: Path) -> None:
    """Do all that reads a store, and nothing that writes into it."""
    assert len(faceaudit.results(url)) > 5
    listed = faceaudit.list_store(url, cases=True, systems=True)
    assert listed.run is not None
    assert (listed.run.cases, listed.run.done) == (2, 2)
    assert faceaudit.verify_store(url).sound
    page = faceaudit.write_report(url, folder / "page.html")
    assert Path(page).stat().st_size > 10_000
    faceaudit.write_report(url, folder / "values.json")
    faceaudit.export_store(url, folder / "out.csv", evidence=True)
    assert faceaudit.copy_store(url, folder / "copied").whole
    assert faceaudit.verify_store(folder / "copied").sound
    faceaudit.clean_store(url)


def refused(url: str) -> None:
    """See that whatever writes says in a line that it cannot."""
    for write in (
        lambda: faceaudit.write_report(url),
        lambda: faceaudit.run("default", store=url),
        lambda: faceaudit.clean_store(url, remove=True),
        lambda: faceaudit.copy_store(elsewhere(), url),
    ):
        with pytest.raises((faceaudit.StoreError, faceaudit.InputError)) as raised:
            write()
        assert "can be written" in str(raised.value)
        assert "\n" not in str(raised.value)


def elsewhere() -> str:
    """Return a store that holds what all those of these tests do."""
    url = f"memory://{uuid.uuid4().hex}"
    write_into(url)
    return url


def write_into(url: str) -> None:
    write_store(url, [case(), case("accessory")])  # type: ignore[arg-type]


def test_on_a_file_system_that_refuses_writes(tmp_path: Path) -> None:
    fsspec.register_implementation("sealed", Sealed, clobber=True)
    url = elsewhere().replace("memory://", "sealed://")
    use(url, tmp_path)
    refused(url)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with s3.server() as port:
        yield port


def test_on_s3_by_a_policy_that_refuses_writes(
    port: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bucket = s3.Bucket(port)
    bucket.empty()
    with line_to(port, monkeypatch) as line:
        write_into(s3.URL)
        line.fault, line.failed = s3.read_only, 0
        use(s3.URL, tmp_path)
        assert line.failed == 0, "nothing was even tried"
        refused(s3.URL)
    bucket.close()


WATCHED = """
import os, sys
from pathlib import Path
root, out = sys.argv[1], Path(sys.argv[2])
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC
def refuse(event, arguments):
    paths = [os.fsdecode(one) for one in arguments[:2] if isinstance(one, (str, bytes))]
    changes = event in ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.link", "os.symlink",
                        "os.truncate", "os.chmod", "os.utime", "shutil.rmtree")
    opens = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
    if (changes or opens) and any(path == root or path.startswith(root + "/") for path in paths):
        raise PermissionError(13, f"{event} {paths}")
sys.addaudithook(refuse)
sys.path[:0] = sys.argv[3:]
from api import test_read_only_stores as tests
tests.use(root, out)
tests.refused(root)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    root = tmp_path / "audit"
    write_into(str(root))
    return root


def test_in_a_folder_that_is_never_written(folder: Path, tmp_path: Path) -> None:
    """Root may write whatever it likes: what would is refused within the process."""
    before = sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*"))
    command = [sys.executable, "-c", WATCHED, str(folder), str(tmp_path), *sys.path]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert before == sorted((str(path), path.stat().st_mtime_ns) for path in folder.rglob("*"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write whatever it likes")
def test_in_a_folder_that_may_not_be_written(folder: Path, tmp_path: Path) -> None:
    places = [folder, *folder.rglob("*")]
    for path in places:
        path.chmod(0o500 if path.is_dir() else 0o400)
    try:
        use(str(folder), tmp_path)
        refused(str(folder))
    finally:
        for path in places:
            path.chmod(0o700)
