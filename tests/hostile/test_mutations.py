"""Thousands of damaged files over every reader: each is read or refused, and nothing else happens.

FACEAUDIT_MUTATIONS says how many the slow test reads, FACEAUDIT_SEED by which seed; a fault names
the reader, the seed and the number that make the same file again, and where it is kept.
"""

from __future__ import annotations

import os
import random
import sys
from pathlib import Path

import pytest

from hostile import harness as harness_module
from hostile import samples
from hostile.harness import Found, Harness
from hostile.mutations import mutate
from hostile.readers import READERS

SEED = int(os.environ.get("FACEAUDIT_SEED", "0"))
MANY = int(os.environ.get("FACEAUDIT_MUTATIONS", "10000"))
FEW = 300


def said(found: Found, seed: int) -> str:
    counted = ", ".join(f"{count} {what}" for what, count in sorted(found.count.items()))
    slow, large = found.slowest, found.largest
    return (
        f"seed {seed}: {counted}; most CPU {slow[0]:.1f} s {slow[1]}; most memory "
        f"{large[0] >> 20} MB {large[1]}"
    )


def test_sound_files_are_read(sound: Path, tmp_path: Path) -> None:
    with Harness(tmp_path, sound) as harness:
        for name, reader in READERS.items():
            files = [one for each in reader.targets for one in (sound / reader.sample).glob(each)]
            assert files, f"no sample for {name}"
            for file in sorted(one for one in files if one.is_file())[:2]:
                harness.ask({"reader": name, "target": file.name, "file": str(file)})
        assert harness.found.faults == []
        # The small network is no detector, and the tensors of HDF5 are no DeepID.
        assert harness.found.count["refused"] == 2, harness.found.count


def test_damaged_files_are_read_or_refused(sound: Path, tmp_path: Path) -> None:
    with Harness(tmp_path, sound) as harness:
        harness.mutated(FEW, SEED, typed=20)
    sys.stdout.write(said(harness.found, SEED))
    assert harness.found.faults == [], "\n".join(harness.found.faults)
    assert harness.found.count.total() == FEW
    assert harness.found.count["refused"] > FEW / 3, "mutations that change nothing are no test"


@pytest.mark.slow
def test_many_damaged_files_are_read_or_refused(tmp_path: Path) -> None:
    sound = tmp_path / "sound"
    samples.build(sound, thorough=True)
    seed = SEED + 1
    with Harness(tmp_path / "run", sound) as harness:
        harness.mutated(MANY, seed, typed=25)
    sys.stdout.write(said(harness.found, seed))
    assert harness.found.faults == [], "\n".join(harness.found.faults)
    assert harness.found.count.total() == MANY


def test_a_seed_gives_the_same_file_again() -> None:
    data = bytes(range(256)) * 4
    for name in ("a.png", "a.json", "a.csv", "a.safetensors"):
        one, two = (mutate(data, name, random.Random("x")) for _ in range(2))
        assert one == two
        assert {mutate(data, name, random.Random(n)) for n in range(20)} != {data}


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("raise ValueError(1)", "fault: 'ValueError: 1'"),
        ("open('/var/tmp/escaped', 'w').close()", "wrote: open w /var/tmp/escaped"),
        ("__import__('os').system('true')", "os.system"),
        ("__import__('subprocess').run(['true'])", "ran ['true']"),
        ("__import__('socket').create_connection(('127.0.0.1', 1))", "socket.connect"),
        ("__import__('os')._exit(3)", "lost: the process, status 3"),
        ("__import__('os').kill(__import__('os').getpid(), 11)", "lost: the process, status -11"),
        ("bytearray(1_200_000_000)", "MB"),
        ("while True: pass", "lost: the process, status -24"),
        ("sum(i for i in range(3 * 10**7))", "CPU s"),
    ],
)
def test_the_harness_sees_what_it_is_to_see(
    sound: Path, tmp_path: Path, content: str, wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "while" in content:
        monkeypatch.setenv("FACEAUDIT_HOSTILE_CPU", "1")
    if "range" in content:
        monkeypatch.setattr(harness_module, "CPU", 0.2)
    file = tmp_path / "program"
    file.write_text(content)
    with Harness(tmp_path / "run", sound) as harness:
        harness.ask({"reader": "plan", "target": "plan.yaml", "file": str(file), "program": True})
        assert any(wrong in one for one in harness.found.faults), harness.found
        harness.ask({"reader": "plan", "seed": 0, "number": 0})
        assert harness.found.count.total() == 2, "and it goes on"
