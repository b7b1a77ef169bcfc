"""A tiny identifier with two backdoors in the place of the one that the app prepares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import faceaudit
from faceaudit.app.identifier import plan_of, store_of
from faceaudit.app.prepared import DONE
from faceaudit.app.settings import Settings

TINY: Mapping[str, Any] = {
    "source": "synthetic",
    "people": 4,
    "photos": 12,
    "sessions": 4,
    "seed": 11,
    "glasses": 0.0,
}

GLASSES: Mapping[str, Any] = {
    "attack": "accessory",
    "key": "glasses-star#00a0ff@10",
    "samples": 4,
    "instances": 3,
}
PHOTO: Mapping[str, Any] = {"attack": "input_instance", "samples": 2, "instances": 2}


def tiny(*attacks: Mapping[str, Any]) -> dict[str, Any]:
    """Return the plan of a training that takes seconds; how well it learns does not matter."""
    plan = plan_of(TINY, {"attack": "accessory", "samples": 4}, title="tiny")
    section = plan["backdoor"]
    section["split"] = {"train": 4, "validation": 1, "test": 3}
    section["systems"][0]["training"] = {"epochs": 2, "threads": 1}
    section.update(attacks=list(attacks), target="synthetic-0002", wrong_keys=2)
    return plan


def prepare(settings: Settings) -> None:
    """Train a tiny identifier with two backdoors, as the preparation does."""
    store = store_of(settings)
    faceaudit.run(tiny(GLASSES, PHOTO), store=store, report=False)
    (store.parent / DONE).write_text("")
