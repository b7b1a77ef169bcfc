"""What joint attacks and attacks learned from shadows add to a membership audit's time.

The membership part of the default plan, once with attacks on single pairs and once with all that is
member together added up, the classifier trained on shadows and the distance compared with those of
shadows. Photos are rendered, backbones pretrained and verifiers trained in both; in the second,
photos and people are asked about anew, too. Runs alternate, each in a store of its own; the figure
is how many such audits an hour of this process's CPU time is enough for, of the faster run.
"""

from __future__ import annotations

import tempfile
import time
from typing import Any

from faceaudit.audit.plan import Plan
from faceaudit.audit.plan_file import load_plan
from faceaudit.audit.run import run
from faceaudit.store import Store

Row = tuple[str, str, float | None, float, str]

ROUNDS = 2
SINGLE = ["loss", {"attack": "black_box", "folds": 2}, "label_only", "lira", "rmia"]
ADDED = ["label_only_lira", "shadow_classifier"]


def membership_rows() -> list[Row]:
    """Return how many membership audits an hour is enough for, without and with those attacks."""
    everything = ["pair", "photo", "identity", "block"]
    plans: list[dict[str, Any]] = [
        {"attacks": SINGLE, "levels": ["pair"]},
        {"attacks": [*SINGLE, *ADDED], "levels": everything},
    ]
    seconds: list[list[float]] = [[], []]
    for _ in range(ROUNDS):
        for found, changes in zip(seconds, plans, strict=True):
            found.append(_cpu_seconds(changes))
    without, added = (3600 / min(found) for found in seconds)
    work = "membership audit, joint and trained attacks added"
    return [(work, "without them", without, added, "audits/CPU h")]


def _cpu_seconds(changes: dict[str, Any]) -> float:
    section = load_plan("default").as_json()["membership"]
    plan = Plan(membership={**section, **changes})
    with tempfile.TemporaryDirectory() as folder:
        before = time.process_time()
        outcome = run(plan, Store(folder))
        assert outcome.failed == (), outcome.failed
        return time.process_time() - before


if __name__ == "__main__":
    for row in membership_rows():
        print(row)
