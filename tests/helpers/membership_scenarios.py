"""Membership scenarios without photos: drawn embeddings, so that only memory tells members."""

from __future__ import annotations

from typing import Any

import numpy as np

from faceaudit.audit.common.workspace import Workspace
from faceaudit.audit.membership.answers import AttackScores, VerifierAnswers
from faceaudit.audit.membership.distances import measure_distances
from faceaudit.audit.membership.plan import MembershipPlan, PoolPlan, SubjectsPlan
from faceaudit.audit.membership.pool import draw_pool
from faceaudit.audit.membership.scenario import MembershipScenario
from faceaudit.audit.membership.scoring import Target
from faceaudit.faces.loaded import Loaded
from faceaudit.files.temporary import TemporaryFolder
from faceaudit.mitigations.membership import membership_mitigations
from faceaudit.mitigations.membership.base import Task
from faceaudit.progress import silent
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.types import FaceSet

SIZE = 24


def people(count: int, photos: int) -> FaceSet:
    """So many people with so many photos each, which nobody looks at."""
    who = np.repeat(np.arange(count), photos)
    return FaceSet(
        np.zeros((len(who), 1, 1, 3), np.uint8),
        who,
        tuple(f"person-{number:04d}" for number in range(count)),
        tuple(f"person-{one:04d}/{row:05d}.png" for row, one in enumerate(who)),
        np.arange(len(who)),
    )


def scenario(
    *,
    photos: int = 2,
    alike: float = 0.0,
    pairs: int = 400,
    blocks: int = 40,
    seed: int = 0,
    **plan: Any,
) -> MembershipScenario:
    """Return a scenario of two made backbones.

    Args:
        photos: of each person.
        alike: how much two photos of one person share; 0 leaves nothing but to learn by heart.
        pairs: candidates.
        blocks: of people.
        seed: of everything drawn.
        plan: further values of the plan.
    """
    values: dict[str, Any] = {
        "faces": {"source": "synthetic"},
        "backbones": [{"network": "deepid", "weights": "none"}] * 2,
        "pool": {"pairs": pairs, "blocks": blocks, "per_person": 3, "validation": 40},
        "subjects": {"count": 200, "queries": 2},
        "predictor": {
            "predictor": "difference_network",
            "widths": [64, 32],
            "normalised": 1,
            "epochs": 60,
        },
        "verifiers": 16,
        "targets": 5,
        **plan,
    }
    made = MembershipPlan(**values)
    folds = blocks + -(-40 // (pairs // blocks))
    faces = people(folds * (pairs // blocks // 2), photos)  # each block's people give its pairs
    pool = draw_pool(
        faces, PoolPlan(**values["pool"]), SubjectsPlan(**values["subjects"]), made.levels, seed
    )
    rng = np.random.default_rng(7)
    own = rng.standard_normal((2, len(faces), SIZE))
    person = rng.standard_normal((len(faces.names), SIZE))[faces.identity]
    seen = alike * person + (1 - alike) * own
    folder = TemporaryFolder()
    found = MembershipScenario(
        made, seed, (Loaded(faces),) * 2, (), pool, Workspace(folder.path, silent, temporary=folder)
    )
    found.__dict__["pairs"] = EmbeddedPairs(
        seen.astype(np.float32), pool.first, pool.second, pool.same, ("one", "two")
    )
    return found


def answers(made: MembershipScenario, mitigation: object = "none") -> VerifierAnswers:
    """Train the verifiers of a scenario and ask them."""
    built = membership_mitigations.build(mitigation)
    task = Task(made.pairs, made.rows, made.pool.validation, made.plan.predictor, made.seeds)
    return VerifierAnswers(made, built, built.verifiers(task, built.train(task)))


def scored(asked: VerifierAnswers) -> list[list[AttackScores]]:
    """Return what every attack says of every target."""
    measured = measure_distances(asked)
    return [
        list(Target(asked, number, measured).attack_scores())
        for number in range(asked.scenario.plan.attacked)
    ]
