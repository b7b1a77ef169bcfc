"""The backdoor section of a drafted plan: split, system and attacks that the photos can carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from faceaudit.audit.backdoor.obstacles import Room, attack_room
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.drafting.starting_point import StartingPoint
from faceaudit.errors import SplitError
from faceaudit.faces.split import FEWEST, SplitPlan, usual_split
from faceaudit.types import FaceSet, IntArray

PEOPLE = 3
"""People at least: a target, an attacker, and somebody else."""

PLENTY = 40
"""Photos of a person from which on more do not outweigh other people."""

MANY_PHOTOS = 10_000
"""Training photos from which on all of a trained network learns, not only its last layer."""

SOME_PHOTOS = 500
"""The same for a network that was trained on synthetic people: its features are poor."""

SPARED = 0.8
"""Share of photos and of donors that a plan counts on: some will turn out to be no use."""

INSTANCES, SAMPLES, SHARE = 100, 115, 0.1
"""Instances and poison samples at most, and samples as a share of the training photos."""

FEWEST_DONORS = 8
"""Donors of a pattern attack that are counted on: three poison samples and five instances."""

WORN = ("accessory", "blended_accessory")


@dataclass(frozen=True)
class BackdoorDraft:
    """A backdoor section and why it is as it is.

    Attributes:
        values: as a plan spells the section; empty where the photos carry none.
        why_none: why they do not.
        why: the reasons of `split`, `learn` and `attacks`, a line each.
        left_out: attacks that are not tried, and why.
    """

    values: Mapping[str, Any] = field(default_factory=dict)
    why_none: str = ""
    why: Mapping[str, str] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)


def draft_backdoor(
    source: Mapping[str, Any],
    faces: FaceSet,
    start: StartingPoint,
    *,
    seeds: Sequence[int],
    eyes_known: bool,
) -> BackdoorDraft:
    """Return the backdoor section that suits faces.

    Args:
        source: where they come from, as a plan spells it.
        faces: their outline: pixels are not looked at.
        start: the network.
        seeds: of the plan.
        eyes_known: whether anybody will know where the eyes on each photo are.
    """
    photos = np.bincount(faces.identity, minlength=len(faces.names))
    poorest = enrolled_photos(photos)
    if poorest is None:
        enough = int((photos > FEWEST).sum())
        return BackdoorDraft(
            why_none=f"it takes at least {PEOPLE} people with {FEWEST + 1} photos each: to train, "
            f"to validate, to test, and for the attacker; {enough} have so many here"
        )
    least = max(FEWEST + 1, round(SPARED * poorest))
    split = _even_donors(usual_split(poorest), photos[photos >= least], least)
    enrolled = int((photos >= least).sum())
    trained = enrolled * split.train
    learn = _learns(start, trained)
    system = {**start.values, **learn, "training": _training(start, learn, trained)}
    bare = BackdoorPlan(
        faces=source, split=split, systems=(system,), attacks=(), seeds=tuple(seeds)
    )
    room = attack_room(bare, faces)
    wrong_keys = max(0, min(5, room.people - 1))
    attacks, left_out = _attacks(room, trained, eyes_known=eyes_known)
    plan = bare.model_copy(update={"wrong_keys": wrong_keys})
    kept = []
    for attack in attacks:
        refused = _refusal(plan, attack, faces)
        if refused:
            left_out[str(attack["attack"])] = refused
        else:
            kept.append(attack)
    if not kept:
        return BackdoorDraft(why_none="no attack can be tried: " + "; ".join(left_out.values()))
    sizes = split.model_dump(exclude_none=True, exclude={"by"})
    return BackdoorDraft(
        {
            "sweep_seeds": 1,
            "split": sizes,
            "systems": [system],
            "attacks": kept,
            "wrong_keys": wrong_keys,
        },
        why={
            "split": f"{enrolled} people have {least} photos or more; at least {room.donors:,} "
            f"photos of {room.people} people are left for the attacker",
            "learn": _why_learn(learn, trained),
        },
        left_out=left_out,
    )


def enrolled_photos(photos: IntArray) -> int | None:
    """Return how many photos a person needs to be enrolled, or None where too few have enough.

    More people make an audit say more, and more photos of each make their recognition better:
    people times photos to the power of 1.5 is made as large as can be, photos counted up to
    `PLENTY`.

    >>> enrolled_photos(np.array([40, 40, 40, 5])), enrolled_photos(np.array([40, 2, 2]))
    (40, None)
    """
    best, found = 0.0, None
    for least in np.unique(photos[photos > FEWEST]).tolist():
        people = int((photos >= least).sum())
        worth = people * min(least, PLENTY) ** 1.5
        if people >= PEOPLE and worth > best:
            best, found = worth, least
    return found


def _even_donors(split: SplitPlan, photos: IntArray, least: int) -> SplitPlan:
    """Return the split, with a limit on donors where a few people have most of the photos."""
    taken = split.train + split.validation + split.test
    even = 3 * max(int(np.median(photos)) - taken, 1)
    limit = even if int(photos.max()) - taken > even else None
    return split.model_copy(update={"minimum": least, "donors": limit})


def _learns(start: StartingPoint, trained: int) -> dict[str, str]:
    many = MANY_PHOTOS if start.trained else SOME_PHOTOS
    last = start.is_file or trained < many
    return {"learn": "last layer"} if last else {}


def _training(start: StartingPoint, learn: Mapping[str, str], trained: int) -> dict[str, Any]:
    """Return options of a training that goes through about 2,000 to 5,000 steps' worth."""
    if learn:
        rate = {"epochs": 60, "batch": 64, "learning_rate": 0.005}
    elif start.trained:
        rate = {"epochs": 10, "batch": 64, "learning_rate": 0.0003}
    else:
        rate = {"epochs": 25, "batch": 32 if trained < 5_000 else 64, "learning_rate": 0.001}
    return {**rate, "schedule": "cosine", "patience": rate["epochs"]}


