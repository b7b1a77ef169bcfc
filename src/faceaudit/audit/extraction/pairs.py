"""A verifier's two parts as victims: its predictor, and the embedder before it."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from faceaudit.attacks.extraction import Answers, Asked, Photos
from faceaudit.audit.common.embedded import EmbeddedFaces, embed_faces
from faceaudit.audit.common.parties import Parties, deal_parties
from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.extraction.plan import ExtractionPlan, VerifierVictim
from faceaudit.audit.extraction.victims import HeldOut, Learned, State, Victim, kept
from faceaudit.faces.pairs.build import build_pairs
from faceaudit.faces.pairs.read import photo_rows
from faceaudit.records.extraction import KIND, Role
from faceaudit.registry import digest
from faceaudit.store import Store
from faceaudit.store.store import SCHEMA
from faceaudit.systems.predictors import PairData, PredictorBank
from faceaudit.types import BoolArray, FaceSet, FloatArray, IntArray

BACKBONE = "the backbone, which is public, and photos of other people"


@dataclass(frozen=True, eq=False)
class FacePairs:
    """Pairs of rows of faces, half of them of one person where there are enough.

    Attributes:
        rows: (P, 2) the two photos of each.
        same: (P,) whether both show one person.
    """

    rows: IntArray
    same: BoolArray

    def __len__(self) -> int:
        return len(self.same)


def pairs_among(faces: FaceSet, rows: IntArray, per_person: int, seed: int) -> FacePairs:
    """Draw pairs of some photos: of each person with themself, and as many of two people."""
    some = faces.take(rows)
    built = build_pairs(some, genuine_per_person=per_person, folds=1, seed=seed)
    first, second = photo_rows(built, some)
    return FacePairs(np.column_stack([rows[first], rows[second]]), built.same)


class VerifierSetting:
    """The people of a verifier by party, embedded once for all cases.

    Args:
        plan: the section, with a verifier.
        seed: of everything that is drawn.
        store: where backbones and copies are kept.
        work: local folders, and who is told of progress.

    Raises:
        SourceError: there are no faces to be had.
        SplitError: too few people for three parties.
        OptionError: the embedder was pretrained on them.
    """

    def __init__(self, plan: ExtractionPlan, seed: int, store: Store, work: Workspace) -> None:
        assert plan.verifier is not None
        self.section, self.plan = plan, plan.verifier
        self.seed, self.store, self.work = seed, store, work
        self.embedded: EmbeddedFaces = embed_faces(
            [plan.verifier.embedder], plan.verifier.faces, store, work
        )
        self.faces = self.embedded.faces
        self.parties: Parties = deal_parties(self.faces, plan.verifier.parties, seed)

    def pairs(self, rows: IntArray) -> FacePairs:
        """Draw pairs of a party's photos."""
        return pairs_among(self.faces, rows, self.plan.per_person, self.seed)

    @cached_property
    def owners(self) -> FacePairs:
        """Pairs that the predictor learns from."""
        return self.pairs(self.parties.thresholds)

    @cached_property
    def attackers(self) -> FacePairs:
        """Pairs that the attacker can ask about."""
        return self.pairs(self.parties.learned)

    @cached_property
    def judged(self) -> FacePairs:
        """Pairs of held-out people."""
        party = self.parties
        return self.pairs(np.sort(np.concatenate([party.stolen, party.other, party.further])))

    @cached_property
    def held_out(self) -> HeldOut:
        """Those pairs, with who is on them."""
        ids, pairs = self.faces.ids, self.judged
        return HeldOut(
            tuple(f"{ids[one]} {ids[two]}" for one, two in pairs.rows.tolist()),
            self.faces.identity[pairs.rows],
            pairs.same.astype(np.int64),
        )

    def identity(self) -> dict[str, Any]:
        """Return what determines people, pairs and templates."""
        return {
            "embedded": self.embedded.identity(),
            "parties": self.plan.parties.model_dump(mode="json"),
            "per_person": self.plan.per_person,
        }


class PairVictim(Victim):
    """What both parts of a verifier have in common as victims."""

    def __init__(self, setting: VerifierSetting) -> None:
        self.setting = setting
        self.plan: VerifierVictim = setting.plan
        self.asked, self.source = "others", setting.plan.faces.name
        self.knowledge = BACKBONE
        own = self.plan.embedder.pretraining is not None
        self.demonstration = own and not self.plan.faces.real

    @cached_property
    def held_out(self) -> HeldOut:
        """Pairs of held-out people."""
        return self.setting.held_out


