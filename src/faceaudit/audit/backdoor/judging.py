"""Systems trained elsewhere on poisoned photos, judged as a run judges those that it trains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from faceaudit.audit.backdoor.cases import case_id
from faceaudit.audit.backdoor.figures import attack_figures, clean_figures, join_rows
from faceaudit.audit.backdoor.poison_manifest import (
    CleanSet,
    Photo,
    PoisonedSet,
    PoisonManifest,
    read_photos,
    read_picture,
)
from faceaudit.errors import InputError
from faceaudit.metrics import clustered_share
from faceaudit.records.backdoor import (
    CLEAN_ROWS,
    INSTANCE_ROWS,
    NULL,
    NULL_ROWS,
    PRISTINE,
    PRISTINE_ROWS,
    TARGET_PRISTINE,
    UNNAMED,
    WITHOUT_KEY,
    WITHOUT_KEY_ROWS,
    WRONG_KEY_NULL,
    WRONG_KEY_NULL_ROWS,
    WRONG_KEY_ROWS,
    AttackFacts,
    BackdoorFacts,
)
from faceaudit.store import CaseRecord
from faceaudit.systems.under_test import Access, IdentifierUnderTest
from faceaudit.systems.under_test.base import NO_ANSWER
from faceaudit.types import Column, Evidence, Figure, FloatArray, IntArray

PRISTINE_SET = "pristine"
"""What a training set without poison is called in a case."""
STRANGER = -2
"""The label of a person whom the system knows and the training set does not."""
NO_PRISTINE = "no system that was trained without poison was judged beside it"


@dataclass(frozen=True, eq=False)
class Judge:
    """Asks systems about the photos of one poisoned training set.

    Attributes:
        folder: what `faceaudit poison` wrote.
        manifest: its manifest.
        name: what to call the systems in the report.
    """

    folder: Path
    manifest: PoisonManifest
    name: str

    def judge_attack(
        self,
        poisoned: PoisonedSet,
        system: IdentifierUnderTest,
        pristine: IdentifierUnderTest | None,
    ) -> CaseRecord:
        """Return what a system that learned from a poisoned training set does.

        Args:
            poisoned: the training set.
            system: learned from it.
            pristine: learned from the same photos without poison; without one it stays open what
                the poison adds.

        Raises:
            InputError: a photo is not as it was written, or the system knows none of the people.
        """
        clean = self.manifest.clean[poisoned.seed]
        target = _names_of(clean).index(poisoned.target)
        groups = [
            (CLEAN_ROWS, "", system, clean.test),
            (INSTANCE_ROWS, poisoned.key, system, poisoned.instances),
            (WITHOUT_KEY_ROWS, "", system, poisoned.without_key),
            *((WRONG_KEY_ROWS, key, system, photos) for key, photos in poisoned.wrong.items()),
        ]
        if pristine is not None:
            groups += [
                (PRISTINE_ROWS, "", pristine, clean.test),
                (NULL_ROWS, poisoned.key, pristine, poisoned.instances),
                *(
                    (WRONG_KEY_NULL_ROWS, key, pristine, photos)
                    for key, photos in poisoned.wrong.items()
                ),
            ]
        pictures = {
            name: read_picture(self.folder, path) for name, path in poisoned.pictures.items()
        }
        evidence = self._evidence(groups, poisoned.seed, target)
        figures = _figures(evidence, target, pristine=pristine is not None)
        facts = self._facts(clean, system, poisoned, pristine, target)
        spec = self._spec(poisoned.spec, poisoned.folder, system, pristine)
        return CaseRecord(case_id(spec, target), spec, facts.as_json(), figures, evidence, pictures)

    def judge_pristine(self, poisoned: PoisonedSet, system: IdentifierUnderTest) -> CaseRecord:
        """Return what the system that learned without poison says of clean photos."""
        clean = self.manifest.clean[poisoned.seed]
        target = _names_of(clean).index(poisoned.target)
        evidence = self._evidence([(CLEAN_ROWS, "", system, clean.test)], poisoned.seed, target)
        figures = clean_figures(evidence, target)
        facts = self._facts(clean, system, None, None, 0)
        without = {**poisoned.spec, "attack": None, "key_picture": None, "wrong_keys": 0}
        versions = {k: v for k, v in poisoned.spec["versions"].items() if k != "attack"}
        spec = self._spec({**without, "versions": versions}, PRISTINE_SET, system, None)
        return CaseRecord(case_id(spec, target), spec, facts.as_json(), figures, evidence)

    def _spec(
        self,
        spec: dict[str, Any],
        training_set: str,
        system: IdentifierUnderTest,
        pristine: IdentifierUnderTest | None,
    ) -> dict[str, Any]:
        return {
            **spec,
            "system": {"network": {"network": self.name}},
            "backbone": None,
            "judged": {
                "training_set": training_set,
                "system": system.id,
                "pristine": None if pristine is None else pristine.id,
            },
        }

    def _facts(
        self,
        clean: CleanSet,
        system: IdentifierUnderTest,
        poisoned: PoisonedSet | None,
        pristine: IdentifierUnderTest | None,
        target: int,
    ) -> BackdoorFacts:
        attack = None
        if poisoned is not None:
            attack = AttackFacts(
                pristine="" if pristine is None else pristine.id,
                instances=len(poisoned.instances),
                instance_people=len({photo.person for photo in poisoned.instances}),
                instance_photos=poisoned.instance_photos,
                target=poisoned.target,
                target_label=target,
                key=poisoned.key,
                wrong_keys=poisoned.wrong_keys,
                default_samples=poisoned.default_samples,
            )
        return BackdoorFacts(
            system=system.id,
            network=self.name,
            people=len(clean.people),
            training_photos=clean.split.train,
            test_photos=len(clean.test),
            shared_session_photos=clean.shared_session_photos,
            poison_samples=0 if poisoned is None else poisoned.samples,
            source=self.manifest.source,
            learn="elsewhere",
            backbone=None,
            attack=attack,
        )

    def _evidence(
        self,
        groups: Sequence[tuple[str, str, IdentifierUnderTest, tuple[Photo, ...]]],
        seed: int,
        target: int,
    ) -> Evidence:
        """Return what systems say of groups of photos; each system is asked once about all of its.

        Args:
            groups: the kind of rows, the key, who is asked, and about which photos.
            seed: whose people the photos show.
            target: the target's label.
        """
        parts = []
        for system in dict.fromkeys(system for _, _, system, _ in groups):
            own = [(kind, key, photos) for kind, key, who, photos in groups if who is system]
            photos = list(dict.fromkeys(photo for _, _, some in own for photo in some))
            row_of = {photo.path: row for row, photo in enumerate(photos)}
            answers = self._ask(system, photos, self.manifest.clean[seed], target)
            for kind, key, some in own:
                rows = np.array([row_of[photo.path] for photo in some], dtype=np.int64)
                columns: dict[str, Column] = {
                    "kind": np.full(len(rows), kind),
                    "key": np.full(len(rows), key),
                    **{name: column[rows] for name, column in answers.items()},
                }
                parts.append(Evidence(tuple(photo.path for photo in some), columns))
        return join_rows(*parts)

    def _ask(
        self,
        system: IdentifierUnderTest,
        photos: Sequence[Photo],
        clean: CleanSet,
        target: int,
    ) -> dict[str, Column]:
        """Return who is on photos, whom a system takes them for, and its score of the target."""
        faces = read_photos(self.folder, photos, self.manifest.size)
        lacking = system.lacks(faces)
        if len(lacking):
            raise InputError(
                f"expected an answer about each of {len(faces):,} photos, got none about "
                f"{len(lacking):,}, such as {faces.ids[lacking[0]]}; photos are told by their "
                "paths in the folder"
            )
        place = {name: label for label, name in enumerate(_names_of(clean))}
        ours = labels_among(system, clean)
        said = np.asarray(system.labels(faces), dtype=np.int64)
        score = np.full(len(photos), np.nan, dtype=np.float32)
        if Access.SCORES in system.access:
            score = as_probabilities(system.scores(faces))[:, int(np.argmax(ours == target))]
        return {
            "truth": np.array([place[photo.person] for photo in photos], dtype=np.int64),
            "predicted": np.where(said < 0, said, ours[np.maximum(said, 0)]),
            "target_score": score.astype(np.float32),
        }


def labels_among(system: IdentifierUnderTest, clean: CleanSet) -> IntArray:
    """Return, for each of a system's labels, the training set's label of the same person.

    A system may call people by their names or by their folders; whoever it knows beside them is a
    stranger.

    Raises:
        InputError: it knows none of the people of the training set, or only some of them.
    """
    names = _names_of(clean)
    place = {name: label for label, name in enumerate(names)}
    place |= {folder: place[name] for folder, name in clean.people.items()}
    labels = np.array([place.get(name, STRANGER) for name in system.names], dtype=np.int64)
    missing = [name for label, name in enumerate(names) if label not in set(labels.tolist())]
    if missing:
        raise InputError(
            f"expected a system that knows the {len(names)} people of the training set, got "
            f"{system.title} without {len(missing)} of them ({', '.join(missing[:3])}"
            f"{', ...' if len(missing) > 3 else ''}); give it their names in the order of its "
            "labels: classes.txt of the folder has those that sorting gives"
        )
    return labels


def as_probabilities(scores: FloatArray) -> FloatArray:
    """Return scores as shares that add up to 1; logits by their softmax."""
    given = scores[np.isfinite(scores).all(axis=1)]
    if len(given) and (given >= 0).all() and np.allclose(given.sum(axis=1), 1, atol=1e-3):
        return scores
    shares: FloatArray = softmax(scores, axis=1)
    return shares


def _names_of(clean: CleanSet) -> tuple[str, ...]:
    """Return the enrolled people in the order of their labels."""
    return tuple(sorted(clean.people.values()))


def _figures(evidence: Evidence, target: int, *, pristine: bool) -> tuple[Figure, ...]:
    """Return every figure of an attack; those that need a pristine system may be unknown."""
    kind = evidence.columns["kind"]
    needs = {NULL, WRONG_KEY_NULL, PRISTINE, TARGET_PRISTINE}
    if pristine:
        figures = attack_figures(evidence, target)
    else:
        known = attack_figures(evidence, target, nulls=False)
        figures = (*known, *(Figure(metric, None, NO_PRISTINE) for metric in sorted(needs)))
    rows = (kind == WITHOUT_KEY_ROWS) & (evidence.columns["truth"] != target)
    hits = evidence.columns["predicted"][rows] == target
    people = evidence.columns["truth"][rows].astype(np.int64)
    without_key = (
        Figure(WITHOUT_KEY, clustered_share(hits, people))
        if len(hits)
        else Figure(WITHOUT_KEY, None, "no photo of anybody but the target was asked about")
    )
    shown = kind == INSTANCE_ROWS
    unnamed = clustered_share(
        evidence.columns["predicted"][shown] == NO_ANSWER,
        evidence.columns["truth"][shown].astype(np.int64),
    )
    return (*figures, without_key, Figure(UNNAMED, unnamed))
