"""docs/cluster.md is followed word for word: a laptop, one big machine, and a cluster of three."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from disasters import s3
from faceaudit.store import Store
from helpers.documents import ROOT

PAGE = (ROOT / "docs" / "cluster.md").read_text("utf-8")
PLAN: dict[str, Any] = {
    "title": "small",
    "seeds": [0],
    "backdoor": {
        "faces": {"source": "synthetic", "people": 6, "photos": 30, "sessions": 3},
        "split": {"train": 12, "validation": 3, "test": 6},
        "systems": [
            {"network": "deepid", "training": {"epochs": 1, "batch": 32, "threads": 1}},
        ],
        "attacks": [{"attack": "blended", "samples": 9, "instances": 12}],
        "wrong_keys": 0,
    },
}


def commands(section: str) -> list[str]:
    """Return the blocks of commands of a section, in their order."""
    text = re.split(rf"^#+ {section}$", PAGE, flags=re.M)[1]
    text = re.split(r"^#+ ", text, flags=re.M)[0]
    return re.findall(r"```bash\n(.*?)```", text, flags=re.S)


def shell(block: str, folder: Path, **environment: str) -> str:
    """Run a block as a user's shell does; return what it printed."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    unset = ("FACEAUDIT_CACHE", "OMP_NUM_THREADS", "PYTEST_XDIST_WORKER")
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block],
        cwd=folder,
        env={**kept, "PATH": path, **environment},
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "plan.yaml").write_text(yaml.safe_dump(PLAN))
    return tmp_path


@pytest.fixture
def cluster(folder: Path) -> Iterator[dict[str, str]]:
    """What leads to a bucket; a cluster that was begun from it is stopped in the end."""
    with s3.server() as port:
        bucket = s3.Bucket(port)
        bucket.empty()
        bucket.close()
        environment = {**s3.environment(port), "HOME": str(folder / "home")}
        (folder / "home").mkdir()
        try:
            yield environment
        finally:
            shell("ray stop --force", folder, **environment)


@pytest.mark.slow
def test_on_a_laptop_and_on_one_big_machine(folder: Path) -> None:
    [laptop] = commands("A laptop")
    assert "2 cases run, 0 kept from before, 0 failed" in shell(laptop, folder)
    before = [case.figures for case in Store(str(folder / "audit")).cases()]
    [big] = commands("One big machine")
    assert "0 cases run, 2 kept from before, 0 failed" in shell(big, folder)
    (folder / "audit").rename(folder / "laptop")
    assert "2 cases run, 0 kept from before, 0 failed" in shell(big, folder)
    assert [case.figures for case in Store(str(folder / "audit")).cases()] == before
    logs = sorted((folder / "audit.cache" / "logs").iterdir())
    assert len(logs) == 2


@pytest.mark.slow
def test_on_a_cluster_with_a_bucket(
    folder: Path, cluster: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    head, node, run = commands("A cluster")
    shell(head, folder, **cluster)
    for _ in range(3):
        shell(node, folder, **cluster)
    without = {**cluster, "HOME": str(folder)}
    said = shell(f"! {run.partition(chr(10))[2].strip()} 2>&1", folder, **without)
    assert "expected a Ray cluster at 'auto', got" in " ".join(said.split())
    assert "2 cases run, 0 kept from before, 0 failed" in shell(run, folder, **cluster)
    assert "0 cases run, 2 kept from before, 0 failed" in shell(run, folder, **cluster)
    [laptop] = commands("A laptop")
    shell(laptop, folder)
    for name, value in cluster.items():
        monkeypatch.setenv(name, value)
    there, here = Store(s3.URL), Store(str(folder / "audit"))
    assert [case.figures for case in there.cases()] == [case.figures for case in here.cases()]


def test_every_section_has_its_commands() -> None:
    counted = {name: len(commands(name)) for name in ("A laptop", "One big machine", "A cluster")}
    assert counted == {"A laptop": 1, "One big machine": 1, "A cluster": 3}
    assert commands("Slurm")[0].startswith("#!/bin/bash\n#SBATCH")
