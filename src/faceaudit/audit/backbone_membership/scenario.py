"""What the trainings of a case have in common: people, their photos, and who learns from whom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from faceaudit.audit.backbone_membership.plan import BackboneMembershipPlan, Recipe
from faceaudit.errors import SplitError
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.faces.split import SplitPlan
from faceaudit.records.backbone_membership import KIND, Photos
from faceaudit.registry import digest
from faceaudit.store.store import SCHEMA
from faceaudit.types import BoolArray, FaceSet, IntArray

VERSION = 1
"""Of how people are divided, and how answers are counted."""
FEWEST = 8
"""People below which halves, and halves of these, hold too few to tell anything."""
PHOTOS = 2
"""Photos of each part that a person needs: one to ask about, one to compare it with."""


@dataclass(frozen=True, eq=False)
class People:
    """P people of a source with their photos by what these are for.

    Attributes:
        faces: the photos.
        names: of the people, sorted.
        person: (N,) the place of who is on each photo; -1 for people who are not among them.
        trained, held_out, watched: rows of photos that members are learned by, that nobody is,
            and that stop a training.
        left_out: people who are not among them, and why.
    """

    faces: FaceSet
    names: tuple[str, ...]
    person: IntArray
    trained: IntArray
    held_out: IntArray
    watched: IntArray
    left_out: tuple[LeftOut, ...]

    def __len__(self) -> int:
        return len(self.names)

    def rows(self, photos: Photos) -> IntArray:
        """Return the rows of one kind of photos."""
        return self.trained if photos == "trained" else self.held_out


def divide_photos(faces: FaceSet, plan: SplitPlan, seed: int) -> People:
    """Return the people with enough photos; the same seed gives the same parts.

    Raises:
        SplitError: fewer than eight people have them.
    """
    split = plan.split(faces, seed)
    count = [
        np.bincount(split.label[rows], minlength=len(split.names))
        for rows in (split.train, split.test)
    ]
    enough = np.minimum(*count) >= PHOTOS
    left_out = tuple(
        LeftOut(
            name,
            f"expected at least {PHOTOS} photos to learn from and {PHOTOS} that are held out, got "
            f"{learned} and {held}",
        )
        for name, learned, held, able in zip(split.names, *count, enough, strict=True)
        if not able
    )
    if np.count_nonzero(enough) < FEWEST:
        raise SplitError(
            f"expected at least {FEWEST} people with {PHOTOS} photos to learn from and {PHOTOS} "
            f"that are held out, got {np.count_nonzero(enough)} of {len(faces.names)}; try "
            "split.by=photo, or more photos of each"
        )
    place = np.where(enough, np.cumsum(enough) - 1, -1)
    person = np.where(split.label >= 0, place[split.label], -1)
    names = tuple(name for name, able in zip(split.names, enough, strict=True) if able)
    return People(
        faces,
        names,
        person,
        trained=split.train[person[split.train] >= 0],
        held_out=split.test[person[split.test] >= 0],
        watched=split.validation[person[split.validation] >= 0],
        left_out=(*split.left_out, *left_out),
    )


def draw_halves(names: Sequence[str], trainings: int, seed: int) -> BoolArray:
    """Return (M, P) whom each training learns from: the two halves of M / 2 random divisions.

    So everybody is learned from by half of all trainings. Of an odd number of people, one half has
    one more.
    """
    halves = np.zeros((trainings, len(names)), dtype=np.bool_)
    for number in range(0, trainings, 2):
        order = np.argsort(seeded_order(names, (number + 1) * 2**32 + seed))
        halves[number, order[: len(names) // 2]] = True
        halves[number + 1] = ~halves[number]
    return halves


@dataclass(frozen=True, eq=False)
class Scenario:
    """One recipe under one seed.

    Attributes:
        plan: the section.
        number: the recipe's place in it.
        seed: of everything that is drawn.
        people: of whom halves are learned from.
        others: people of another source, or None.
    """

    plan: BackboneMembershipPlan
    number: int
    seed: int
    people: People
    others: People | None

    @property
    def recipe(self) -> Recipe:
        """How the backbones are trained."""
        return self.plan.recipes[self.number]

    @property
    def title(self) -> str:
        """The recipe in a few words."""
        return self.plan.titles()[self.number]

    @cached_property
    def halves(self) -> BoolArray:
        """(M, P) whom each training learns from."""
        return draw_halves(self.people.names, self.plan.trainings, self.seed)

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The case as plain values."""
        plan, others = self.plan, self.others
        return {
            "schema": SCHEMA,
            "kind": KIND,
            "version": VERSION,
            "title": self.title,
            "recipe": recipe_values(self.recipe),
            "trainings": plan.trainings,
            "split": plan.split.model_dump(mode="json"),
            "attacks": [one.identity() for one in plan.attacks],
            "fprs": list(plan.fprs),
            "strict": plan.strict,
            "fingerprint": self.people.faces.fingerprint,
            "faces": plan.faces.spec().as_json(),
            "others": None if plan.others is None else plan.others.spec().as_json(),
            "others_fingerprint": None if others is None else others.faces.fingerprint,
            "seed": self.seed,
        }

    @cached_property
    def id(self) -> str:
        """The sha256 of what determines the case; where the faces came from does not."""
        left_out = ("title", "faces", "others")
        return digest({key: value for key, value in self.spec.items() if key not in left_out})


def recipe_values(recipe: Recipe) -> dict[str, Any]:
    """Return what determines a training beside its photos, as plain values."""
    return {**recipe.model_dump(mode="json"), "network": recipe.network.identity()}
