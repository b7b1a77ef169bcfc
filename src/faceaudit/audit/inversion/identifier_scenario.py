"""What inversions of an identifier have in common: whom it knows, and who judges."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from faceaudit.audit.common.backbone import backbone_of, refuse_same_people
from faceaudit.audit.common.embedded import EmbeddedFaces, embed_faces
from faceaudit.audit.common.identifiers import IdentifierTraining, trained_identifier
from faceaudit.audit.common.parties import Parties, deal_parties
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.audit.inversion.identifier_obstacles import (
    refuse_known_people,
    same_network,
)
from faceaudit.audit.inversion.identifier_plan import IdentifierPlan
from faceaudit.errors import SourceError
from faceaudit.faces.alignment.between import transfer_images
from faceaudit.faces.seeded_order import seeded_order
from faceaudit.metrics import normalized
from faceaudit.protocols.matching import Matcher, fix_thresholds
from faceaudit.store import Store
from faceaudit.systems.identifiers.base import System
from faceaudit.systems.identifiers.identifier import Identifier
from faceaudit.systems.identifiers.last_layer import LastLayer
from faceaudit.types import FaceSet, FloatArray, ImageArray, IntArray

if TYPE_CHECKING:
    from faceaudit.audit.inversion.plan import InversionPlan


@dataclass(frozen=True, eq=False)
class IdentifierScenario:
    """One seed of a section's identifier.

    Attributes:
        plan: the section.
        seed: splits photos, deals people to parties, and is what attacks draw by.
        training: the identifier, and whom it knows.
        embedded: the section's faces as the judging network has them, its first embedder.
        parties: of the section's people, who is learned from and who fixes thresholds.
        learned: photos of the former, at the identifier's size.
        targets: (A,) labels of those who are attacked.
        work: local folders, and who is told of progress.
    """

    plan: InversionPlan
    seed: int
    training: IdentifierTraining
    embedded: EmbeddedFaces
    parties: Parties
    learned: FaceSet
    targets: IntArray
    store: Store
    work: Workspace
    _built: dict[str, Any] = field(default_factory=dict, repr=False)

    @property
    def identifier(self) -> IdentifierPlan:
        """The section's part."""
        assert self.plan.identifier is not None
        return self.plan.identifier

    def system(self) -> System:
        """Return the identifier, trained unless the store has it."""
        if "system" not in self._built:
            title = f"train {self.training.system.network.name} to invert"
            self._built["system"] = trained_identifier(
                self.training, self.store, self.work, title=title
            )[1]
        found: System = self._built["system"]
        return found

    def untrained(self) -> System:
        """Return an identifier of the same shape that learned nothing of anybody."""
        training, names = self.training, self.training.split.names
        if training.system.learn == "everything":
            return Identifier.untrained(
                training.system.network,
                names,
                training.seed,
                start=None if training.backbone is None else training.backbone.state(),
                device=training.system.training.torch_device(),
                margin=training.system.margin,
            )
        rng = np.random.default_rng([self.seed, len(names)])
        width = training.embedder.embedding_size
        weight = rng.standard_normal((len(names), width), dtype=np.float32) / np.sqrt(width)
        state = {
            "head.weight": torch.from_numpy(weight.astype(np.float32)),
            "head.bias": torch.zeros(len(names)),
            "network.scale": torch.tensor(1.0),
        }
        return LastLayer(training.embedder, names, state, self.work.embeddings)

    def matcher(self) -> Matcher:
        """Return the judge's thresholds, which people fix whom nobody else saw."""
        if "matcher" not in self._built:
            enrolled = self.embedded.enrolled(0, self.parties.thresholds)
            self._built["matcher"] = fix_thresholds(enrolled, self.plan.fmrs, seed=self.seed)
        found: Matcher = self._built["matcher"]
        return found

    def templates(self, images: ImageArray) -> FloatArray:
        """Return (N, E) templates by the judge of pictures of the identifier's size."""
        sizes = self.training.system.network.size, self.embedded.planned[0].network.size
        shown = transfer_images(images, self.identifier.faces, *sizes)
        return normalized(self.embedded.embedder(0).embed(shown))

    def held_out(self) -> FloatArray:
        """Return (K, P, E) templates of test photos of all whom it knows; NaN where one has fewer.

        The photos are at the judge's own size, as whoever is verified there would be seen.
        """
        if "held out" not in self._built:
            self._built["held out"] = self._embed_held_out()
        found: FloatArray = self._built["held out"]
        return found

    def _embed_held_out(self) -> FloatArray:
        split, faces = self.training.split, self.training.faces
        order = seeded_order(faces.ids, self.seed)[split.test]
        rows = split.test[np.lexsort((order, split.label[split.test]))]
        label = split.label[rows]
        place = np.arange(len(rows)) - np.searchsorted(label, label)
        kept = place < self.identifier.held_out
        rows, label, place = rows[kept], label[kept], place[kept]
        size = self.embedded.planned[0].network.size
        shown = load_faces(self.identifier.faces, size, self.work).faces
        found = self.embedded.embedder(0).embed(shown.images, rows_by_id(faces, rows, shown))
        out = np.full((len(split.names), place.max() + 1, found.shape[1]), np.nan, dtype=np.float32)
        out[label, place] = normalized(found)
        return out


def build_identifier_scenario(
    plan: InversionPlan, seed: int, store: Store, work: Workspace
) -> IdentifierScenario:
    """Load the faces, and find the networks; nothing is trained yet.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: too few people to know, to learn from or to fix thresholds.
        OptionError: a person is in two parties, or the judge is the attacked network.
    """
    part = plan.identifier
    assert part is not None
    size = part.system.network.size
    known = load_faces(part.faces, size, work).faces
    backbone = backbone_of(part.system, known, part.faces, store, work=work)
    embedded = embed_faces(plan.embedders[:1], plan.faces, store, work)
    refuse_known_people(part.faces, known, plan.faces, embedded.faces)
    if backbone is not None and backbone.id == embedded.backbones[0].id:
        raise same_network(plan.embedders[0].network.name)
    pretraining = plan.embedders[0].pretraining
    if pretraining is not None:
        others = load_faces(pretraining.faces, plan.embedders[0].network.size, work).faces
        refuse_same_people(part.faces, known, pretraining.faces, others)
    split = part.split.split(known, seed)
    training = IdentifierTraining(part.system, part.split, seed, known, split, backbone)
    parties = deal_parties(embedded.faces, plan.parties, seed)
    at_size = load_faces(plan.faces, size, work).faces
    learned = at_size.take(rows_by_id(embedded.faces, parties.learned, at_size))
    targets = np.sort(np.argsort(seeded_order(split.names, seed))[: part.attacked])
    return IdentifierScenario(
        plan, seed, training, embedded, parties, learned, targets.astype(np.int64), store, work
    )


def rows_by_id(faces: FaceSet, rows: IntArray, other: FaceSet) -> IntArray:
    """Return the rows in another set of the photos at some rows of a set.

    Raises:
        SourceError: a photo is not there.
    """
    if faces.ids == other.ids:
        return rows
    at = {id_: row for row, id_ in enumerate(other.ids)}
    wanted = [faces.ids[row] for row in rows.tolist()]
    missing = [id_ for id_ in wanted if id_ not in at]
    if missing:
        raise SourceError(
            f"expected every photo at every network's size, got {len(missing)} that {other.size} "
            f"lacks, such as {missing[0]!r}; try networks of one size, or leave those photos out"
        )
    return np.array([at[id_] for id_ in wanted], dtype=np.int64)
