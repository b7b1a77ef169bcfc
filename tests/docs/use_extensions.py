"""Run in a process of its own: use every example of docs/extending.md by its registered name.

Prints the figures of one audit, and every finding of its report, as JSON.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

import numpy as np
from PIL import Image

from faceaudit.audit.families import families
from faceaudit.audit.kinds import KINDS
from faceaudit.audit.plan_file import load_plan
from faceaudit.audit.results import result_rows
from faceaudit.audit.run import run
from faceaudit.report.page import write
from faceaudit.store import Store

TRAINING = {"epochs": 2, "batch": 32, "learning_rate": 0.003}
EMBEDDER = {
    "network": {"network": "flat", "embedding": 16},
    "pretraining": {
        "faces": {"source": "synthetic", "people": 2, "photos": 6, "sessions": 1},
        "split": {"train": 4, "validation": 1, "test": 1, "donors": 0},
        "training": TRAINING,
    },
}
PLAN = {
    "faces": {"source": "patterns"},
    "backdoor": {
        "split": {"train": 8, "validation": 2, "test": 4},
        "systems": [{"network": "flat", "training": TRAINING}],
        "attacks": ["stripe"],
    },
    "membership": {
        "backbones": [EMBEDDER],
        "pool": {"pairs": 160, "blocks": 8, "per_person": 10, "validation": 20},
        "predictor": "halfway",
        "mitigations": ["none", "limited"],
        "attacks": ["certainty"],
        "levels": ["pair"],
        "verifiers": 4,
        "targets": 2,
    },
    "inversion": {
        "embedders": [EMBEDDER],
        "parties": {"attacked": 6},
        "fmrs": [0.2],
        "attacks": ["brightest", {"attack": "search", "generator": "tint", "queries": 9}],
        "protections": ["reverse"],
    },
    "attribute_inference": {
        "faces": {"source": "synthetic", "people": 60, "photos": 3, "sessions": 1, "seed": 3},
        "embedders": [EMBEDDER],
        "parties": {"attacked": 20},
        "attributes": ["sex"],
        "labelled": [10],
        "attacks": ["frequent"],
        "mitigations": ["none", "half"],
        "fmrs": [0.2],
    },
    "linkage": {
        "embedders": [EMBEDDER],
        "parties": {"attacked": 6},
        "attacks": ["absolute"],
        "protections": ["none"],
        "fmrs": [0.2],
        "fpirs": [0.2],
    },
    "enrolment": {
        "faces": {"source": "synthetic", "people": 40, "photos": 3, "sessions": 1, "seed": 3},
        "embedders": [EMBEDDER],
        "people": {"targets": 3, "strangers": 6, "donors": 4},
        "attacks": ["dot"],
        "mitigations": ["none", "half_open"],
        "fmrs": [0.2],
        "wrong_keys": 2,
    },
    "master_face": {
        "embedders": [EMBEDDER],
        "parties": {"attacked": 3},
        "attacks": ["firsts"],
        "counts": [2],
        "mitigations": ["none", "rounder"],
        "fmrs": [0.2],
    },
    "master_key": {
        "faces": {"source": "synthetic", "people": 40, "photos": 2, "sessions": 1, "seed": 3},
        "embedders": [EMBEDDER],
        "people": {"enrolled": 4, "strangers": 4, "own": 6},
        "attacks": ["monocle"],
        "rates": [0.2],
        "mitigations": ["none", "every_other_pair"],
        "trainings": 1,
        "wrong_keys": 2,
        "fmrs": [0.2],
    },
    "evasion": {
        "embedders": [EMBEDDER],
        "parties": {"attacked": 3},
        "attacks": ["darker"],
        "goals": ["dodge"],
        "mitigations": ["none", "rounder"],
        "fmrs": [0.2],
    },
    "finished": {
        "systems": ["colours"],
        "attacks": ["stripe"],
        "other_keys": 5,
        "donors": 40,
        "people": 20,
        "photos": 4,
    },
}


def add_kind(folder: Path) -> None:
    """Let the files of the new kind lie in this folder, and add its line to the kinds."""
    for wing in ("records", "audit", "report"):
        package = importlib.import_module(f"faceaudit.{wing}")
        package.__path__.append(str(folder / wing))
    KINDS.append(importlib.import_module("faceaudit.audit.grey.kind").GreyKind())


def write_portraits(folder: Path) -> None:
    """Write four portraits, taller than wide; two of them are grey in the upper half only."""
    for number, grey_above in enumerate((True, True, False, False)):
        pixels = np.full((120, 60, 3), (10 * number, 60, 120), dtype=np.uint8)
        pixels[:70] = 10 * number if grey_above else (10 * number, 60, 120)
        place = folder / f"person-{number % 2}" / f"{number}.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(place)


def main(folder: Path) -> None:
    add_kind(folder / "faceaudit")
    write_portraits(folder / "photos")
    faces = {"source": "folder", "path": str(folder / "photos"), "align": "portrait"}
    plan = load_plan({**PLAN, "grey": {"faces": faces}})
    store = Store(str(folder / "store"))
    done = run(plan, store)
    rows = [
        [row.kind, row.attack, row.mitigation, row.metric, row.value] for row in result_rows(store)
    ]
    page = write(store).read_text("utf-8")
    found = {
        "names": {name: registry.names() for name, registry in families().items()},
        "failed": done.failed,
        "rows": rows,
        "page": page,
    }
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
