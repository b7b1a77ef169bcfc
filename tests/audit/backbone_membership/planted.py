"""Backbones whose embeddings are made up, so that what leaks is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from faceaudit.audit.backbone_membership.listing import Pool
from faceaudit.audit.backbone_membership.plan import BackboneMembershipPlan
from faceaudit.audit.backbone_membership.scenario import Scenario, divide_photos
from faceaudit.faces.sources.base import sources
from faceaudit.types import FaceSet, FloatArray, ImageArray
from helpers.faces import blocks

SPLIT: Mapping[str, Any] = {
    "train": 6,
    "validation": 1,
    "test": 3,
    "donors": 0,
    "by": "video",
}


def plan(**values: Any) -> BackboneMembershipPlan:
    """Return a section on synthetic people; nothing of it is rendered by this."""
    return BackboneMembershipPlan(
        **{
            "faces": {"source": "synthetic", "people": 40, "photos": 12, "sessions": 4},
            "recipes": [
                {
                    "network": {"network": "deepid", "width": 0.1},
                    "training": {"epochs": 2, "batch": 32, "threads": 1},
                }
            ],
            "trainings": 4,
            "split": SPLIT,
            "fprs": [0.2],
            **values,
        }
    )


def coarse(people: int = 40, seed: int = 0, photos: int = 20) -> FaceSet:
    """Return people as coarse patterns, five photos a video."""
    return blocks(people, photos, seed=seed)


def scenario(*, others: FaceSet | None = None, **values: Any) -> Scenario:
    """Return a recipe on coarse patterns."""
    if others is not None:
        values["others"] = {"source": "synthetic", "people": 40, "seed": 5}
    section = plan(**values)
    people = divide_photos(coarse(), section.split, 0)
    second = None if others is None else divide_photos(others, section.split, 0)
    return Scenario(section, 0, 0, people, second)


class Planted:
    """A backbone that draws photos of its members closer together, or does not.

    Args:
        pool: the photos it is asked about.
        training: whose half it learned from.
        made: the scenario.
        leak: how much closer, from 0 to 1; and whether by training photos alone.
    """

    def __init__(
        self, pool: Pool, training: int, made: Scenario, leak: float, *, alone: bool = False
    ) -> None:
        self._pool, self._training, self._made = pool, training, made
        self._leak, self._alone = leak, alone

    def embed(self, images: ImageArray) -> FloatArray:
        """Return embeddings: a direction a person, and noise."""
        assert len(images) == len(self._pool)
        rng = np.random.default_rng([7, self._training])
        spread = np.ones(len(self._pool))
        numbers = np.zeros(len(self._pool), dtype=np.int64)
        for photos in ("trained", "held_out"):
            against = "same_source" if self._made.others is None else "other_source"
            for place in {"same_source", against}:
                listed = self._pool.listed(self._training, place, photos)  # type: ignore[arg-type]
                numbers[listed.rows] = listed.person
                if photos == "trained" or not self._alone:
                    spread[listed.rows[listed.member]] = 1 - self._leak
        looks = np.random.default_rng(11).normal(size=(200, 24))[numbers]
        noise = rng.normal(size=looks.shape) * spread[:, None]
        return (looks + noise).astype(np.float32)


def planted(made: Scenario, pool: Pool, leak: float, *, alone: bool = False) -> Iterator[Any]:
    """Yield a planted backbone for each training."""
    for training in range(made.plan.trainings):
        yield Planted(pool, training, made, leak, alone=alone)


def find_source(**options: Any) -> Any:
    """Return a synthetic source."""
    return sources.build({"source": "synthetic", **options})
