"""Filters of backdoors on a training set or an identifier of one's own, without a plan."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.api.arguments import Cache, check_count, check_number
from faceaudit.api.mitigated_identifiers import (
    MitigationLike,
    opened_identifier,
    other_kind,
    require_fitting,
    require_photos,
    vouched_photos,
)
from faceaudit.api.systems import SystemLike
from faceaudit.audit.backdoor.asked import (
    AskedIdentifier,
    require_known,
    see_photos,
    see_strangers,
    take_seen,
)
from faceaudit.audit.backdoor.filtering import checked_suspicion, choose_removed
from faceaudit.audit.backdoor.other_people import other_photos
from faceaudit.audit.backdoor.refusing import score_photos, set_threshold
from faceaudit.audit.backdoor.treatments import Removal
from faceaudit.errors import InputError
from faceaudit.mitigations.backdoor import (
    InputFilter,
    PhotoScore,
    TrainingFilter,
    backdoor_mitigations,
)
from faceaudit.progress import Progress, silent
from faceaudit.systems.under_test.base import IdentifierUnderTest
from faceaudit.types import BoolArray, FaceSet, FloatArray


@dataclass(frozen=True, eq=False)
class FilteredTrainingSet:
    """What a filter makes of a training set.

    Attributes:
        suspicion: (N,) of each photo; higher is more, comparable among photos of one person.
        removed: (N,) whether a photo is among the most suspected ones, to be left out.
        people: names of the people of whom the filter says how much they are suspected to be a
            target, the most suspected first.
        of_people: (P,) how much those are suspected, in their order.
    """

    suspicion: FloatArray
    removed: BoolArray
    people: tuple[str, ...]
    of_people: FloatArray


@dataclass(frozen=True, eq=False)
class FittedInputFilter:
    """A filter of photos that are shown to an identifier, fitted to it.

    Attributes:
        false_alarms: share of the clean photos that may be refused.
        threshold: photos with suspicion above it are refused.
        judged: on how many clean photos it was set; the filter was fitted on others.
        score: images and landmarks to suspicion, as the filter gives it.
    """

    false_alarms: float
    threshold: float
    judged: int
    score: PhotoScore

    def suspicion(self, photos: FaceSet) -> FloatArray:
        """Return (N,) how much photos are suspected; infinite where one cannot be judged."""
        return score_photos(self.score, photos.images, photos.landmarks)

    def refuses(self, photos: FaceSet) -> BoolArray:
        """Return (N,) whether photos are refused."""
        refused: BoolArray = self.suspicion(photos) > np.float32(self.threshold)
        return refused


def filter_training_set(
    photos: FaceSet,
    *,
    mitigation: MitigationLike = "repeated_overlays",
    system: SystemLike | IdentifierUnderTest | None = None,
    clean: FaceSet | None = None,
    share: float = 0.2,
    people: int | None = None,
    seed: int = 0,
    cache: Cache = None,
    progress: Progress = silent,
) -> FilteredTrainingSet:
    """Say which photos of a training set may be poison, and who may be the target.

    Leave out the photos in `removed` and train again. It removes clean photos as well: how many,
    and what that costs, an audit with a section `backdoor` measures where poison is known.

    Args:
        photos: the training set, labelled by `identity`.
        mitigation: a filter of training sets of `components("backdoor_mitigation")`.
        system: the identifier that was trained on them, at their size; it has to give embeddings.
            None for a filter that looks at pixels alone.
        clean: photos of the same people that somebody vouches for.
        share: of a person's photos, the most suspected ones, to be left out.
        people: of how many people, the most suspected ones; of everybody when None.
        seed: of what is drawn.
        cache: folder in which answers are kept; the user's cache when None.
        progress: told of every photo.

    Returns:
        A `FilteredTrainingSet`.

    Raises:
        InputError: photos of another size, people whom the system does not know, a system that
            gives no embeddings, or too few clean photos.
        OptionError: the mitigation is no filter of training sets.
        UnknownName: there is no such mitigation.

    Example:
        ::

            photos = faceaudit.load_faces("folder:collected", size=(112, 112)).faces
            found = faceaudit.filter_training_set(photos)
            print(found.people[:3], [photos.ids[row] for row in np.flatnonzero(found.removed)])
    """
    chosen = backdoor_mitigations.build(mitigation)
    if not isinstance(chosen, TrainingFilter):
        raise other_kind(chosen, TrainingFilter, "a filter of training sets")
    removal = Removal(share=check_number(share, "share"), people=people)
    rng = np.random.default_rng([check_count(seed, "seed", least=0), 8])
    vouched = photos.take(np.zeros(0, dtype=np.int64)) if clean is None else clean
    require_photos(chosen, vouched)
    if not len(photos):
        raise InputError("expected the photos of a training set, got none")
    asked: AskedIdentifier | None = None
    if chosen.needs_system:
        if system is None:
            raise InputError(
                f"expected the system that was trained on the photos, for {chosen.name}, got none; "
                "give it, or try 'repeated_overlays', which needs none"
            )
        opened = opened_identifier(system, cache, progress)
        require_fitting(opened, (photos, vouched))
        asked = AskedIdentifier(opened)
    names = photos.names if asked is None else asked.names
    require_known(vouched, names)
    seen = see_photos(photos, names, asked)
    if len(vouched):
        beside = see_photos(vouched, names, asked)
    else:
        beside = take_seen(seen, np.zeros(0, dtype=np.int64))
    suspicion = checked_suspicion(chosen.suspect(seen, beside, rng), len(seen), len(names))
    order = np.argsort(-suspicion.people, kind="stable")
    order = order[~np.isnan(suspicion.people[order])]
    return FilteredTrainingSet(
        suspicion=suspicion.photos,
        removed=choose_removed(suspicion, seen.label, removal),
        people=tuple(names[label] for label in order),
        of_people=suspicion.people[order],
    )


def fit_input_filter(
    system: SystemLike | IdentifierUnderTest,
    clean: FaceSet | None = None,
    *,
    others: FaceSet | None = None,
    mitigation: MitigationLike = "backbone_agreement",
    false_alarms: float = 0.05,
    seed: int = 0,
    cache: Cache = None,
    progress: Progress = silent,
) -> FittedInputFilter:
    """Fit a filter of photos that are shown to an identifier, which refuses those with a key.

    It is fitted on half of each person's clean photos, and its threshold is set on the other half;
    of other people, on half of the people, and on the other half of them.

    Args:
        system: the identifier, as `system_under_test` takes it, or one that is open.
        clean: photos of people whom it knows that somebody vouches for; at least two a person,
            and four for "fusion".
        others: clean photos of people whom it does not know, in the place of `clean`, for a filter
            that has a use for those, such as "strip" or "occlusion". Their names do not count. How
            many photos of people whom it knows are then refused, nobody can say without such.
        mitigation: a filter of inputs of `components("backdoor_mitigation")`.
        false_alarms: share of clean photos that may be refused. With fewer than 1 / false_alarms
            photos to set it on, none of those is.
        seed: of what is drawn.
        cache: folder in which answers are kept; the user's cache when None.
        progress: told of every photo.

    Returns:
        A `FittedInputFilter`: `refuses(photos)` says which to refuse.

    Raises:
        InputError: photos of another size, people in `clean` whom the system does not know, a
            system that gives no embeddings, too few clean photos, or both kinds of them.
        SplitError: `others` shows one person alone, or most of them show few people.
        OptionError: the mitigation is no filter of inputs, or the share is none.
        UnknownName: there is no such mitigation.

    Example:
        ::

            clean = faceaudit.load_faces("folder:checked", size=(112, 112)).faces
            guard = faceaudit.fit_input_filter("file:identifier.safetensors", clean)
            print(guard.refuses(shown))
    """
    chosen = backdoor_mitigations.build(mitigation)
    if not isinstance(chosen, InputFilter):
        raise other_kind(chosen, InputFilter, "a filter of inputs")
    allowed = check_number(false_alarms, "false_alarms", least=0, most=1)
    if allowed == 1:
        raise InputError("expected false_alarms below 1, got 1: everything would be refused")
    rng = np.random.default_rng([check_count(seed, "seed", least=0), 8])
    vouched = vouched_photos(chosen, clean, others)
    halves = None
    if others is not None:
        halves = other_photos(others, len(others), seed).halves(chosen.other_photos or 1)
    opened = opened_identifier(system, cache, progress)
    require_fitting(opened, () if others is not None else (vouched,), others=others)
    asked = AskedIdentifier(opened)
    if others is None:
        seen = see_photos(vouched, asked.names, asked)
    else:
        seen = see_strangers(others, asked)
    order = np.argsort(seen.label, kind="stable")
    fit, apart = map(np.sort, halves or (order[::2], order[1::2]))
    score = chosen.fit(asked, take_seen(seen, fit), rng)
    landmarks = None if seen.landmarks is None else seen.landmarks[apart]
    found = score_photos(score, seen.images[apart], landmarks)
    return FittedInputFilter(allowed, set_threshold(found, allowed), len(apart), score)
