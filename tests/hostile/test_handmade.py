"""Files made by hand to do harm: each is read or refused, and nothing else happens."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from hostile import inputs
from hostile.harness import Harness
from hostile.readers import READERS

FAMILY = "plan", "pair list", "scores", "recordio", "safetensors", "embeddings"
"""Readers whose files take next to no time."""


def run(made: list[inputs.Made], sound: Path, folder: Path, *, typed: tuple[bool, ...]) -> Harness:
    files = []
    for reader, target, what, content in made:
        name = hashlib.sha256(f"{reader} {what} {target}".encode()).hexdigest()[:16]
        file = folder / "made" / name
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_bytes(content)
        files.append((reader, target, what, file))
    with Harness(folder / "run", sound) as harness:
        harness.files(files, typed=typed)
    return harness


def test_there_are_many_and_for_every_reader() -> None:
    made = inputs.every()
    assert len(made) >= 150
    assert {reader for reader, *_ in made} == {*READERS}
    assert len({(reader, target, what) for reader, target, what, _ in made}) == len(made)


def test_those_that_take_no_time(sound: Path, tmp_path: Path) -> None:
    made = [one for one in inputs.every() if one[0] in FAMILY]
    harness = run(made, sound, tmp_path, typed=(False,))
    assert harness.found.faults == [], "\n".join(harness.found.faults)
    assert harness.found.count["refused"] > len(made) / 2


@pytest.mark.slow
def test_all_of_them_by_the_library_and_by_the_command_line(sound: Path, tmp_path: Path) -> None:
    made = inputs.every()
    harness = run(made, sound, tmp_path, typed=(False, True))
    assert harness.found.faults == [], "\n".join(harness.found.faults)
    assert not Path("/var/tmp/pwned").exists()
    assert not Path("/tmp/pwned.png").exists()
