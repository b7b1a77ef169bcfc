"""What keeps an extraction section from ending, told without reading a photo."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from faceaudit.audit.common.obstacles import (
    detector_obstacles,
    network_obstacles,
    outline_or_error,
    raised,
)
from faceaudit.audit.common.parties import deal_parties
from faceaudit.audit.extraction.cost import needs_others
from faceaudit.audit.extraction.parts import Part, parts_of, too_few
from faceaudit.audit.extraction.plan import ExtractionPlan, IdentifierVictim, VerifierVictim
from faceaudit.errors import FaceAuditError, InputError
from faceaudit.metrics.scores import allowed
from faceaudit.types import FaceSet

Have = Mapping[tuple[str, str], int]
"""How many photos or pairs the attacker has, by whose they are and what they are."""


def extraction_obstacles(plan: ExtractionPlan, seeds: Sequence[int]) -> Iterator[FaceAuditError]:
    """Yield what is wrong with photos, people, networks and budgets."""
    parts = list(parts_of(plan))
    if plan.identifier is not None:
        yield from _of_identifier(plan, plan.identifier, parts, seeds)
    if plan.verifier is not None:
        yield from _of_verifier(plan.verifier, parts, seeds)


def _of_identifier(
    plan: ExtractionPlan, victim: IdentifierVictim, parts: Sequence[Part], seeds: Sequence[int]
) -> Iterator[FaceAuditError]:
    faces, errors = outline_or_error(victim.faces)
    yield from errors
    yield from detector_obstacles(victim.faces)
    yield from network_obstacles(victim.system, victim.faces, faces)
    have: dict[tuple[str, str], int] = {}
    others = None
    if needs_others(plan):
        others, errors = outline_or_error(victim.others)
        yield from errors
        yield from detector_obstacles(victim.others)
        if others is not None:
            have["others", "photos"] = len(others)
    if faces is not None:
        yield from raised(lambda: _look_at_people(victim, faces, others, seeds, have))
    yield from _budgets([part for part in parts if part.role == "identifier"], have)


def _look_at_people(
    victim: IdentifierVictim,
    faces: FaceSet,
    others: FaceSet | None,
    seeds: Sequence[int],
    have: dict[tuple[str, str], int],
) -> None:
    from faceaudit.audit.extraction.identifier import refuse_known  # noqa: PLC0415 - slow to load

    if others is not None:
        refuse_known(victim, faces, others)
    donors = [len(victim.split.split(faces, seed).donors) for seed in seeds]
    if "enrolled" in victim.asked:
        have["enrolled", "photos"] = min(donors)


def _of_verifier(
    victim: VerifierVictim, parts: Sequence[Part], seeds: Sequence[int]
) -> Iterator[FaceAuditError]:
    faces, errors = outline_or_error(victim.faces)
    yield from errors
    yield from detector_obstacles(victim.faces)
    yield from network_obstacles(victim.embedder, victim.faces, faces)
    have: dict[tuple[str, str], int] = {}
    if faces is not None:
        yield from raised(lambda: _look_at_parties(victim, faces, seeds, have))
        if any(part.role == "embedder" for part in parts):
            yield from raised(lambda: _look_at_strangers(victim, faces, seeds))
    yield from _budgets([part for part in parts if part.role != "identifier"], have)


def _look_at_parties(
    victim: VerifierVictim,
    faces: FaceSet,
    seeds: Sequence[int],
    have: dict[tuple[str, str], int],
) -> None:
    learned = [deal_parties(faces, victim.parties, seed).learned for seed in seeds]
    have["others", "photos"] = min(map(len, learned))
    genuine = []
    for rows in learned:
        each = np.bincount(faces.identity[rows])
        genuine.append(int(np.minimum(each * (each - 1) // 2, victim.per_person).sum()))
    have["others", "pairs"] = 2 * min(genuine)


def _look_at_strangers(victim: VerifierVictim, faces: FaceSet, seeds: Sequence[int]) -> None:
    from faceaudit.protocols.strangers import draw_strangers  # noqa: PLC0415 - slow to load

    for seed in seeds:
        rows = deal_parties(faces, victim.parties, seed).thresholds.tolist()
        people = faces.identity[rows].astype(str).tolist()
        count = len(draw_strangers([faces.ids[row] for row in rows], people, seed=seed)[0])
        if not allowed(victim.fmr, count):
            raise InputError(
                f"expected a rate that {count:,} comparisons of strangers can tell, got "
                f"{victim.fmr:g}; try {1 / max(count, 1):.1g} or more (extraction.verifier.fmr), "
                "or more people"
            )


def _budgets(parts: Sequence[Part], have: Have) -> Iterator[FaceAuditError]:
    """Yield the largest budget of each kind of question that there are too few photos for."""
    worst: dict[tuple[str, str], Part] = {}
    for part in parts:
        key = (part.asked, part.unit)
        if key in have and have[key] < part.budget:
            worst[key] = max(part, worst.get(key, part), key=lambda one: one.budget)
    for where, part in worst.items():
        yield too_few(part, have[where])
