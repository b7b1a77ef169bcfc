"""The cost of scans: questions to each system, and the training of reference networks."""

from __future__ import annotations

import math
from dataclasses import replace

from faceaudit.audit.common.cost import Cost, looks_for_faces, section_cost, survey_source
from faceaudit.audit.scan.bank import GLASSES, PATTERNS
from faceaudit.audit.scan.embedders.asking import BARE_PARTNERS, EACH, PARTNERS
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.preparation import USUAL

EPOCHS, TRAIN = 12, 24
"""Of a reference network's training."""
KEYS = 2 * PATTERNS + GLASSES + 1
"""That embedders and verifiers are shown: those of the bank, and rectangles."""


def scan_cost(plan: ScanPlan, *, look: bool) -> Cost:
    """Return an upper bound of what the section costs; systems are not opened."""
    survey, missing = survey_source(plan.strangers, look=look)
    references = plan.references + plan.planted
    shown = references * EPOCHS * TRAIN * plan.reference_people
    cost = section_cost(
        survey,
        sizes=set(),
        cases=len(plan.systems),
        trainings=references,
        training_photos=shown,
        petaflop=math.nan if references else 0.0,
        missing=missing,
    )
    photos = plan.photos if survey.photos is None else min(plan.photos, survey.photos)
    bare = photos * (1 + len(USUAL) if plan.preparations else 1)
    people = sum(_asked(plan, stage.name, photos) for stage in plan.stages) + bare
    roles = {getattr(door, "role", None) for door in plan.systems}
    if roles & {"embedder", None}:
        tried = 2 * bare if plan.preparations else bare  # altered copies beside each photo
        worn = KEYS + 1 if plan.universal_trigger else KEYS
        people = max(people, 2 * worn * min(EACH, photos) + tried)
    if "verifier" in roles:
        people = max(people, _compared(photos))
    return replace(
        cost,
        packed_bytes=None,  # sizes are those of the systems
        detections=None if looks_for_faces(plan.strangers) else 0,
        queries=people,
    )


def _compared(photos: int) -> int:
    """Return how many pairs a verifier is asked about."""
    return 2 * KEYS * PARTNERS * min(EACH, photos) + photos * (BARE_PARTNERS + 1)


def _asked(plan: ScanPlan, name: str, photos: int) -> int:
    """Return how many photos a stage asks about."""
    stage = next(one for one in plan.stages if one.name == name).model_dump()
    if name == "patched_share":
        return int(stage["patches"]) * photos
    if name == "key_bank":
        return min(int(stage["photos"]), photos) * (2 * PATTERNS + GLASSES)
    return photos
