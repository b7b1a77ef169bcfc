"""An identifier as a victim: asked about photos, copied by a network with a head of its own."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from torch import nn

from faceaudit.attacks.extraction import Answers, Asked, Photos
from faceaudit.attacks.extraction.common.learning import (
    VERSION,
    Lesson,
    learn_copy,
    untrained_copy,
)
from faceaudit.audit.common.backbone import backbone_of, refuse_same_people
from faceaudit.audit.common.identifiers import IdentifierTraining, trained_identifier
from faceaudit.audit.common.workspace import Workspace, load_faces
from faceaudit.audit.extraction.plan import ExtractionPlan, IdentifierVictim, Whose
from faceaudit.audit.extraction.victims import NOTHING, HeldOut, Learned, State, Victim
from faceaudit.errors import InputError, SourceError
from faceaudit.faces.sources.base import Source
from faceaudit.records.extraction import Role
from faceaudit.store import Store
from faceaudit.systems.identifiers.base import System
from faceaudit.systems.identifiers.identifier import Identifier
from faceaudit.training.device import choose_device
from faceaudit.types import FaceSet, Float64Array, FloatArray, IntArray

OTHERS = "photos of other people than those it knows, and a network of the attacker's own"
ENROLLED = "further photos of the people it knows, and a network of the attacker's own"


class IdentifierToCopy(Victim):
    """An identifier trained here, and the photos that the attacker has.

    Args:
        plan: the section, with an identifier.
        asked: whose photos the attacker has.
        seed: of everything that is drawn.
        store: where identifier and copies are kept.
        work: local folders, and who is told of progress.

    Raises:
        SourceError: there are no faces to be had, or not the same ones at the copy's size.
        SplitError: fewer than two people can be enrolled.
        OptionError: the attacker's people are those that it knows.
    """

    role: ClassVar[Role] = "identifier"
    null: ClassVar[str] = "a network that nobody trained"

    def __init__(
        self, plan: ExtractionPlan, asked: Whose, seed: int, store: Store, work: Workspace
    ) -> None:
        assert plan.identifier is not None
        victim = self._plan = plan.identifier
        self._copy, self._seed, self._store, self._work = plan, seed, store, work
        size = victim.system.network.size
        faces = load_faces(victim.faces, size, work).faces
        self.training = IdentifierTraining(
            victim.system,
            victim.split,
            seed,
            faces,
            victim.split.split(faces, seed),
            backbone_of(victim.system, faces, victim.faces, store, work=work),
        )
        self.asked, self.title = asked, victim.system.network.name
        self.source = victim.faces.name
        own = victim.system.weights is None and not victim.system.network.is_file
        self.demonstration = own and not victim.faces.real
        self.knowledge = OTHERS if asked == "others" else ENROLLED
        source: Source = victim.faces
        if asked == "others":
            self._theirs = self.strangers
            self._rows = np.arange(len(self._theirs))
            self.why_no_truth = "nobody on these photos is known to it, so none has a true label"
            source = victim.others
        else:
            self._theirs, self._rows = faces, self.training.split.donors
        self._theirs_copy = same_photos(source, self._theirs, plan.network.size, work)
        self._faces_copy = same_photos(victim.faces, faces, plan.network.size, work)

    @property
    def system_id(self) -> str:
        """The id of the identifier."""
        return self.training.id

    @property
    def names(self) -> tuple[str, ...]:
        """The people it knows."""
        return self.training.split.names

    @cached_property
    def system(self) -> System:
        """The identifier, trained now unless the store has it."""
        title = f"{self.title}, to be copied"
        return trained_identifier(self.training, self._store, self._work, title=title)[1]

    def identity(self) -> dict[str, Any]:
        """Return the identifier's id, the attacker's photos, and how a copy learns."""
        return {
            "victim": self.system_id,
            "asked": self.asked,
            "photos": self._theirs.fingerprint,
            "at_copy": [self._theirs_copy.fingerprint, self._faces_copy.fingerprint],
            "network": self._copy.network.identity(),
            "training": self._copy.training.model_dump(mode="json"),
            "learning": VERSION,
        }

    def photos(self, unit: Asked) -> Photos:
        """Return the attacker's photos."""
        del unit
        return Photos(self._theirs.identity[self._rows])

    def answer(self, unit: Asked) -> Callable[[IntArray], FloatArray]:
        """Return probabilities of the enrolled people."""
        del unit
        images = self._theirs.images
        return lambda rows: softmax(self.system.logits(images, self._rows[rows])).astype(np.float32)

    def _lesson(self, rows: IntArray, answers: FloatArray) -> Lesson:
        images = self._theirs_copy.images
        return Lesson(images, self._rows[rows], answers, "scores", len(self.names))

    def _learn(self, lesson: Lesson, title: str) -> Learned:
        return learn_copy(
            self._copy.network,
            lesson,
            self._copy.training,
            seed=self._seed,
            progress=self._work.progress,
            title=title,
        )

    def learn(self, unit: Asked, told: Answers, title: str) -> Learned:
        """Train a copy on answers."""
        del unit
        return self._learn(self._lesson(told.rows, told.answers), title)

    def learn_truth(self, unit: Asked, rows: IntArray, title: str) -> Learned:
        """Train a network on the same photos of enrolled people with their labels."""
        del unit
        label = self.training.split.label[self._rows[rows]]
        truth = np.eye(len(self.names), dtype=np.float32)[label]
        return self._learn(self._lesson(rows, truth), title)

    def learn_nothing(self, unit: Asked, told: Answers) -> Learned:
        """Return the weights that copies start from."""
        del unit, told
        return untrained_copy(self._copy.network, len(self.names), self._seed), NOTHING

    @cached_property
    def strangers(self) -> FaceSet:
        """Photos of other people than those it knows.

        Raises:
            OptionError: they are the same people.
        """
        faces = self.training.faces
        others = load_faces(self._plan.others, faces.size, self._work).faces
        refuse_known(self._plan, faces, others)
        return others

    @cached_property
    def held_out(self) -> HeldOut:
        """The test photos of the people it knows."""
        split, faces = self.training.split, self.training.faces
        label = split.label[split.test]
        return HeldOut(tuple(faces.ids[row] for row in split.test.tolist()), label, label)

    @cached_property
    def decisions(self) -> IntArray:
        """Whom it takes the test photos for."""
        faces, rows = self.training.faces, self.training.split.test
        return np.asarray(self.system.logits(faces.images, rows).argmax(axis=1), dtype=np.int64)

    def module(self) -> nn.Module | None:
        """Return it from pixels to logits; None where a file gives no gradients."""
        try:
            return self.system.differentiable()
        except InputError:
            return None

    def copy_of(self, state: State) -> Identifier:
        """Return a copy, ready to be asked."""
        device = choose_device(self._copy.training.device)
        return Identifier(self._copy.network, self.names, state, device)

    def decide(self, state: State, *, truth: bool = False) -> tuple[IntArray, FloatArray]:
        """Return whom a copy takes the test photos for, and its probability of whom it was."""
        del truth
        logits = self.copy_of(state).logits(self._faces_copy.images, self.training.split.test)
        of_victim = softmax(logits)[np.arange(len(logits)), self.decisions]
        return np.asarray(logits.argmax(axis=1), dtype=np.int64), of_victim.astype(np.float32)


def refuse_known(plan: IdentifierVictim, faces: FaceSet, others: FaceSet) -> None:
    """Raise `OptionError` when the attacker's other people are among those that it knows."""
    refuse_same_people(
        plan.faces,
        faces,
        plan.others,
        others,
        what="an attacker who has photos of",
        option="extraction.identifier.others",
    )


def softmax(logits: FloatArray) -> Float64Array:
    """Return probabilities (N, K)."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def same_photos(source: Source, faces: FaceSet, size: tuple[int, int], work: Workspace) -> FaceSet:
    """Return the same photos at another size, row by row.

    Raises:
        SourceError: some of them are not there at that size.
    """
    found = load_faces(source, size, work).faces
    if found.ids != faces.ids:
        raise SourceError(
            f"expected the same photos of {source.name} at the victim's size {faces.size} and at "
            f"the copy's {size}, got {len(faces)} and {len(found)}; try a network of the victim's "
            "size for the copy"
        )
    return found