def _why_learn(learn: Mapping[str, str], trained: int) -> str:
    if learn:
        return f"{trained:,} training photos: the network stays as it is, its last layer learns"
    return f"{trained:,} training photos: all of the network learns"


def _attacks(
    room: Room, trained: int, *, eyes_known: bool
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Return attacks with sizes that the donors allow, and those that are left out."""
    share = max(5, round(SHARE * trained))
    own = min(5, share)
    attacks: list[dict[str, Any]] = [{"attack": "input_instance", "samples": own, "sweep": [1]}]
    left_out: dict[str, str] = {}
    patterns = ("blended", *WORN)
    donors = int(SPARED * room.donors)
    if donors < FEWEST_DONORS:
        why = (
            f"it takes {round(FEWEST_DONORS / SPARED)} photos of others than the target for it; "
            f"{room.donors} are left"
        )
        return attacks, dict.fromkeys(patterns, why)
    instances = min(INSTANCES, 2 * donors // 3)
    samples = min(SAMPLES, share, donors - instances)
    fewer, more = max(1, samples // 4), 3 * samples
    sweep = [size for size in (fewer, more) if size != samples]
    if more > min(SAMPLES, donors - instances):
        sweep = [size for size in sweep if size != more]
    sizes: dict[str, Any] = {"samples": samples, "instances": instances}
    for name in patterns:
        if name in WORN and not eyes_known:
            left_out[name] = (
                "nobody knows where the eyes are to put glasses on: faces are not looked for"
            )
        else:
            attacks.append({"attack": name, **sizes, **({"sweep": sweep} if sweep else {})})
    return attacks, left_out


def _refusal(plan: BackdoorPlan, attack: Mapping[str, Any], faces: FaceSet) -> str:
    """Return why the faces cannot carry an attack; empty where they can."""
    values = {**dict(plan), "attacks": (attack,)}
    try:
        room = attack_room(BackdoorPlan(**values), faces)
    except SplitError as error:
        return str(error)
    return next(iter(room.refused.values()), "")
