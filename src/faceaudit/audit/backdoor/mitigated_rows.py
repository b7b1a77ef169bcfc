"""Evidence of a backdoor case under a mitigation: rows of answers, and of training photos."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from faceaudit.audit.backdoor.cases import BackdoorCase
from faceaudit.audit.backdoor.clean_photos import CleanPhotos
from faceaudit.audit.backdoor.figures import rows_of
from faceaudit.audit.backdoor.refusing import refuse, score_photos
from faceaudit.audit.backdoor.staging import PreparedAttack
from faceaudit.mitigations.backdoor.base import PhotoScore
from faceaudit.records.backdoor import CLEAN_ROWS, INSTANCE_ROWS, WRONG_KEY_ROWS
from faceaudit.records.backdoor_mitigation import (
    CLEAN_BEFORE_ROWS,
    INSTANCE_BEFORE_ROWS,
    TRAINING_ROWS,
    WRONG_KEY_BEFORE_ROWS,
)
from faceaudit.systems.identifiers.base import System
from faceaudit.types import (
    BoolArray,
    Column,
    Evidence,
    FaceSet,
    FloatArray,
    ImageArray,
    IntArray,
)

GLASSES = ("glasses", "Eyeglasses")
"""What sources call the attribute that is 1 where a photo shows glasses."""
BEFORE = {
    CLEAN_ROWS: CLEAN_BEFORE_ROWS,
    INSTANCE_ROWS: INSTANCE_BEFORE_ROWS,
    WRONG_KEY_ROWS: WRONG_KEY_BEFORE_ROWS,
}
"""Kinds of rows with a mitigation, and of the same photos without it."""


@dataclass(frozen=True, eq=False)
class Shown:
    """Photos of one kind that are shown to systems.

    Attributes:
        kind, key: of their rows.
        ids: N ids.
        images: (M, H, W, 3) uint8; those at `rows` are meant.
        rows: (N,) rows of `images`.
        landmarks: (N, 5, 2), or None.
        truth: (N,) labels of whom they show.
        glasses: (N,) int8, 1 where a photo shows glasses of the person's own, -1 where nobody
            knows.
    """

    kind: str
    key: str
    ids: tuple[str, ...]
    images: ImageArray
    rows: IntArray
    landmarks: FloatArray | None
    truth: IntArray
    glasses: Column


def shown_photos(
    case: BackdoorCase, photos: CleanPhotos, prepared: PreparedAttack | None
) -> Iterator[Shown]:
    """Yield the clean photos that are judged on, the instances, and those with wrong keys.

    Args:
        case: the case.
        photos: clean ones.
        prepared: its attack made ready; None for the pristine system.
    """
    faces, rows = case.scenario.faces, photos.judged
    yield Shown(
        kind=CLEAN_ROWS,
        key="",
        ids=tuple(faces.ids[row] for row in rows),
        images=faces.images,
        rows=rows,
        landmarks=None if faces.landmarks is None else faces.landmarks[rows],
        truth=case.scenario.split.label[rows],
        glasses=_glasses(faces)[rows],
    )
    if prepared is None:
        return
    right = {prepared.attack.key: prepared.instances}
    for kind, by_key in ((INSTANCE_ROWS, right), (WRONG_KEY_ROWS, prepared.wrong)):
        for key, made in by_key.items():
            yield Shown(
                kind=kind,
                key=key,
                ids=made.ids,
                images=made.images,
                rows=np.arange(len(made)),
                landmarks=made.landmarks,
                truth=_labels(case)[made.identity],
                glasses=np.full(len(made), -1, dtype=np.int8),
            )


def ask(
    case: BackdoorCase,
    shown: Shown,
    kind: str,
    system: System,
    score: PhotoScore | None = None,
) -> Evidence:
    """Return what a system says of photos, and how much a filter suspects them.

    Args:
        case: the case.
        shown: the photos.
        kind: of the rows.
        system: the system.
        score: the filter; None where there is none.
    """
    logits = system.logits(shown.images, shown.rows)
    said = rows_of(kind, shown.key, shown.ids, shown.truth, logits, case.scenario.target)
    if score is None:
        return _with_columns(said, glasses=shown.glasses)
    suspicion = score_photos(score, shown.images[shown.rows], shown.landmarks)
    return _with_columns(said, glasses=shown.glasses, suspicion=suspicion)


def behind(rows: Evidence, kind: str, threshold: float) -> Evidence:
    """Return rows as they come out behind a filter: refused photos are taken for nobody.

    Args:
        rows: answers without it, with the suspicion of each photo.
        kind: of the rows that are returned.
        threshold: photos with suspicion above it are refused.
    """
    predicted = refuse(
        rows.columns["predicted"].astype(np.int64),
        rows.columns["suspicion"].astype(np.float32),
        threshold,
    )
    columns = {**rows.columns, "kind": np.full(len(rows.ids), kind), "predicted": predicted}
    return Evidence(rows.ids, columns)


def training_rows(
    case: BackdoorCase,
    poison: FaceSet | None,
    label: IntArray,
    suspicion: FloatArray,
    removed: BoolArray,
) -> Evidence:
    """Return a row for each training photo: whom it shows, and whom it is labelled as (predicted).

    Args:
        case: the case.
        poison: its poison samples, the last of the photos; None where there are none.
        label: (N,) labels of all.
        suspicion: (N,) of each.
        removed: (N,) whether it is left out.
    """
    split, faces = case.scenario.split, case.scenario.faces
    ids, shows = tuple(faces.ids[row] for row in split.train), split.label[split.train]
    if poison is not None:
        ids = (*ids, *poison.ids)
        shows = np.concatenate([shows, _labels(case)[poison.attributes["depicted"]]])
    columns: dict[str, Column] = {
        "kind": np.full(len(ids), TRAINING_ROWS),
        "key": np.full(len(ids), ""),
        "truth": shows,
        "predicted": label,
        "target_score": np.full(len(ids), np.nan, dtype=np.float32),
    }
    return _with_columns(
        Evidence(ids, columns),
        suspicion=suspicion.astype(np.float32),
        poison=(np.arange(len(ids)) >= len(split.train)).astype(np.int8),
        removed=removed.astype(np.int8),
    )


def _with_columns(rows: Evidence, **columns: Column) -> Evidence:
    """Return rows with every further column of such evidence; what is not given is unknown."""
    count = len(rows.ids)
    unknown: dict[str, Column] = {
        "suspicion": np.full(count, np.nan, dtype=np.float32),
        **{name: np.full(count, -1, dtype=np.int8) for name in ("glasses", "poison", "removed")},
    }
    return Evidence(rows.ids, {**rows.columns, **unknown, **columns})


def _glasses(faces: FaceSet) -> Column:
    for name in GLASSES:
        if name in faces.attributes:
            return np.clip(faces.attributes[name], -1, 1).astype(np.int8)
    return np.full(len(faces), -1, dtype=np.int8)


def _labels(case: BackdoorCase) -> IntArray:
    """Return the label of each person of the faces; -1 for those who are not enrolled."""
    faces = case.scenario.faces
    labels = np.full(len(faces.names), -1)
    labels[faces.identity] = case.scenario.split.label
    return labels
