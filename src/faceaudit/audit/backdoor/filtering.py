"""Filters of training sets: which photos are left out, and the system that is trained without."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.audit.backdoor.treatments import Removal
from faceaudit.errors import CaseError
from faceaudit.mitigations.backdoor.base import Suspicion
from faceaudit.records.backdoor_mitigation import RankedTarget
from faceaudit.training import TrainingPhotos
from faceaudit.types import BoolArray, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Filtered:
    """What a filter makes of a training set.

    Attributes:
        suspicion: of every photo and person.
        removed: (N,) whether a photo is left out.
    """

    suspicion: Suspicion
    removed: BoolArray


def checked_suspicion(suspicion: Suspicion, photos: int, people: int) -> Suspicion:
    """Return a filter's answer as it is.

    Raises:
        CaseError: it has not one finite number a photo, and one number or NaN a person.
    """
    of_photos, of_people = np.asarray(suspicion.photos), np.asarray(suspicion.people)
    if of_photos.shape != (photos,) or of_people.shape != (people,):
        raise CaseError(
            f"expected suspicion of {photos} photos and {people} people, got "
            f"{of_photos.shape} and {of_people.shape}"
        )
    if not np.isfinite(of_photos).all() or np.isinf(of_people).any():
        raise CaseError("expected finite suspicion of photos, got values that are not")
    return suspicion


def choose_removed(suspicion: Suspicion, label: IntArray, removal: Removal) -> BoolArray:
    """Return (N,) which photos to leave out: the most suspected ones of those of each person.

    Of a person with n photos floor(share * n) are left out, so at least one stays; of two that are
    suspected as much, the earlier one first.

    Args:
        suspicion: of N photos and K people.
        label: (N,) labels.
        removal: how many, and of whom. Where it is of the people suspected most and a filter
            suspects nobody, nothing is left out.
    """
    order = np.lexsort((-suspicion.photos, label))
    sorted_label = label[order]
    people = len(suspicion.people)
    photos = np.bincount(label, minlength=people)
    place = np.arange(len(label)) - (np.cumsum(photos) - photos)[sorted_label]
    # A share times a count may come out a hair below the whole number that it is.
    taken = np.floor(removal.share * photos + 1e-9)
    if removal.people is not None:
        taken[~_most_suspected(suspicion.people, removal.people)] = 0
    removed = np.zeros(len(label), dtype=bool)
    removed[order] = place < taken[sorted_label]
    return removed


def _most_suspected(people: FloatArray, count: int) -> BoolArray:
    chosen = np.zeros(len(people), dtype=bool)
    known = np.flatnonzero(~np.isnan(people))
    chosen[known[np.argsort(-people[known], kind="stable")][:count]] = True
    return chosen


def rank_target(people: FloatArray, target: int) -> RankedTarget | None:
    """Return where the target stands among the people suspected; None where it is not told.

    >>> rank_target(np.array([0.1, 0.9, np.nan, 0.9]), 1)
    RankedTarget(rank=2, people=3)
    """
    own = people[target]
    if np.isnan(own):
        return None
    known = people[~np.isnan(people)]
    return RankedTarget(rank=int((known >= own).sum()), people=len(known))


def without(photos: TrainingPhotos, removed: BoolArray) -> TrainingPhotos:
    """Return the training photos that stay; mirror images are added later."""
    stay = ~removed
    return TrainingPhotos(photos.arrays, photos.array[stay], photos.row[stay], photos.label[stay])
