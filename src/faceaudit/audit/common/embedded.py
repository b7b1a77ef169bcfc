"""Faces as several trained networks embed them: what audits of templates have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from faceaudit.audit.common.backbone import Backbone, backbone_of
from faceaudit.audit.common.systems import NetworkPlan
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.errors import SourceError
from faceaudit.faces.loaded import Loaded
from faceaudit.faces.sources.base import Source
from faceaudit.metrics import normalized
from faceaudit.protocols.matching import Enrolled
from faceaudit.store import Store
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.training.device import choose_device
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray


@dataclass(frozen=True, eq=False)
class EmbeddedFaces:
    """The faces of a source at the size of each of several networks, and what those make of them.

    A photo has one row, the same for every network: that in the first one's faces.

    Attributes:
        planned: the networks as the plan has them.
        loaded: the faces at each network's size.
        backbones: the networks with their weights, trained when they are first needed.
        work: local folders, and who is told of progress.
    """

    planned: tuple[NetworkPlan, ...]
    loaded: tuple[Loaded, ...]
    backbones: tuple[Backbone, ...]
    work: Workspace
    _built: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def faces(self) -> FaceSet:
        """The faces at the first network's size."""
        return self.loaded[0].faces

    def __len__(self) -> int:
        return len(self.planned)

    def titles(self) -> tuple[str, ...]:
        """Return what each network is called: its name, numbered where two share it."""
        names = [one.network.name for one in self.planned]
        return tuple(
            f"{name} {names[: place + 1].count(name)}" if names.count(name) > 1 else name
            for place, name in enumerate(names)
        )

    def embedder(self, number: int) -> Embedder:
        """Return a network ready to embed photos, the same object each time."""
        key = f"embedder {number}"
        if key not in self._built:
            self._built[key] = self.backbones[number].embedder(choose_device())
        found: Embedder = self._built[key]
        return found

    def images(self, number: int) -> ImageArray:
        """Return the (N, H, W, 3) photos at a network's size, in the order of its own faces."""
        return self.loaded[number].faces.images

    def rows_in(self, number: int, rows: IntArray) -> IntArray:
        """Return the rows of photos in a network's own faces.

        Raises:
            SourceError: a photo is not there at that network's size.
        """
        faces = self.loaded[number].faces
        if faces.ids == self.faces.ids:
            return rows
        key = f"rows {number}"
        if key not in self._built:
            self._built[key] = {id_: at for at, id_ in enumerate(faces.ids)}
        row: dict[str, int] = self._built[key]
        missing = [self.faces.ids[one] for one in rows.tolist() if self.faces.ids[one] not in row]
        if missing:
            raise SourceError(
                f"expected every photo at every network's size, got {len(missing)} that "
                f"{faces.size} lacks, such as {missing[0]!r}; try networks of one size, or leave "
                "those photos out"
            )
        return np.array([row[self.faces.ids[one]] for one in rows.tolist()], dtype=np.int64)

    def templates(self, number: int) -> FloatArray:
        """Return the (N, E) templates of all photos by a network, of length 1."""
        key = f"templates {number}"
        if key not in self._built:
            found = embeddings(
                self.embedder(number),
                self.images(number),
                self.rows_in(number, np.arange(len(self.faces))),
                cache=self.work.embeddings,
                progress=self.work.progress,
                title=f"embed with {self.titles()[number]}",
            )
            self._built[key] = normalized(found.take())
        templates: FloatArray = self._built[key]
        return templates

    def enrolled(self, number: int, rows: IntArray) -> Enrolled:
        """Return the templates of some photos by a network, with who is on them."""
        ids = tuple(self.faces.ids[row] for row in rows.tolist())
        return Enrolled(self.templates(number)[rows], self.faces.identity[rows], ids)

    def identity(self) -> dict[str, Any]:
        """Return what determines the templates, as plain values; nothing is trained for it."""
        return {
            "fingerprints": [one.faces.fingerprint for one in self.loaded],
            "embedders": [one.id for one in self.backbones],
        }


def embed_faces(
    planned: Sequence[NetworkPlan], source: Source, store: Store, work: Workspace
) -> EmbeddedFaces:
    """Load a source's faces at each network's size and find the networks; nothing is embedded yet.

    Args:
        planned: trained networks, or ones to pretrain on other people.
        source: where the faces come from.
        store: where weights that are trained here are kept.
        work: local folders, and who is told of progress.

    Raises:
        SourceError: there are no faces to be had.
        OptionError: a network was pretrained on people of the audit.
    """
    loaded = tuple(load_faces(source, one.network.size, work) for one in planned)
    found = [backbone_of(one, loaded[0].faces, source, store, work=work) for one in planned]
    return EmbeddedFaces(
        tuple(planned), loaded, tuple(one for one in found if one is not None), work
    )
