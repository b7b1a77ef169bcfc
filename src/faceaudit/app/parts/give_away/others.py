"""Other people than those on show: the attacker's own, and those of a second database.

Nobody is both, and none of them is in the gallery or fixed a threshold.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import faceaudit
from faceaudit.app.networks import VARIATION, KnownNetwork
from faceaudit.app.prepared import folder_of
from faceaudit.app.settings import Settings
from faceaudit.faces.sources.base import Source
from faceaudit.files.atomic import write_atomically
from faceaudit.progress import Progress, silent
from faceaudit.types import Estimate, FaceSet, FloatArray, IntArray

if TYPE_CHECKING:
    from faceaudit.api.faces import LoadedFaces

STEP = "give_away"
"""The step that makes what the page needs."""
OWN, ENROLLED, PHOTOS = 240, 160, 4
"""People whom the attacker has photos of, people in the second database, and photos of each."""
ATTRIBUTES = ("sex", "beard", "glasses", "skin_tone")
"""What is read off templates, as the source of the faces calls it."""
ATTACK = {"attack": "linear_probe", "strengths": [0.01]}
"""What reads them. Choosing among four penalties finds no more, and takes ten times as long."""
_FIGURES = "figures.json"


@dataclass(frozen=True, eq=False)
class Drawn:
    """Who the other people are.

    Attributes:
        source: of their photos, as `faceaudit.load_faces` takes it.
        own: how many of them are the attacker's; the rest is in the second database.
    """

    source: dict[str, Any]
    own: int


@dataclass(frozen=True, eq=False)
class Others:
    """Other people as a network sees them.

    Attributes:
        faces: all of them, the attacker's first; as many photos of everybody.
        templates: (N, E) of all photos.
        people: how many are the attacker's.
        source: of the photos: it knows where faces are in pictures of each size.
        cache: the folder that keeps embeddings of them.
    """

    faces: FaceSet
    templates: FloatArray
    people: int
    source: Source | None
    cache: Path

    @property
    def own(self) -> IntArray:
        """The rows of the attacker's own photos."""
        return np.flatnonzero(self.faces.identity < self.people)

    @cached_property
    def own_faces(self) -> LoadedFaces:
        """The attacker's own photos, and where they are from."""
        from faceaudit.api.faces import LoadedFaces  # noqa: PLC0415 - slow to load

        return LoadedFaces(self.faces.take(self.own), (), (), self.source)

    def rows(self, photo: int) -> IntArray:
        """Return the rows of one photo of each person of the second database, by its number."""
        rows = np.flatnonzero(self.faces.identity >= self.people)
        each = len(self.faces) // len(self.faces.names)
        chosen: IntArray = rows[np.arange(len(rows)) % each == photo]
        return chosen


@dataclass(frozen=True)
class Read:
    """How well an attribute is read off a network's templates, and the answers for the gallery.

    Attributes:
        name: of the attribute.
        auc: how often a photo with a value scores above one without; 0.5 is guessing.
        values: its values, as numbers.
        labelled: people learned from.
        people: people it was tried on.
        answers: for each photo of the gallery how likely each value is.
    """

    name: str
    auc: Estimate
    values: tuple[int, ...]
    labelled: int
    people: int
    answers: tuple[tuple[float, ...], ...] = ()


@dataclass(frozen=True)
class Linked:
    """How often a template of one network finds its person in another network's database.

    Attributes:
        right: the share of people whose own entry is the nearest of all.
        chance: what guessing gives.
    """

    right: Estimate
    chance: float


@dataclass(frozen=True, eq=False)
class Figures:
    """What was measured beforehand.

    Attributes:
        drawn: on whom.
        read: attributes by the name of the network.
        linked: by the names of both networks, "1>2" where templates of the first are stolen.
        truth: what each photo of the gallery was drawn with, by attribute; empty where the people
            in it exist.
    """

    drawn: Drawn
    read: dict[str, tuple[Read, ...]]
    linked: dict[str, Linked]
    truth: dict[str, tuple[int, ...]]


def load_others(
    settings: Settings, network: KnownNetwork, drawn: Drawn, progress: Progress = silent
) -> Others:
    """Return other people as a network sees them; rendered and embedded where that was not done."""
    cache = folder_of(settings, STEP) / "cache"
    loaded = faceaudit.load_faces(
        drawn.source, network.embedder.size, cache=cache, progress=progress
    )
    templates = faceaudit.embed(network.embedder, loaded, cache=cache, progress=progress)
    return Others(loaded.faces, templates, drawn.own, loaded.source, cache)


def draw(settings: Settings) -> Drawn:
    """Return who is to stand for other people: they do not exist."""
    source = {
        "source": "synthetic",
        "people": OWN + ENROLLED,
        "photos": PHOTOS,
        "sessions": 2,
        "seed": 8150,
        "variation": VARIATION,
        "aligned": settings.align is not None or bool(settings.networks),
    }
    return Drawn(source, OWN)


@lru_cache(maxsize=8)
def known_others(settings: Settings, network: KnownNetwork, figures: Figures) -> Others:
    """Return the other people on whom figures were measured, kept in memory."""
    return load_others(settings, network, figures.drawn)


def read_attribute(others: Others, name: str, asked: FloatArray, *, answers: bool = True) -> Read:
    """Return how well an attribute is read off templates, and off those that are asked about."""
    value = others.faces.attributes[name]
    # Learned from the attacker's own people, and tried on those of the second database.
    own = np.unique(others.faces.identity[others.own])
    found = faceaudit.infer_attributes(
        others.templates,
        value,
        others.faces.identity,
        attack=ATTACK,
        labelled=own,
        asked=asked if answers else None,
    )
    return Read(
        name,
        found.auc,
        tuple(found.values.tolist()),
        found.labelled,
        len(np.unique(others.faces.identity[found.attacked])),
        tuple(map(tuple, found.answers.tolist())) if answers else (),
    )


def save(figures: Figures, folder: Path) -> None:
    """Write figures to a folder, for `known_figures`."""
    write_atomically(folder / _FIGURES, json.dumps(asdict(figures)))


def known_figures(settings: Settings) -> Figures | None:
    """Return what was measured beforehand, or None as long as it was not; quick to call."""
    file = folder_of(settings, STEP) / _FIGURES
    try:
        changed = file.stat().st_mtime_ns
    except OSError:
        return None
    return _load(file, changed)


@lru_cache(maxsize=4)
def _load(file: Path, _changed: int) -> Figures:
    values = json.loads(file.read_text(encoding="utf-8"))
    return Figures(
        Drawn(**values["drawn"]),
        {
            network: tuple(
                Read(
                    **{
                        **one,
                        "auc": Estimate(**one["auc"]),
                        "values": tuple(one["values"]),
                        "answers": tuple(map(tuple, one["answers"])),
                    }
                )
                for one in read
            )
            for network, read in values["read"].items()
        },
        {
            pair: Linked(Estimate(**one["right"]), one["chance"])
            for pair, one in values["linked"].items()
        },
        {name: tuple(column) for name, column in values["truth"].items()},
    )
