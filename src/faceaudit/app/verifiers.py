"""The verifiers that were prepared, the pairs they were tried on, and the audit of what they leak.

What is read is kept for all sessions: none of it is anybody's upload.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import streamlit as st

import faceaudit
from faceaudit.app.prepared import folder_of, is_made
from faceaudit.app.settings import Settings
from faceaudit.progress import Progress, silent

if TYPE_CHECKING:
    from faceaudit.api.attacked_pairs import AttackedPairs
    from faceaudit.api.faces import LoadedFaces
    from faceaudit.api.scored_pairs import ScoredPairs
    from faceaudit.systems.verifiers.verifier import Verifier
    from faceaudit.types import FaceSet

NAME: Final = "verifiers"
"""The step that prepares them."""
DESCRIBED: Final = "verifiers.json"
HELD_OUT: Final = "held-out-{name}.csv"
LEARNED: Final = "learned-{name}.csv"

NONE: Final = "none"
FACEBONE: Final = "facebone"
AVERAGE: Final = "facebone_average"
THRESHOLD: Final = "distance_threshold"


@dataclass(frozen=True)
class KnownVerifier:
    """A verifier that was prepared.

    Attributes:
        name: of its files.
        mitigation: "none", "facebone" (asked with the first network), "facebone_average" (asked
            with all), or "distance_threshold".
        networks: numbers of the networks that it was trained on.
    """

    name: str
    mitigation: str
    networks: tuple[int, ...]


@dataclass(frozen=True)
class Faces:
    """Whose photos pairs are made of.

    Attributes:
        source: plain values of synthetic people, or what the app was started with.
        only: ids of the photos that are used; all of them where it is empty.
        align: how the face in a photo is found; None where nobody looked.
    """

    source: Mapping[str, Any] | str
    only: tuple[str, ...] = ()
    align: str | None = None

    @property
    def synthetic(self) -> bool:
        """Whether they are people who do not exist."""
        return not isinstance(self.source, str)

    def load(self, size: tuple[int, int], folder: Path, progress: Progress = silent) -> LoadedFaces:
        """Return the photos at a size; packed in the step's folder, so that they are there."""
        return faceaudit.load_faces(
            self.source,
            size,
            align=self.align,
            only=self.only or None,
            cache=folder / "cache",
            progress=progress,
        )


@dataclass(frozen=True)
class Prepared:
    """What the step made.

    Attributes:
        faces: whom verifiers learned from and were tested on.
        audited: who is on the pairs of the membership audit.
        networks: titles of the app's networks.
        verifiers: all trained on the same pairs.
        audits: numbers of the networks that an audit was made with; each is asked first in one.
    """

    faces: Faces
    audited: Faces
    networks: tuple[str, ...]
    verifiers: tuple[KnownVerifier, ...]
    audits: tuple[int, ...]


def audit_folder(folder: Path, first: int) -> Path:
    """Return the store of the audit that asks with a network first."""
    return folder / f"audit-{first + 1}"


def prepared(settings: Settings) -> Prepared | None:
    """Return what was prepared; None where it is not there yet."""
    if not is_made(settings, NAME):
        return None
    return _described(folder_of(settings, NAME) / DESCRIBED)


@st.cache_resource(show_spinner=False)
def _described(file: Path) -> Prepared:
    values = json.loads(file.read_text(encoding="utf-8"))
    faces, audited = (
        Faces(one["source"], tuple(one["only"]), one["align"])
        for one in (values["faces"], values["audited"])
    )
    found = tuple(
        KnownVerifier(one["name"], one["mitigation"], tuple(one["networks"]))
        for one in values["verifiers"]
    )
    return Prepared(faces, audited, tuple(values["networks"]), found, tuple(values["audits"]))


def held_out(settings: Settings, name: str) -> ScoredPairs:
    """Return the pairs of people whom a verifier did not learn from, with its scores."""
    return _scored(folder_of(settings, NAME) / HELD_OUT.format(name=name))


def learned(settings: Settings, name: str) -> ScoredPairs:
    """Return the pairs that a verifier learned from, with its scores."""
    return _scored(folder_of(settings, NAME) / LEARNED.format(name=name))


@st.cache_resource(show_spinner=False)
def _scored(file: Path) -> ScoredPairs:
    return faceaudit.load_scored_pairs(file)


def verifier(settings: Settings, name: str) -> Verifier:
    """Return a verifier, ready to be asked."""
    given = (text.partition("=")[2] for text in settings.networks)
    files = tuple(file for file in given if file.lower().endswith(".onnx"))
    return _verifier(folder_of(settings, NAME) / f"{name}.safetensors", settings.align, files)


@st.cache_resource(show_spinner=False)
def _verifier(file: Path, align: str | None, backbones: tuple[str, ...]) -> Verifier:
    return faceaudit.load_verifier(file, align=align, backbones=backbones, device="cpu")


def attacked(settings: Settings, first: int) -> tuple[AttackedPairs, ...]:
    """Return what attacks say of the pairs of an audit, a mitigation each."""
    store = audit_folder(folder_of(settings, NAME), first)
    return _attacked(store, photos(settings, audited=True))


@st.cache_resource(show_spinner=False)
def _attacked(store: Path, _faces: FaceSet) -> tuple[AttackedPairs, ...]:
    return faceaudit.attacked_pairs(store, faces=_faces)


def photos(settings: Settings, *, audited: bool) -> FaceSet:
    """Return the photos that pairs show: of the audit, or those verifiers were trained on."""
    made = prepared(settings)
    assert made is not None
    return _photos(folder_of(settings, NAME), made.audited if audited else made.faces)


@st.cache_resource(show_spinner=False, hash_funcs={Faces: repr})
def _photos(folder: Path, of: Faces) -> FaceSet:
    return of.load(SHOWN, folder).faces


SHOWN: Final = (112, 112)
"""Height and width in pixels that photos of pairs are shown at."""
