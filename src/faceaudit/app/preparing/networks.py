"""Step: two small networks, or those the app was started with, and how they score other people."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import numpy as np

import faceaudit
from faceaudit.app.gallery import known_gallery
from faceaudit.app.gallery_people import others
from faceaudit.app.networks import PAIRS, REFERENCE, WEIGHTS, HardPairs, Place, Wanted, wanted
from faceaudit.app.networks import STEP as NAME
from faceaudit.app.preparing.step import Step
from faceaudit.app.reference import FMRS, Reference, reference_of
from faceaudit.app.settings import Settings
from faceaudit.errors import PhotoError
from faceaudit.files.atomic import write_atomically
from faceaudit.progress import Progress
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import FloatArray

PER_PERSON = 6
"""Genuine pairs of a person: all that four photos allow."""


def make(settings: Settings, folder: Path, progress: Progress) -> None:
    """Train and measure one network after the other; each is usable as soon as it is made."""
    cache = folder / "cache"
    for one in wanted(settings):
        place = folder / one.name
        if (place / REFERENCE).is_file():  # of a preparation that was stopped
            continue
        place.mkdir(parents=True, exist_ok=True)
        with progress.task(one.title, None):
            embedder = _embedder(one, place, folder / "trained", progress)
            reference = measure(settings, embedder, cache, progress)
        if not (folder / PAIRS).is_file():
            _keep_hard_pairs(settings, embedder, folder / PAIRS)
        reference.save(place / REFERENCE)
    for left in (cache, folder / "trained", folder / "trained.cache"):
        shutil.rmtree(left, ignore_errors=True)


def measure(settings: Settings, embedder: Embedder, cache: Path, progress: Progress) -> Reference:
    """Return how a network scores people whom it has not learned from, none of the gallery."""
    faces, real = others(settings, embedder.size, cache, progress)
    scores = cache / "scores.csv"
    result = faceaudit.evaluate_verification(
        embedder,
        faces,
        per_person=PER_PERSON,
        fmrs=FMRS,
        groups=[],
        scores_out=scores,
        cache=cache,
        progress=progress,
    )
    return reference_of(result, scores, real=real)


def _keep_hard_pairs(settings: Settings, embedder: Embedder, file: Path) -> None:
    """Write which pairs of the gallery a network finds hard; nothing where it sees no two faces."""
    gallery = known_gallery(settings)
    places, seen = [], []
    for person, photos in enumerate(gallery.people if gallery else ()):
        for number, photo in enumerate(photos):
            with suppress(PhotoError):
                found = faceaudit.compare_photos(
                    photo.pixels, photo.pixels, embedder, align=settings.align
                )
                places.append((person, number))
                seen.append(found.photos[0].images[0][0])
    if len({person for person, _ in places}) < 2:
        return
    embedded = faceaudit.embed(embedder, np.stack(seen))
    hard = find_hard_pairs(embedded, places)
    write_atomically(file, json.dumps(asdict(hard)))


def find_hard_pairs(embedded: FloatArray, places: Sequence[Place]) -> HardPairs:
    """Return the two people who are most alike, and the two photos of one who are least.

    Args:
        embedded: (N, E) templates of N photos of at least two people.
        places: person and photo of each.
    """
    unit = embedded / np.linalg.norm(embedded, axis=1, keepdims=True)
    cosine = unit @ unit.T
    person = np.array([place[0] for place in places])
    same = person[:, None] == person
    alike = np.unravel_index(np.where(same, -np.inf, cosine).argmax(), cosine.shape)
    other = same & ~np.eye(len(person), dtype=bool)
    unlike = np.unravel_index(np.where(other, cosine, np.inf).argmin(), cosine.shape)
    one, two = (places[int(row)] for row in alike)
    first, second = (places[int(row)] for row in unlike)
    return HardPairs((one, two), (first, second) if other.any() else None)


def _embedder(one: Wanted, place: Path, store: Path, progress: Progress) -> Embedder:
    if not one.pretraining:
        return faceaudit.load_network(one.network, one.weights)
    import safetensors.torch  # noqa: PLC0415 - slow, and needed here alone

    embedder = faceaudit.train_embedder(
        one.network, store=store, progress=progress, **one.pretraining
    )
    state = {name: tensor.contiguous() for name, tensor in embedder.state().items()}
    safetensors.torch.save_file(state, place / WEIGHTS)
    return embedder


STEP = Step(NAME, 10, make)
