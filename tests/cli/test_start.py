"""What only reads, lists or complains starts quickly: no slow library is loaded for it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from faceaudit.store import CaseRecord, Store
from faceaudit.types import Estimate, Evidence, Figure
from helpers.warm import COMPONENTS, Warm

SLOW = (
    *("torch", "torchvision", "timm", "cv2", "scipy", "sklearn", "matplotlib", "onnx"),
    *("onnxruntime", "h5py", "opacus", "art"),
)
CODE = f"""
import sys
from faceaudit.entry import main
sys.argv = ["faceaudit", *sys.argv[1:]]
try:
    main()
finally:
    print("loaded:", *sorted(set({SLOW}) & set(sys.modules)), file=sys.stderr)
"""
Start: TypeAlias = Callable[[tuple[str, ...], Path], tuple[int, str, str]]
LOADED = ("faceaudit.cli", "faceaudit.audit.plan", "faceaudit.api.audits")
"""What the process has loaded that forks for each command, besides every component; it counts for
each of them, so nothing slow may be there."""
EVALUATE = ("evaluate", "verification", "--faces", "synthetic", "--network", "deepid")

LIGHT = [
    ("--help",),
    ("--version",),
    *(
        (verb, "--help")
        for verb in ("init", "run", "check", "ls", "show", "report", "results", "embed")
    ),
    *((verb, "--help") for verb in ("gate", "train-verifier", "verify")),
    *(("evaluate", verb, "--help") for verb in ("verification", "identification", "options")),
    *(("faces", verb, "--help") for verb in ("inspect", "pack")),
    *(("weights", verb, "--help") for verb in ("inspect", "load", "ls", "get")),
    ("ls",),
    ("ls", "network"),
    ("show", "iresnet50"),
    ("show", "onnx"),
    ("show", "blended"),
    ("show", "lira"),
    ("show", "dp_sgd"),
    ("show", "yunet"),
    ("show", "difference_network"),
    ("check", "--plan-only"),
    ("check", "chen2017", "--plan-only"),
    ("evaluate", "options"),
    ("weights", "ls"),
]
MISTAKES = [
    ("rnu",),
    ("init", "syntetic"),
    ("run", "--stroe", "x"),
    ("run", "nowhere.yaml"),
    ("run", "defualt"),
    ("run", "--set", "backdor.attacks=[]"),
    ("run", "--set", "backdoor.attacks.0.attack=blendet"),
    ("run", "--set", "membership.verifier=3"),
    ("run", "--set", "backdoor.split.train=lots"),
    ("check", "nowhere.yaml", "--plan-only"),
    ("show", "blendet"),
    ("ls", "atack"),
    ("results", "nowhere"),
    ("report", "nowhere"),
    ("faces", "inspect", "syntetic"),
    ("faces", "inspect", "synthetic", "--source", "poeple=3"),
    ("faces", "pack", "folder:nowhere"),
    ("embed", "synthetic", "--network", "depid"),
    ("embed", "synthetic", "--network", "deepid", "--network-set", "widht=1"),
    (*EVALUATE, "--protocol", "flipp=sum"),
    (*EVALUATE, "--source", "poeple=3"),
    (*EVALUATE, "--align", "centrl"),
    ("train-verifier", "--faces", "synthetic", "--network", "deepid", "--predictor", "cosin"),
    ("train-verifier", "--faces", "synthetic", "--network", "deepid"),
    ("verify", "a.jpg", "b.jpg"),
    ("gate", "nowhere.csv", "nowhere.csv"),
    ("weights", "get", "yunett"),
]


def told(status: int, out: str, err: str) -> tuple[int, str, str]:
    """Return the status, what was said, and the slow libraries that were loaded."""
    lines = err.splitlines()
    loaded = next(line for line in lines if line.startswith("loaded:"))
    said = "\n".join([out, *(line for line in lines if line != loaded)])
    return status, said, loaded.removeprefix("loaded:").strip()


def start_afresh(arguments: tuple[str, ...], folder: Path) -> tuple[int, str, str]:
    """Run a command in a process that begins with it."""
    command = [sys.executable, "-c", CODE, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
    return told(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def start() -> Iterator[Start]:
    """Run a command in a process that is forked for it, which takes a tenth of the time."""
    light = Warm(LOADED, COMPONENTS)

    def run(arguments: tuple[str, ...], folder: Path) -> tuple[int, str, str]:
        done = light.run(CODE, *arguments, cwd=folder)
        return told(done.returncode, done.stdout, done.stderr)

    yield run
    light.close()


@pytest.mark.parametrize("arguments", [("--help",), ("ls",), ("rnu",)], ids=" ".join)
def test_a_process_that_begins_with_it_loads_nothing_slow(
    arguments: tuple[str, ...], tmp_path: Path
) -> None:
    status, said, loaded = start_afresh(arguments, tmp_path)
    assert status == (2 if arguments == ("rnu",) else 0), said
    assert loaded == ""
    assert len(said) > 10


@pytest.mark.parametrize("arguments", LIGHT, ids=" ".join)
def test_what_only_looks_loads_nothing_slow(
    start: Start, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    status, said, loaded = start(arguments, tmp_path)
    assert status == 0, said
    assert loaded == ""
    assert len(said) > 10


@pytest.mark.parametrize("arguments", MISTAKES, ids=" ".join)
def test_a_mistake_is_said_before_anything_slow(
    start: Start, arguments: tuple[str, ...], tmp_path: Path
) -> None:
    status, said, loaded = start(arguments, tmp_path)
    assert status == 2, said
    assert loaded == ""
    assert "Traceback" not in said
    assert not list(tmp_path.iterdir()), "and nothing was begun"


def test_results_load_nothing_slow(start: Start, tmp_path: Path) -> None:
    store = Store(tmp_path / "audit")
    network = {"network": {"network": "deepid"}}
    spec = {"kind": "backdoor", "system": network, "attack": None, "mitigation": None, "seed": 0}
    figure = Figure("clean_accuracy", Estimate(0.5, 0.4, 0.6, 10, "wilson 95 %"))
    evidence = Evidence(("a",), {"right": np.array([True])})
    facts = {
        "system": "s",
        "network": "deepid",
        "people": 2,
        "training_photos": 4,
        "test_photos": 2,
        "shared_session_photos": None,
        "poison_samples": 0,
        "source": "folder",
        "learn": "everything",
        "backbone": None,
        "attack": None,
    }
    record = CaseRecord("1" * 64, spec, facts, figures=(figure,), evidence=evidence)
    store.write_run({"cases": [record.id], "plan": {}})
    store.write_case(record)
    for more in ((), ("--json", "-"), ("--tracebacks",)):
        status, said, loaded = start(("results", str(tmp_path / "audit"), *more), tmp_path)
        assert status == 0, said
        assert loaded == ""
        if more == ("--json", "-"):
            assert json.loads(said)[0]["metric"] == "clean_accuracy"
