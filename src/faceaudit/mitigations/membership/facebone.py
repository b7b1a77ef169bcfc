"""FaceBone: predictors trained on embeddings by several backbones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.errors import OptionError
from faceaudit.mitigations.membership.base import (
    MembershipMitigation,
    Task,
    membership_mitigations,
    one_backbone,
)
from faceaudit.systems.predictors import PredictorBank
from faceaudit.systems.verifiers.bank import VerifierBank
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.types import IntArray

if TYPE_CHECKING:
    from faceaudit.systems.verifiers.verifier import Query


@membership_mitigations.register
class FaceBone(MembershipMitigation):
    """Predictors learn from embeddings by several backbones, so that no single one is memorised."""

    name: ClassVar[str] = "facebone"
    several: ClassVar[bool] = True
    paper: ClassVar[str] = (
        "FaceBone, a multi-backbone mitigation known by its code; its backbones are those of "
        "FaceX-Zoo (Wang, Liu, Hu, Shi, Mei 2021, arXiv 2101.04407)"
    )

    assignment: Literal["pair", "batch", "all"] = Field(
        "pair",
        description="which backbone a pair is learned with: one drawn for the pair, one for its "
        "batch in the order of the list (as published; the predictor then keeps that order), or "
        "all of them",
    )
    backbones: int | None = Field(
        None, ge=2, description="how many of the backbones, the first ones; none: all of them"
    )
    query: Literal["one", "random", "average"] = Field(
        "one",
        description="how users ask: with one backbone, one drawn for each pair, or all averaged",
    )
    backbone: int = Field(0, ge=0, description="which one, where users ask with one")
    seed: int = Field(0, ge=0, description="sets what is drawn")

    def train(self, task: Task) -> PredictorBank:
        """Return the predictors, each trained on its pairs as embedded by their backbones.

        Raises:
            OptionError: there are fewer than two backbones.
        """
        count, backbones = len(task.pairs), self.used(task.pairs)
        predictor = task.predictor
        if self.assignment == "batch" and "shuffled" in type(predictor).model_fields:
            predictor = predictor.model_copy(update={"shuffled": False})
        if self.assignment == "all":
            rows = np.concatenate([task.rows + k * count for k in range(backbones)], axis=1)
        else:
            assigned = self._trained_backbone(task)
            assert assigned is not None
            rows = np.take_along_axis(assigned, task.rows, axis=1) * count + task.rows
        data = task.pairs.data()
        return predictor.fit(data, rows, task.seeds, progress=task.progress, title=task.title)

    def trained_as(self) -> dict[str, Any]:
        """Return the options that affect training: not those of how users ask."""
        values = self.identity()
        return {key: value for key, value in values.items() if key not in ("query", "backbone")}

    def verifiers(self, task: Task, bank: PredictorBank) -> VerifierBank:
        """Return the verifiers as users ask them, with the backbone that each pair was assigned."""
        return VerifierBank(
            bank,
            user_backbones=self._user_backbones(task.pairs),
            trained_backbone=self._trained_backbone(task),
        )

    def user_query(self) -> Query:
        """Return how users ask: with one backbone, one drawn for each pair, or all averaged."""
        from faceaudit.systems.verifiers.verifier import Query  # noqa: PLC0415 - slow to load

        return Query(mode=self.query, backbone=self.backbone, seed=self.seed)

    def used(self, pairs: EmbeddedPairs) -> int:
        """Return how many backbones pairs are learned with.

        Raises:
            OptionError: there are fewer than two, or than asked for.
        """
        there, least = len(pairs.backbones), self.backbones or 2
        if there < least:
            raise OptionError(
                f"expected at least {least} backbones for {self.name!r}, got {there}; add one to "
                "the plan's backbones"
            )
        return self.backbones or there

    def _user_backbones(self, pairs: EmbeddedPairs) -> IntArray:
        """Return (P, J) the backbones that embed each pair when users ask."""
        backbones = self.used(pairs)
        if self.query == "average":
            return np.tile(np.arange(backbones), (len(pairs), 1))
        if self.query == "random":
            rng = np.random.default_rng([self.seed, 1])
            return rng.integers(backbones, size=(len(pairs), 1))
        if self.backbone >= backbones:
            raise OptionError(
                f"expected a backbone in 0..{backbones - 1} to ask with, got {self.backbone}"
            )
        return one_backbone(pairs, self.backbone)

    def _trained_backbone(self, task: Task) -> IntArray | None:
        """Return (M, P) the backbone of each pair for each verifier, or None for all of them.

        By batch, a pair that a verifier is not trained on gets the backbone of its batch in a list
        of such pairs in their order.
        """
        models, count, backbones = len(task.rows), len(task.pairs), self.used(task.pairs)
        if self.assignment == "all":
            return None
        if self.assignment == "pair":
            drawn = np.random.default_rng([self.seed, 0]).integers(backbones, size=count)
            return np.tile(drawn, (models, 1))
        batch = int(task.predictor.model_dump().get("batch", 128))
        assigned = np.empty((models, count), dtype=np.int64)
        for backbone, rows in zip(assigned, task.rows, strict=True):
            nonmembers = np.setdiff1d(np.arange(count), rows)
            for listed in (rows, nonmembers):
                backbone[listed] = np.arange(len(listed)) // batch % backbones
        return assigned
