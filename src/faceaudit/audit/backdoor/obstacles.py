"""What faces cannot carry of a backdoor section: told by counts, before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.backdoor import BackdoorAttack, split_donors
from faceaudit.audit.backdoor.choosing import chosen_of
from faceaudit.audit.backdoor.clean_photos import clean_photos
from faceaudit.audit.backdoor.other_people import other_photos
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.audit.backdoor.scenario import draw_target
from faceaudit.audit.common.remarks import unknown_eyes
from faceaudit.errors import OptionError, SplitError, UnknownName
from faceaudit.faces.split import FEWEST, Split, SplitPlan, usual_split
from faceaudit.types import FaceSet

LEAST_TRAINED = 6
"""One of so many photos of a person is trained on at least, in a split that is proposed."""

SHRUNK = (0.8, 0.65, 0.5, 0.4, 0.3, 0.25, 0.2, 0.15, 0.1, 0.05)
"""Shares of a training part to try where its full size leaves too few donors."""


@dataclass(frozen=True)
class Room:
    """The attacker's photos under one seed, and what can be done with them.

    Attributes:
        donors: photos of others than the target.
        people: who is on them.
        carried: titles of the attacks that they are enough for.
        refused: of each other attack, why not.
    """

    donors: int
    people: int
    carried: tuple[str, ...]
    refused: dict[str, str]


def attack_room(plan: BackdoorPlan, faces: FaceSet) -> Room:
    """Return what is left for the attacker, under the seed that leaves least.

    Args:
        plan: the section, with its seeds.
        faces: as they are loaded, or their outline: pixels are not looked at.

    Raises:
        SplitError: fewer than two people can be enrolled.
        UnknownName: the plan's target is not one of them.
        InputError: there are not so many wrong keys.
    """
    rooms = [_room_of(plan, faces, seed) for seed in plan.seeds or ()]
    return min(rooms, key=lambda room: (len(room.carried) - len(room.refused), room.donors))


def require_room(plan: BackdoorPlan, faces: FaceSet) -> None:
    """Refuse a section that faces cannot carry.

    Args:
        plan: the section, with its seeds.
        faces: as they are loaded, or their outline: pixels are not looked at.

    Raises:
        SplitError: too few people can be enrolled, an attack has too few donors (the message says
            which sizes would do), or mitigations too few clean photos.
        UnknownName: the plan's target is not enrolled.
        InputError: there are not so many wrong keys.
    """
    room = attack_room(plan, faces)
    if room.refused:
        raise SplitError(_explain(plan, faces, room))
    for seed in plan.seeds or ():
        split = plan.enrol(faces, seed)
        for treatment in plan.treatments():
            clean_photos(split, treatment.clean_photos, treatment.reserved, seed)


def require_others(plan: BackdoorPlan, faces: FaceSet, others: FaceSet) -> None:
    """Refuse photos of other people that cannot be had so, or that show people of the audit.

    Args:
        plan: the section, which has `others`.
        faces: of the audit, or their outline.
        others: of the other people, or their outline.

    Raises:
        OptionError: some are people of the audit.
        SplitError: there are fewer photos than a treatment has, or too few of them, or of people,
            to set a filter's threshold on.
    """
    from faceaudit.audit.common.backbone import refuse_same_people  # noqa: PLC0415 - slow to load

    assert plan.others is not None
    refuse_same_people(
        plan.faces,
        faces,
        plan.others.faces,
        others,
        what="mitigations with photos of",
        option="backdoor.others.faces",
    )
    for seed in plan.seeds or ():
        for treatment in plan.treatments():
            if treatment.others:
                dealt = other_photos(others, treatment.others, seed)
                if treatment.way == "input filter":
                    dealt.halves(treatment.mitigation.other_photos or 1)


def require_landmarks(plan: BackdoorPlan) -> None:
    """Refuse mitigations that must know where eyes are, where nobody will.

    Raises:
        OptionError: the photos of a treatment are neither aligned nor made with landmarks.
    """
    for treatment in plan.treatments():
        mitigation = treatment.mitigation
        if not any(one.needs_landmarks for one in (mitigation, *mitigation.parts)):
            continue
        whose = plan.others if treatment.others else None
        source, option = (
            (plan.faces, "backdoor.faces")
            if whose is None
            else (whose.faces, "backdoor.others.faces")
        )
        if unknown_eyes(source):
            raise OptionError(
                f"expected photos whose eyes are known for {mitigation.name!r}, got {option} that "
                f"are not aligned; try align in {option}, or leave {mitigation.name!r} out"
            )


def fitting_split(plan: BackdoorPlan, faces: FaceSet) -> tuple[SplitPlan, Room] | None:
    """Return the split with the largest training part that carries most attacks.

    Args:
        plan: the section, with its seeds.
        faces: as `attack_room` takes them.

    Returns:
        The split and what it leaves for the attacker; None where none leaves anything.
    """
    tried = []
    for number, split in enumerate(_candidates(plan.split, faces)):
        try:
            room = attack_room(plan.model_copy(update={"split": split}), faces)
        except (SplitError, UnknownName):
            continue
        if not room.refused:
            return split, room
        if room.donors:
            tried.append((len(room.carried), room.donors, -number, split, room))
    return max(tried, key=lambda entry: entry[:3])[3:] if tried else None


def _room_of(plan: BackdoorPlan, faces: FaceSet, seed: int) -> Room:
    split = plan.enrol(faces, seed)
    target = faces.names.index(split.names[draw_target(plan, split, seed)])
    others = faces.identity[split.donors]
    others = others[others != target]
    carried, refused = [], {}
    for attack in _attacks_of(plan, seed):
        title = f"{attack.name} x{attack.samples}"
        keys = attack.wrong_keys(plan.wrong_keys)
        try:
            for tried in _tried(attack, keys):
                split_donors(tried, faces, split.donors, target, seed, look=False)
            carried.append(title)
        except SplitError as error:
            refused[title] = str(error)
    return Room(len(others), len(np.unique(others)), tuple(carried), refused)


def _attacks_of(plan: BackdoorPlan, seed: int) -> Iterator[BackdoorAttack]:
    """Return each attack of a seed that some system is attacked by."""
    every = (attack for attack, _ in plan.variants(seed))
    if not plan.chooses:
        return every
    run = {attack for one in chosen_of(plan) for at, attack, _ in one.attacks if at == seed}
    return (attack for attack in every if attack in run)


def _tried(attack: BackdoorAttack, keys: tuple[str, ...]) -> Iterator[BackdoorAttack]:
    """Yield an attack, and with each wrong key where those take photos of their own."""
    yield attack
    if type(attack).split_donors is not BackdoorAttack.split_donors:
        yield from (attack.with_key(key) for key in keys)


def _candidates(split: SplitPlan, faces: FaceSet) -> Iterator[SplitPlan]:
    """Yield splits to try: shorter trainings first, then sizes that suit the photos."""
    photos = np.bincount(faces.identity, minlength=len(faces.names))
    enrolled = photos[photos >= max(split.minimum, FEWEST)]
    poorest = int(enrolled.min()) if len(enrolled) else 0
    free = split.model_copy(update={"donors": None})
    for train in dict.fromkeys(round(min(split.train, poorest) * share) for share in SHRUNK):
        if train >= max(1, poorest // LEAST_TRAINED):
            yield free.model_copy(update={"train": train})
    if poorest > FEWEST:
        usual = usual_split(poorest)
        sizes = {"train": usual.train, "validation": usual.validation, "test": usual.test}
        yield free.model_copy(update=sizes)


def _explain(plan: BackdoorPlan, faces: FaceSet, room: Room) -> str:
    """Return in one line why attacks are refused, and which sizes would do."""
    split = plan.enrol(faces, (plan.seeds or (0,))[0])
    title, why = next(iter(room.refused.items()))
    more = f" ({len(room.refused)} attacks lack photos)" if len(room.refused) > 1 else ""
    reason = why.rpartition("; try ")[0] or why
    taken = _parts_taken(plan.split, split)
    return f"{title}: {reason}{more}; {taken}; {_remedy(plan, faces)}"


def _parts_taken(sizes: SplitPlan, split: Split) -> str:
    photos = np.bincount(split.label[split.label >= 0])
    least, most = int(photos.min()), int(photos.max())
    each = f"{least}" if least == most else f"{least} to {most}"
    capped = "" if sizes.donors is None else f", and at most {sizes.donors} to the attacker"
    return (
        f"of {each} photos a person up to {sizes.train} go to training, {sizes.validation} to "
        f"validation and {sizes.test} to testing{capped}"
    )


def _remedy(plan: BackdoorPlan, faces: FaceSet) -> str:
    found = fitting_split(plan, faces)
    if found is None:
        return "try more photos of each person, or leave the attacks out"
    split, room = found
    changed = ", ".join(
        f"backdoor.split.{name}={'null' if value is None else value}"
        for name, value in split.model_dump().items()
        if value != getattr(plan.split, name)
    )
    start = f"try {changed}, which leaves" if changed else "the split leaves"
    left = f"{start} {room.donors:,} of {room.people} people"
    if not room.refused:
        return f"{left}: enough for every attack"
    if room.carried:
        return (
            f"{left}: enough for {_listed(room.carried)}; leave out "
            f"{_listed(tuple(room.refused))}, or try fewer samples and instances there"
        )
    return (
        f"{left}: samples and instances may add up to {room.donors:,}, and "
        f"backdoor.wrong_keys=0 to {room.people - 1} be tried; `faceaudit init` writes such a plan"
    )


def _listed(titles: tuple[str, ...]) -> str:
    unique = tuple(dict.fromkeys(titles))
    return unique[0] if len(unique) == 1 else f"{', '.join(unique[:-1])} and {unique[-1]}"
