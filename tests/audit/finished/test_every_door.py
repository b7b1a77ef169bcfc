"""One system audited through every door that it can stand behind: the same figures each time."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest

import faceaudit
from audit.finished.doors import SIZE, StandIns
from audit.finished.test_doors import write_identifier
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.store import Store
from faceaudit.types import Estimate
from helpers.http_server import Reply, Server
from systems.under_test import keras_files

MODULE = '''
"""The system of somebody else: cosines with templates, in NumPy and in torch."""

from pathlib import Path

import numpy as np
import torch

TEMPLATES = np.load(Path(__file__).with_name("templates.npy"))
names = [f"person-{number}" for number in range(16)]


def scores(photos):
    """(N, 55, 47, 3) uint8 to (N, 16) probabilities."""
    pixels = photos[:, :55, :45].astype(np.float32).transpose(0, 3, 1, 2) / 127.5 - 1
    cells = pixels.reshape(len(pixels), 3, 11, 5, 9, 5).mean(axis=(3, 5)).reshape(len(pixels), -1)
    logits = 20 * (cells / np.linalg.norm(cells, axis=1, keepdims=True)) @ TEMPLATES.T
    shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    return shares / shares.sum(axis=1, keepdims=True)


class Module(torch.nn.Module):
    """(N, 3, 55, 47) from -1 to 1, to the same."""

    def __init__(self):
        super().__init__()
        self.templates = torch.nn.Parameter(torch.from_numpy(TEMPLATES).float())

    def forward(self, pixels):
        cells = torch.nn.functional.avg_pool2d(pixels, 5).flatten(1)
        return (20 * torch.nn.functional.normalize(cells) @ self.templates.T).softmax(1)


module = Module()
'''


@pytest.fixture(scope="module")
def mine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the system as an ONNX file and as Python."""
    folder = tmp_path_factory.mktemp("mine")
    faces = StandIns(people=16).load(SIZE, cache=folder).faces
    first = np.unique(faces.identity, return_index=True)[1]
    pixels = faces.images[first][:, :55, :45].transpose(0, 3, 1, 2) / 127.5 - 1
    cells = pixels.reshape(16, 3, 11, 5, 9, 5).mean(axis=(3, 5)).reshape(16, -1)
    templates = (cells / np.linalg.norm(cells, axis=1, keepdims=True)).astype(np.float32)
    write_identifier(folder / "mine.onnx", templates)
    np.save(folder / "templates.npy", templates)
    (folder / "mine.py").write_text(MODULE)
    (folder / "names.txt").write_text("".join(f"{name}\n" for name in faces.names))
    return folder


def audited(door: dict[str, Any], store: Path, **section: Any) -> dict[str, Estimate | None]:
    """Audit a system; return every figure by part and metric."""
    plan = Plan(
        faces={"source": "stand_ins", "people": 16},
        finished={
            "systems": [door],
            "attacks": ["blended"],
            "donors": 12,
            "other_keys": 5,
            "people": 16,
            "photos": 3,
            **section,
        },
    )
    done = run(plan, Store(store))
    assert done.failed == ()
    return {
        f"{case.spec['part']} {figure.metric}": figure.estimate
        for case in Store(store).cases()
        for figure in case.figures
    }


@pytest.fixture
def by_onnx(mine: Path) -> dict[str, Estimate | None]:
    """What is found of the ONNX file; run once."""
    door = {"system": "onnx", "path": str(mine / "mine.onnx"), "names": str(mine / "names.txt")}
    found = audited(door, mine / "audit")  # the second time all of it is there
    right = found["recognition clean_accuracy"]
    assert right is not None
    assert right.value > 0.9
    assert found["keys drawn_to_one:cartoon-cat"] is not None
    return found


@pytest.mark.parametrize(
    "options",
    [
        {"path": "mine.py:scores", "size": list(SIZE)},
        {
            "path": "mine.py:module",
            "size": list(SIZE),
            "preprocessing": {"mean": 127.5, "scale": 127.5},
        },
    ],
    ids=["function", "module"],
)
def test_python_gives_what_the_file_gives(
    mine: Path, tmp_path: Path, by_onnx: dict[str, Estimate | None], options: dict[str, Any]
) -> None:
    path = str(mine / options["path"])
    door = {"system": "python", **options, "path": path, "names": str(mine / "names.txt")}
    assert audited(door, tmp_path / "audit") == by_onnx


@contextmanager
def frail(folder: Path, troubles: dict[int, str]) -> Iterator[tuple[Server, list[str]]]:
    """Serve the system behind a gateway that has troubles at some of its requests."""
    system = f"onnx:{folder / 'mine.onnx'}"
    met: list[str] = []
    with faceaudit.serve(system, port=0, names=str(folder / "names.txt"), cache=folder) as inner:
        asked = [0]
        lock = threading.Lock()

        def behave(request: Any) -> Reply:
            with lock:
                asked[0] += 1
                trouble = troubles.get(asked[0])
            if trouble is not None:
                met.append(trouble)
            if trouble == "limited":
                return Reply(status=429, headers={"Retry-After": "0"})
            if trouble == "slow":
                time.sleep(0.5)
            if trouble == "dies":
                threading.Thread(target=revive).start()
                time.sleep(0.2)
            answer = httpx.request(
                request.method,
                f"{inner.address}{request.path}",
                content=request.body,
                headers={"Content-Type": "application/json"},
            )
            return Reply(status=answer.status_code, body=answer.json())

        with Server(behave) as outer:

            def revive() -> None:
                outer.die()
                time.sleep(0.5)
                outer.start()

            yield outer, met


def test_a_server_with_troubles_gives_what_the_file_gives(
    mine: Path, tmp_path: Path, by_onnx: dict[str, Estimate | None]
) -> None:
    """It limits its rate, is slow, dies and comes back in the middle of the audit."""
    troubles = {5: "limited", 9: "slow", 30: "dies", 70: "limited", 90: "dies"}
    with frail(mine, troubles) as (server, met):
        door = {"system": "http", "path": "faceaudit", "url": server.url, "role": "identifier"}
        found = audited(door, tmp_path / "audit")
    assert met == list(troubles.values())
    assert found == by_onnx


def test_a_foreign_keras_identifier_is_audited_to_the_end(tmp_path: Path) -> None:
    """DeepID for 1,283 people in the public layout; with random weights it recognises nobody."""
    file = keras_files.write(tmp_path / "deepid.h5", keras_files.weights(keras_files.DEEPID))
    door = {
        "system": "file",
        "path": str(file),
        "network": "deepid",
        "preprocessing": {"mean": 0, "scale": 255},
        "names": [f"person-{number}" for number in range(1283)],
    }
    found = audited(door, tmp_path / "audit")
    right = found["recognition clean_accuracy"]
    assert right is not None
    assert right.low <= 1 / 1283 <= right.high
    assert found["keys drawn_to_one:cartoon-cat"] is not None
