"""The networks that pages ask: two small ones of the app's own, or those it was started with.

    for network in known(settings()):
        print(network.title, network.compare(first, second).cosine, network.reference.people)

What is here is what is ready: `known` returns more once more is prepared, and pages that poll see
it come. Networks are trained and measured by the step `networks` of the preparation.
"""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import faceaudit
from faceaudit.app.prepared import folder_of
from faceaudit.app.reference import Reference
from faceaudit.app.settings import Settings
from faceaudit.types import ImageArray

if TYPE_CHECKING:
    from faceaudit.api.photo_comparison import ComparedPhotos
    from faceaudit.systems.embedding.embedder import Embedder

STEP = "networks"
"""The step that makes what is known of networks."""
REFERENCE = "reference.json"
"""What is known of a network's scores; written last, so that a network that has it is ready."""
PAIRS = "pairs.json"
"""Pairs of the gallery that the first network finds hard."""
WEIGHTS = "weights.safetensors"
"""The weights of a network that was trained here."""


@dataclass(frozen=True)
class Wanted:
    """A network that the app is to have.

    Attributes:
        name: of its folder; "1", "2" and so on.
        title: for people to read.
        network: the architecture, as `faceaudit.load_network` takes it.
        weights: the file of its weights; None where they are trained here.
        pretraining: what `faceaudit.train_embedder` is told, where they are.
    """

    name: str
    title: str
    network: str | dict[str, Any]
    weights: str | None = None
    pretraining: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class KnownNetwork:
    """A network that is ready: asked about photos, and what its scores mean.

    Attributes:
        name: "1", "2" and so on, in the order of `known`.
        title: for people to read, the same in every language.
        folder: holds what was prepared of it.
        own: whether the app trained it, on people who do not exist.
        align: how the face in a photo is found, as calls of `faceaudit` take it; None where photos
            are taken as they are.
        reference: how it scores other people: distributions, and thresholds with their errors.
    """

    name: str
    title: str
    folder: Path
    own: bool
    align: str | None
    reference: Reference
    _wanted: Wanted

    @cached_property
    def embedder(self) -> Embedder:
        """The network with its weights, loaded once a process; the first use takes a second."""
        with _loading:
            return _embedder(self._wanted, self.folder)

    def compare(self, first: ImageArray, second: ImageArray) -> ComparedPhotos:
        """Return how alike it finds two photos, (H, W, 3) uint8 RGB; from any thread.

        Raises:
            PhotoError: no face in a photo can be used.
        """
        # One at a time is as fast as the cores are. It is always the same thread, too: torch keeps
        # threads of its own for each that calls it, and every run of a page is a new one.
        return _asking.submit(
            faceaudit.compare_photos, first, second, self.embedder, align=self.align
        ).result()


_loading = threading.Lock()
_asking = ThreadPoolExecutor(1, "faceaudit-compare")

_PRETRAINING: dict[str, Any] = {
    "margin": 0.2,
    "split": {"train": 8, "validation": 1, "test": 1, "donors": 0},
    "training": {"epochs": 10, "batch": 64, "learning_rate": 0.002, "schedule": "cosine"},
}
_PEOPLE = {"source": "synthetic", "people": 320, "photos": 10, "sessions": 5}
VARIATION = 0.6
"""Strength of pose, light and camera in synthetic photos; 1 is what audits take."""


def wanted(settings: Settings) -> tuple[Wanted, ...]:
    """Return the networks that the app is to have: two of its own unless it was given some.

    The two differ in width, in the people they learned from, and in the chance of the training.
    """
    if settings.networks:
        return tuple(
            _given(str(number), text) for number, text in enumerate(settings.networks, start=1)
        )
    aligned = settings.align is not None
    return tuple(
        Wanted(
            name,
            title,
            {"network": "deepid", "width": width},
            pretraining={
                **_PRETRAINING,
                "faces": {**_PEOPLE, "variation": VARIATION, "seed": seed, "aligned": aligned},
                "seed": seed,
            },
        )
        for name, title, width, seed in (
            ("1", "DeepID A", 1.0, 8101),
            ("2", "DeepID B", 0.75, 8102),
        )
    )


def known(settings: Settings) -> tuple[KnownNetwork, ...]:
    """Return the networks that are ready, in the order in which they are wanted; quick to call.

    The same objects come back as long as nothing changes: a network is loaded once a process.
    """
    found = []
    for one in wanted(settings):
        folder = folder_of(settings, STEP) / one.name
        try:
            changed = (folder / REFERENCE).stat().st_mtime_ns
        except OSError:
            continue
        found.append(
            _known(json.dumps(one.__dict__, sort_keys=True), folder, settings.align, changed)
        )
    return tuple(found)


Place = tuple[int, int]
"""Person and photo in the gallery, from 0."""


@dataclass(frozen=True)
class HardPairs:
    """Pairs of the gallery that a network finds hard.

    Attributes:
        alike: two people whom it finds most alike.
        unlike: two photos of one person that it finds least alike; None where nobody has two.
    """

    alike: tuple[Place, Place]
    unlike: tuple[Place, Place] | None


def hard_pairs(settings: Settings) -> HardPairs | None:
    """Return pairs that the first network finds hard, or None as long as it is not ready."""
    file = folder_of(settings, STEP) / PAIRS
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        return None
    pairs = {
        name: None if pair is None else tuple((person, photo) for person, photo in pair)
        for name, pair in values.items()
    }
    return HardPairs(**pairs)  # type: ignore[arg-type]


@lru_cache(maxsize=32)
def _known(one: str, folder: Path, align: str | None, _changed: int) -> KnownNetwork:
    described = Wanted(**json.loads(one))
    return KnownNetwork(
        name=described.name,
        title=described.title,
        folder=folder,
        own=described.weights is None and bool(described.pretraining),
        align=align,
        reference=Reference.load(folder / REFERENCE),
        _wanted=described,
    )


def _given(name: str, text: str) -> Wanted:
    """Return a network that the app was started with: NAME=FILE, of ONNX or of trained weights."""
    title, _, file = text.partition("=")
    if file.lower().endswith(".onnx"):
        return Wanted(name, title, f"onnx:{file}")
    return Wanted(name, title, title, weights=file)


def _embedder(one: Wanted, folder: Path) -> Embedder:
    weights = folder / WEIGHTS if one.pretraining else one.weights
    return faceaudit.load_network(one.network, weights)
