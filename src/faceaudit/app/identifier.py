"""A small identifier with a backdoor, beside one without: its people and the plan to train it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from faceaudit.app.prepared import folder_of
from faceaudit.app.settings import Settings

NAME = "identifier"
STORE = "store"
"""The folder of the audit, in the step's."""

PEOPLE = 24
PHOTOS, SESSIONS = 72, 6
SEED = 11
"""Of the synthetic people: others than those of other pages."""
INSTANCES = 57
"""Backdoor instances that are tried, of photos that the attacker holds."""
ATTACK: Mapping[str, Any] = {"attack": "accessory", "key": "sunglasses-wayfarer", "samples": 57}
SIZE = (55, 47)
"""Height and width that a DeepID takes."""
TIMES, LARGEST = 3, 256
"""How many times larger faces are shown, and pixels of an edge at most that they have then."""


def store_of(settings: Settings) -> Path:
    """Return the folder of the audit that is made."""
    return folder_of(settings, NAME) / STORE


def faces(settings: Settings, people: int = PEOPLE) -> dict[str, Any]:
    """Return the source of the faces; nobody wears glasses by choice, as glasses may be the key.

    Where the app finds faces in photos, these are aligned as it aligns those.
    """
    return {
        "source": "synthetic",
        "people": people,
        "photos": PHOTOS,
        "sessions": SESSIONS,
        "seed": SEED,
        "glasses": 0.0,
        "aligned": settings.align is not None,
    }


def few(source: Mapping[str, Any]) -> dict[str, Any]:
    """Return the same people with one photo of each session: more photos leave those as they are.

    >>> few({"source": "synthetic", "photos": 72, "sessions": 6})["photos"]
    6
    """
    return {**source, "photos": min(source.get("photos", 90), source.get("sessions", 6))}


def larger(size: tuple[int, int]) -> tuple[int, int]:
    """Return the size that faces are shown in.

    >>> larger((55, 47)), larger((112, 112))
    ((165, 141), (224, 224))
    """
    times = max(1, min(TIMES, LARGEST // max(size)))
    return size[0] * times, size[1] * times


def plan_of(
    source: Mapping[str, Any], attack: Mapping[str, Any], *, title: str, target: str | None = None
) -> dict[str, Any]:
    """Return the plan of one attack on one small identifier, beside the same without poison.

    Args:
        source: of the faces, as a plan spells it.
        attack: likewise.
        title: of its report.
        target: whom the key makes people pass as; None has one drawn.
    """
    training = {
        "epochs": 12,
        "batch": 32,
        "learning_rate": 0.002,
        "schedule": "cosine",
        "patience": 12,
        "threads": 1,  # both systems side by side
    }
    return {
        "title": title,
        "backdoor": {
            "faces": dict(source),
            "split": {"train": 40, "validation": 4, "test": 16},
            "systems": [{"network": "deepid", "training": training}],
            "seeds": [0],
            "target": target,
            "attacks": [{**attack, "instances": INSTANCES}],
        },
    }
