"""An embedder as a victim: asked for templates, or how alike pairs are, copied by a network."""

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
    Told,
    learn_copy,
    untrained_copy,
)
from faceaudit.audit.extraction.identifier import same_photos
from faceaudit.audit.extraction.pairs import PairVictim, VerifierSetting
from faceaudit.audit.extraction.victims import NOTHING, Learned, State
from faceaudit.errors import InputError
from faceaudit.protocols.matching import Enrolled, cosines, fix_thresholds
from faceaudit.records.extraction import Role
from faceaudit.systems.identifiers.identifier import Identifier
from faceaudit.training.device import choose_device
from faceaudit.types import FaceSet, Float64Array, FloatArray, IntArray


class EmbedderToCopy(PairVictim):
    """An embedder that returns templates, or compares photos.

    It accepts a pair whose cosine reaches the threshold that strangers among the owner's people
    fix; so does a copy, with the threshold that its own templates of them give.
    """

    role: ClassVar[Role] = "embedder"
    null: ClassVar[str] = "a network that nobody trained"

    def __init__(self, setting: VerifierSetting) -> None:
        super().__init__(setting)
        self.title = setting.embedded.titles()[0]
        self.knowledge = "photos of other people, and a network of the attacker's own"
        self.fmr = self.plan.fmr
        self.faces_copy: FaceSet = same_photos(
            self.plan.faces, setting.faces, setting.section.network.size, setting.work
        )

    @property
    def system_id(self) -> str:
        """The id of the embedder."""
        return self.setting.embedded.backbones[0].id

    def identity(self) -> dict[str, Any]:
        """Return people, templates, and how a copy learns."""
        section = self.setting.section
        return {
            "victim": self.system_id,
            "asked": self.asked,
            **self.setting.identity(),
            "fmr": self.plan.fmr,
            "at_copy": self.faces_copy.fingerprint,
            "network": section.network.identity(),
            "training": section.training.model_dump(mode="json"),
            "learning": VERSION,
        }

    @property
    def templates(self) -> FloatArray:
        """The victim's (N, E) templates of all photos."""
        return self.setting.embedded.templates(0)

    def _asked_rows(self, unit: Asked) -> IntArray:
        """Return rows of faces: (N,) photos or (N, 2) pairs that can be asked about."""
        return self.setting.parties.learned if unit == "photos" else self.setting.attackers.rows

    def photos(self, unit: Asked) -> Photos:
        """Return the attacker's photos, or pairs."""
        rows = self._asked_rows(unit)
        return Photos(self.setting.faces.identity[rows if rows.ndim == 1 else rows[:, 0]])

    def answer(self, unit: Asked) -> Callable[[IntArray], FloatArray]:
        """Return templates of photos, or cosines of pairs."""
        rows, templates = self._asked_rows(unit), self.templates
        if unit == "photos":
            return lambda some: templates[rows[some]]

        def alike(some: IntArray) -> FloatArray:
            found = cosines(templates[rows[some, 0]], templates[rows[some, 1]])
            return found.astype(np.float32)[:, None]

        return alike

    def _learn(self, lesson: Lesson, title: str) -> Learned:
        section = self.setting.section
        return learn_copy(
            section.network,
            lesson,
            section.training,
            seed=self.setting.seed,
            progress=self.setting.work.progress,
            title=title,
        )

    @property
    def _width(self) -> int:
        return int(self.templates.shape[1])

    def learn(self, unit: Asked, told: Answers, title: str) -> Learned:
        """Train a copy on templates or on cosines."""
        rows = self._asked_rows(unit)[told.rows]
        kind: Told = "templates" if unit == "photos" else "cosines"
        lesson = Lesson(self.faces_copy.images, rows, told.answers, kind, self._width)
        return self._learn(lesson, title)

    def learn_truth(self, unit: Asked, rows: IntArray, title: str) -> Learned:
        """Train the copy's network to tell the people on the same photos apart."""
        photos = np.unique(self._asked_rows(unit)[rows])
        who, label = np.unique(self.setting.faces.identity[photos], return_inverse=True)
        truth = np.eye(len(who), dtype=np.float32)[label]
        lesson = Lesson(self.faces_copy.images, photos, truth, "scores", len(who))
        return self._learn(lesson, title)

    def learn_nothing(self, unit: Asked, told: Answers) -> Learned:
        """Return the weights that copies start from."""
        del unit, told
        network, seed = self.setting.section.network, self.setting.seed
        return untrained_copy(network, self._width, seed), NOTHING

    def threshold(self, templates: Callable[[IntArray], FloatArray]) -> float:
        """Return the cosine from which on a network accepts a pair.

        Raises:
            InputError: the owner's people are too few to fix it.
        """
        faces, rows = self.setting.faces, self.setting.parties.thresholds
        ids = tuple(faces.ids[row] for row in rows.tolist())
        found = Enrolled(templates(rows), faces.identity[rows], ids)
        matcher = fix_thresholds(found, [self.plan.fmr], seed=self.setting.seed)
        if self.plan.fmr not in matcher.thresholds:
            raise InputError(
                f"expected enough people to fix a threshold at FMR {self.plan.fmr:g}, got too few "
                f"({matcher.missing[self.plan.fmr]}); try a higher verifier.fmr"
            )
        return matcher.thresholds[self.plan.fmr]

    @cached_property
    def own_threshold(self) -> float:
        """The victim's own."""
        return self.threshold(lambda rows: self.templates[rows])

    @cached_property
    def decisions(self) -> IntArray:
        """Which held-out pairs the victim accepts."""
        rows = self.setting.judged.rows
        alike = cosines(self.templates[rows[:, 0]], self.templates[rows[:, 1]])
        return (alike >= self.own_threshold).astype(np.int64)

    def module(self) -> nn.Module | None:
        """Return it from pixels to embeddings; None where its file gives no gradients."""
        embedder = self.setting.embedded.embedder(0)
        return None if embedder.network.is_file else embedder.differentiable()

    def copy_of(self, state: State) -> Identifier:
        """Return a copy, ready to be asked: its logits are templates."""
        device = choose_device(self.setting.section.training.device)
        entries = tuple(map(str, range(len(state["head.weight"]))))
        return Identifier(self.setting.section.network, entries, state, device)

    def decide(self, state: State, *, truth: bool = False) -> tuple[IntArray, FloatArray]:
        """Return which pairs a copy accepts at its own threshold, and their cosines."""
        copy = self.copy_of(state)
        ask = copy.embed if truth else copy.logits
        images, rows = self.faces_copy.images, self.setting.judged.rows
        photos, place = np.unique(rows, return_inverse=True)
        found = ask(images, photos)[place.reshape(rows.shape)]
        alike: Float64Array = cosines(found[:, 0], found[:, 1])
        threshold = self.threshold(lambda some: ask(images, some))
        return (alike >= threshold).astype(np.int64), alike.astype(np.float32)
