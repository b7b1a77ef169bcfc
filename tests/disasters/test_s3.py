"""A store on another machine: an S3 server of the tests, with what lines and servers do to one."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from disasters import runs, s3
from disasters.conftest import Sound


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with s3.server() as port:
        yield port


@pytest.fixture
def bucket(port: int) -> Iterator[s3.Bucket]:
    bucket = s3.Bucket(port)
    bucket.empty()
    yield bucket
    bucket.close()


class There:
    """A run into the bucket, over a line, from a home of its own."""

    def __init__(self, sound: Sound, folder: Path, port: int) -> None:
        self._sound, self._folder = sound, folder
        self.home = folder / "home"
        self.home.mkdir(exist_ok=True)
        self._told = {**s3.environment(port), "HOME": str(self.home), "EXPIRES": "3"}
        self._told |= {"TALLY": str(folder / "tally"), "AWS_MAX_ATTEMPTS": "2"}

    def begin(
        self,
        *words: str,
        port: int | None = None,
        patience: float | None = None,
        report: bool = False,
    ) -> runs.Begun:
        line = {} if port is None else s3.environment(port, patience=patience)
        told = {**self._told, **line}
        command = list(words) or ["run", str(self._sound.plan), "--store", s3.URL]
        return runs.begin(command, self._folder / "logs", report=report, environment=told)

    def run(self, *words: str, report: bool = False) -> str:
        begun = self.begin(*words, report=report)
        assert begun.end() == 0, begun.text()
        return begun.text()

    def computed(self) -> dict[str, int]:
        return dict(runs.counted(self._folder / "tally"))


@pytest.fixture
def there(quick: Sound, tmp_path: Path, port: int) -> There:
    return There(quick, tmp_path, port)


PATIENCE = 3.0
"""Seconds after which a client takes a request for one that hangs."""


def left(bucket: s3.Bucket, *, aside: tuple[str, ...] = ()) -> dict[str, str]:
    """Return a digest of every file of the store in the bucket, times and folders aside left out.

    A lease that could not be given back stays where it is, and is overtaken by who needs it.
    """
    names = [name for name in bucket.names() if not name.startswith(aside)]
    return runs.digests((name, bucket.get(name)) for name in names)


def lies(left: dict[str, str], sound: dict[str, str]) -> list[str]:
    """Return the files of what is called complete that differ from sound ones."""
    whole = tuple(name.removesuffix("complete") for name in left if name.endswith("/complete"))
    return [one for one in runs.differences(left, sound) if one.startswith(whole)]


def test_a_run_there_leaves_what_one_here_does(
    quick: Sound, there: There, bucket: s3.Bucket
) -> None:
    assert "4 cases run, 0 kept" in there.run()
    assert runs.differences(left(bucket), quick.left) == []
    damaged, lost = [name for name in bucket.names() if name.endswith("evidence.npz")][:2]
    good = bucket.get(damaged)
    bucket.put(damaged, good[:-9] + b"\0" + good[-8:])
    bucket.remove(lost)
    said = there.run()
    assert f"{damaged} is not what was written" in said
    assert f"{lost} is missing" in said
    assert runs.differences(left(bucket, aside=("damaged/",)), quick.left) == []
    weights = next(name for name in bucket.names() if name.endswith("weights.safetensors"))
    bucket.put(weights, bucket.get(weights)[:-1] + b"\1")
    begun = there.begin("store", "verify", s3.URL)
    assert begun.end() == 1
    assert f"{weights} is not what was written" in begun.text()


@pytest.mark.slow
def test_what_is_there_is_read_and_reported(
    there: There, bucket: s3.Bucket, tmp_path: Path
) -> None:
    assert f"report: {s3.URL}/report.html" in there.run(report=True)
    assert "report.html" in bucket.names()
    assert "attack_success" in there.run("results", s3.URL)
    page = tmp_path / "page.html"
    there.run("report", s3.URL, "-o", str(page), report=True)
    assert page.stat().st_size > 100_000
    assert "all as they were written" in there.run("store", "verify", s3.URL)
    cache = there.home / ".cache" / "faceaudit"
    photos = [path for path in cache.rglob("*") if path.is_file()]
    assert [path.name for path in photos if path.name != "pseudonyms.key"] == []


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_line_that_often_fails_does_no_harm(
    quick: Sound, there: There, bucket: s3.Bucket, port: int, seed: int
) -> None:
    """A tenth of all requests is cut or refused: the run ends well, or in a line and goes on.

    Where the line fails just when a case is written, and not when its failure is, the case has
    failed: the others go on, and it is tried again by the next run.
    """
    with s3.Line(port, s3.seeded(seed, 0.1)) as line:
        for _ in range(6):
            begun = there.begin(port=line.port)
            status = begun.end()
            if status == 0:
                break
            assert status in (1, 2), begun.text()
            said = begun.complaint() if status == 2 else begun.text()
            assert "expected a store that can be " in said
        assert line.failed > 5
    assert " 0 failed" in there.run()
    assert runs.differences(left(bucket, aside=("damaged/", "leases/")), quick.left) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", [*s3.FAULTS, *s3.HANGS])
def test_a_server_that_is_gone_is_said_and_the_run_goes_on(
    quick: Sound, there: There, bucket: s3.Bucket, port: int, kind: str
) -> None:
    with s3.Line(port, s3.broken_from(60, kind)) as line:
        begun = there.begin(port=line.port, patience=PATIENCE)
        assert begun.end() == 2, begun.text()
        assert f"got '{s3.URL}'" in begun.complaint()
    assert lies(left(bucket), quick.left) == [], "what is half written is not called complete"
    assert " 0 failed" in there.run()
    assert runs.differences(left(bucket, aside=("damaged/", "leases/")), quick.left) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "few"), [("cut the answer", 5), ("hang", 29), ("hang in the answer", 29)]
)
def test_what_broke_off_or_hung_is_asked_for_again(
    quick: Sound, there: There, bucket: s3.Bucket, port: int, kind: str, few: int
) -> None:
    assert "4 cases run, 0 kept" in there.run()
    some = sorted(name for name in bucket.names() if name.startswith("cases/"))
    for name in some[: len(some) // 2]:
        bucket.remove(name)
    with s3.Line(port, s3.every(few, kind)) as line:
        begun = there.begin(port=line.port, patience=PATIENCE)
        assert begun.end() == 0, begun.text()
        assert line.failed > 2
    assert " 0 failed" in begun.text()
    assert runs.differences(left(bucket, aside=("damaged/", "leases/")), quick.left) == []


@pytest.mark.slow
@pytest.mark.parametrize("count", [2, 4])
def test_runs_into_it_share_the_work(
    quick: Sound, there: There, bucket: s3.Bucket, count: int
) -> None:
    for begun in [there.begin() for _ in range(count)]:
        assert begun.end() == 0, begun.text()
    assert runs.differences(left(bucket), quick.left) == []
    assert set(there.computed().values()) == {1}


@pytest.mark.slow
def test_what_a_killed_run_was_at_is_overtaken(
    quick: Sound, there: There, bucket: s3.Bucket
) -> None:
    killed = there.begin()
    while killed.process.exitcode is None and not any(
        name.startswith("leases/cases-") for name in bucket.names()
    ):
        time.sleep(0.01)
    killed.process.kill()
    assert killed.end() == -signal.SIGKILL
    there.run()
    assert runs.differences(left(bucket), quick.left) == []