class PredictorToCopy(PairVictim):
    """The predictor of a verifier whose backbone is public: asked about pairs of own photos."""

    role: ClassVar[Role] = "verifier"
    null: ClassVar[str] = "the same predictor, trained on the same answers in another order"

    def __init__(self, setting: VerifierSetting) -> None:
        super().__init__(setting)
        self.title = f"{setting.embedded.titles()[0]}, {self.plan.predictor.name}"

    @cached_property
    def _spec(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA,
            "kind": KIND,
            **self.setting.identity(),
            "predictor": self.plan.predictor.identity(),
            "seed": self.setting.seed,
        }

    @property
    def system_id(self) -> str:
        """The id of the predictor."""
        return digest(self._spec)

    def identity(self) -> dict[str, Any]:
        """Return the predictor's id, which people and photos are a part of."""
        return {"victim": self.system_id, "asked": self.asked}

    def photos(self, unit: Asked) -> Photos:
        """Return the attacker's pairs."""
        del unit
        setting = self.setting
        return Photos(setting.faces.identity[setting.attackers.rows[:, 0]])

    @cached_property
    def _space(self) -> FloatArray:
        """Templates whose entries are about 1, as verifiers see them."""
        templates = self.setting.embedded.templates(0)
        return templates * np.float32(math.sqrt(templates.shape[1]))

    def _fit(self, pairs: IntArray, label: FloatArray, place: int, title: str) -> Learned:
        data = PairData(self._space, pairs[:, 0], pairs[:, 1], label)
        bank = self.plan.predictor.fit(
            data,
            np.arange(len(pairs))[None],
            [self.setting.seed * 10_000 + place],
            progress=self.setting.work.progress,
            title=title,
        )
        return bank.state(), ()

    @cached_property
    def _bank(self) -> PredictorBank:
        """The victim's predictor, trained now unless the store has it."""
        owners = self.setting.owners

        def learn() -> Learned:
            label = owners.same.astype(np.float32)
            return self._fit(owners.rows, label, 0, "predictor, to be copied")

        state = kept(self._spec, learn, self.setting.store, self.setting.work)[1]
        return self.plan.predictor.restore(state)

    def _probability(self, bank: PredictorBank, pairs: IntArray) -> FloatArray:
        logits = bank.logits(self._space[pairs[:, 0]], self._space[pairs[:, 1]])[0]
        return np.asarray(1 / (1 + np.exp(-logits.astype(np.float64))), dtype=np.float32)

    def answer(self, unit: Asked) -> Callable[[IntArray], FloatArray]:
        """Return the probability that a pair shows one person."""
        del unit
        pairs = self.setting.attackers.rows
        return lambda rows: self._probability(self._bank, pairs[rows])[:, None]

    def learn(self, unit: Asked, told: Answers, title: str) -> Learned:
        """Train a predictor of the same shape on answers."""
        del unit
        return self._fit(self.setting.attackers.rows[told.rows], told.answers[:, 0], 1, title)

    def learn_truth(self, unit: Asked, rows: IntArray, title: str) -> Learned:
        """Train it on the same pairs, and whether they show one person."""
        del unit
        pairs = self.setting.attackers
        return self._fit(pairs.rows[rows], pairs.same[rows].astype(np.float32), 1, title)

    def learn_nothing(self, unit: Asked, told: Answers) -> Learned:
        """Train it on the same answers, each to another pair."""
        del unit
        shuffled = np.random.default_rng([self.setting.seed, 33]).permutation(told.answers[:, 0])
        return self._fit(self.setting.attackers.rows[told.rows], shuffled, 1, "null")

    @cached_property
    def decisions(self) -> IntArray:
        """Which held-out pairs it accepts."""
        rows = self.setting.judged.rows
        return (self._probability(self._bank, rows) >= 0.5).astype(np.int64)

    def decide(self, state: State, *, truth: bool = False) -> tuple[IntArray, FloatArray]:
        """Return which pairs a copy accepts, and its probability of what the victim decided."""
        del truth
        bank = self.plan.predictor.restore(state)
        found = self._probability(bank, self.setting.judged.rows)
        of_victim = np.where(self.decisions == 1, found, 1 - found)
        return (found >= 0.5).astype(np.int64), of_victim.astype(np.float32)
