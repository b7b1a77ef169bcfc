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

    def begin(self, *words: str, port: int | None = None, report: bool = False) -> runs.Begun:
        told = self._told if port is None else {**self._told, **s3.environment(port)}
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


def left(bucket: s3.Bucket, *, aside: tuple[str, ...] = ()) -> dict[str, str]:
    """Return a digest of every file of the store in the bucket, times and folders aside left out.

    A lease that could not be given back stays where it is, and is overtaken by who needs it.
    """
    names = [name for name in bucket.names() if not name.startswith(aside)]
    return runs.digests((name, bucket.get(name)) for name in names)


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
    """A tenth of all requests is cut or refused: the run ends well, or in a line and goes on."""
    with s3.Line(port, s3.seeded(seed, 0.1)) as line:
        for _ in range(6):
            begun = there.begin(port=line.port)
            status = begun.end(590)
            if status == 0:
                break
            assert status == 2, begun.text()
            assert "expected a store that can be " in begun.complaint()
        assert line.failed > 5
    assert " 0 failed" in there.run()
    assert runs.differences(left(bucket, aside=("damaged/", "leases/")), quick.left) == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", s3.FAULTS)
def test_a_server_that_is_gone_is_said_and_the_run_goes_on(
    quick: Sound, there: There, bucket: s3.Bucket, port: int, kind: str
) -> None:
    with s3.Line(port, s3.broken_from(60, kind)) as line:
        begun = there.begin(port=line.port)
        assert begun.end(590) == 2, begun.text()
        assert f"got '{s3.URL}'" in begun.complaint()
    assert " 0 failed" in there.run()
    assert runs.differences(left(bucket, aside=("damaged/", "leases/")), quick.left) == []


@pytest.mark.slow
def test_two_runs_into_it_share_the_work(quick: Sound, there: There, bucket: s3.Bucket) -> None:
    for begun in [there.begin(), there.begin()]:
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
