"""What faces cannot carry is said beforehand, with sizes that would do."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceaudit.attacks.backdoor import split_donors
from faceaudit.audit.backdoor.kind import BackdoorKind
from faceaudit.audit.backdoor.obstacles import (
    attack_room,
    fitting_split,
    require_landmarks,
    require_others,
    require_room,
)
from faceaudit.audit.backdoor.plan import BackdoorPlan
from faceaudit.errors import InputError, OptionError, SplitError, UnknownName
from faceaudit.types import FaceSet
from helpers.faces import blocks

SPLIT = {"train": 50, "validation": 6, "test": 24}


def plan(attacks: list[Any], split: dict[str, Any] | None = None, **more: Any) -> BackdoorPlan:
    return BackdoorPlan(
        faces="synthetic",
        split=split or SPLIT,
        systems=({"network": "deepid"},),
        attacks=attacks,
        **{"seeds": (0,), "wrong_keys": 2, **more},
    )


def pattern(samples: int, instances: int) -> dict[str, Any]:
    return {"attack": "blended", "samples": samples, "instances": instances}


def of_sizes(sizes: list[int]) -> FaceSet:
    """Return faces of one pixel: so many photos of each person."""
    identity = np.repeat(np.arange(len(sizes)), sizes)
    count = len(identity)
    return FaceSet(
        images=np.zeros((count, 1, 1, 3), dtype=np.uint8),
        identity=identity,
        names=tuple(f"p{person:02d}" for person in range(len(sizes))),
        ids=tuple(f"{photo:05d}" for photo in range(count)),
        group=np.arange(count),
    )


@pytest.mark.parametrize("samples", range(1, 40))
def test_what_is_refused_beforehand_is_what_the_attack_refuses(samples: int) -> None:
    faces = blocks(people=4, photos=20, size=(4, 4))
    section = plan([pattern(samples, 9)], {"train": 8, "validation": 2, "test": 4})
    split = section.split.split(faces, 0)
    target = faces.names.index(split.names[0])
    try:
        split_donors(section.attacks[0].attack, faces, split.donors, target, 0)
        there = True
    except SplitError:
        there = False
    named = section.model_copy(update={"target": split.names[0]})
    assert attack_room(named, faces).carried == ((f"blended x{samples}",) if there else ())
    assert there == (samples + 9 <= 3 * 6), "three people with six photos each"


def test_no_donors_are_left_and_a_split_that_leaves_some_is_named() -> None:
    """A split for a hundred photos a person, where there are 39 to 53."""
    faces = of_sizes([39, 53, 45, 40, 41, 50])
    attacks = ["input_instance", pattern(40, 40), {"attack": "accessory", "samples": 5}]
    with pytest.raises(SplitError) as refused:
        require_room(plan(attacks), faces)
    said = str(refused.value)
    assert "of 39 to 53 photos a person up to 50 go to training, 6 to validation and 24" in said
    assert "3 attacks lack photos" in said
    changes = dict(re.findall(r"backdoor\.split\.(\w+)=(\d+)", said))
    assert changes, said
    mended = {**SPLIT, **{name: int(value) for name, value in changes.items()}}
    require_room(plan(attacks, mended), faces)
    left = attack_room(plan(attacks, mended), faces).donors
    assert f"which leaves {left:,} of 5 people: enough for every attack" in said


def test_the_proposed_split_trains_on_as_much_as_can_be() -> None:
    faces = of_sizes([30] * 5)
    split, room = fitting_split(
        plan([pattern(20, 20)], {"train": 20, "validation": 2, "test": 4}), faces
    ) or pytest.fail("no split")
    assert (split.train, room.donors) == (13, 4 * 11)
    assert 4 * (30 - 16 - 6) < 40, "and the next larger one would leave too few"


def test_attacks_that_no_split_carries_are_named() -> None:
    faces = of_sizes([20] * 5)
    with pytest.raises(SplitError, match=r"enough for blended x5; leave out blended x500, or try"):
        require_room(plan([pattern(5, 5), pattern(500, 20)]), faces)
    with pytest.raises(SplitError, match=r"add up to 28, .*wrong_keys=0 to 3 be tried"):
        require_room(plan([pattern(500, 20)]), faces)
    with pytest.raises(SplitError, match="try more photos of each person, or leave the attacks"):
        require_room(plan([pattern(5, 5)]), of_sizes([3] * 5))


@pytest.mark.parametrize(("wrong_keys", "there"), [(3, True), (4, False)])
def test_every_wrong_attacker_needs_a_photo_of_their_own(wrong_keys: int, there: bool) -> None:
    faces = blocks(people=5, photos=20, size=(4, 4))
    section = plan(
        ["input_instance"], {"train": 8, "validation": 2, "test": 4}, wrong_keys=wrong_keys
    )
    if there:
        require_room(section, faces)
    else:
        with pytest.raises(SplitError, match="expected at least 5 people with donor photos"):
            require_room(section, faces)


def test_all_seeds_are_looked_at() -> None:
    """Who is drawn as the target takes their donors away: the one with most is not always drawn."""
    faces = of_sizes([12, 12, 12, 60])
    rooms = {}
    for seed in range(8):
        section = plan([pattern(20, 20)], {"train": 6, "validation": 2, "test": 2}, seeds=(seed,))
        rooms[seed] = attack_room(section, faces).refused
    assert any(rooms.values())
    assert not all(rooms.values())
    with pytest.raises(SplitError):
        require_room(
            plan([pattern(20, 20)], {"train": 6, "validation": 2, "test": 2}, seeds=range(8)), faces
        )


def test_target_and_keys_that_are_not_there() -> None:
    faces = blocks(people=4, photos=20, size=(4, 4))
    sizes = {"train": 8, "validation": 2, "test": 4}
    with pytest.raises(UnknownName, match="expected an enrolled person"):
        require_room(plan([pattern(2, 2)], sizes, target="nobody"), faces)
    with pytest.raises(InputError, match="expected at most 7 wrong keys"):
        require_room(plan([pattern(2, 2)], sizes, wrong_keys=999), faces)


OTHERS = {"source": "synthetic", "people": 2, "photos": 4, "sessions": 1, "seed": 9}


def beside(mitigations: list[str], photos: int, **more: Any) -> BackdoorPlan:
    others = {"faces": {**OTHERS, **more}, "photos": [photos]}
    split = {"train": 12, "validation": 3, "test": 6}
    return plan([], split, mitigations=mitigations, clean_photos=[5], others=others)


def test_photos_of_other_people_are_counted_beforehand() -> None:
    faces, others = of_sizes([40] * 4), of_sizes([4, 4])
    require_others(beside(["strip", "i_bau"], 8), faces, others)
    with pytest.raises(SplitError, match="9 photos of other people, got 8"):
        require_others(beside(["strip"], 9), faces, others)
    alone = of_sizes([8])
    require_others(beside(["i_bau"], 8), faces, alone)  # nothing is set on others of them
    with pytest.raises(SplitError, match="got those of one"):
        require_others(beside(["strip"], 8), faces, alone)
    require_others(beside(["strip"], 16), faces, of_sizes([15, 1]))
    with pytest.raises(SplitError, match="at least 8 photos of other people to fit a filter"):
        require_others(beside(["occlusion"], 16), faces, of_sizes([15, 1]))


def test_people_of_the_audit_are_no_other_people() -> None:
    faces = of_sizes([40] * 4)
    same = beside(["strip"], 8, seed=plan([]).faces.model_dump()["seed"])
    with pytest.raises(OptionError, match=r"mitigations with photos of .*backdoor\.others\.faces"):
        require_others(same, faces, of_sizes([4, 4]))


def test_a_plan_is_checked_loaded_and_weighed_with_its_other_people() -> None:
    kind, fits, short = BackdoorKind(), beside(["strip"], 8), beside(["strip"], 9)
    assert [str(error) for error in kind.obstacles(fits, [0])] == []
    (told,) = kind.obstacles(short, [0])
    assert "got 8; try fewer in others.photos" in str(told)
    assert fits.others is not None
    loaded = (fits.others.faces, (55, 47))
    assert loaded in kind.loads(fits)
    assert loaded not in kind.loads(plan([]))
    weighed = [work for work in kind.workload(fits, [0]) if work.source == fits.others.faces]
    assert [(work.kind, work.steps) for work in weighed] == [("load", 8)]


def test_wearers_who_look_alike_are_counted_without_looking_at_pixels() -> None:
    """An outline has one black pixel a photo: who looks alike is found once photos are read."""
    alike = {**pattern(20, 20), "wearers": "look_alikes"}
    faces = of_sizes([40] * 4)
    sizes = {"train": 12, "validation": 3, "test": 6}
    require_room(plan([alike, pattern(20, 20)], sizes), faces)
    with pytest.raises(SplitError, match="expected at least 60 donor photos"):
        require_room(plan([{**alike, "samples": 40}], sizes), faces)
    assert [str(error) for error in BackdoorKind().obstacles(plan([alike]), [0])] == []
    one = ["train", "validation", "test"]
    with pytest.raises(SplitError, match="expected photos of the target among the donors"):
        require_room(plan([alike], dict(zip(one, (30, 4, 6), strict=True)), target="p00"), faces)


@pytest.mark.parametrize("mitigation", ["occlusion", {"mitigation": "fusion"}])
@pytest.mark.parametrize("align", [{}, {"align": "central"}])
def test_mitigations_that_go_by_landmarks_are_refused_where_nobody_knows_them(
    mitigation: Any, align: dict[str, str], tmp_path: Path
) -> None:
    bare = {"source": "folder", "path": str(tmp_path), **align}
    asked = {"mitigations": [mitigation], "clean_photos": [4]}
    known = plan([pattern(2, 2)], **asked)
    require_landmarks(known)
    unknown = BackdoorPlan(**{**known.model_dump(exclude_unset=True), **asked, "faces": bare})
    with pytest.raises(OptionError, match=r"whose eyes are known for .* got backdoor\.faces"):
        require_landmarks(unknown)
    without = BackdoorPlan(
        **{**unknown.model_dump(exclude_unset=True), "mitigations": ["strip"], "faces": bare}
    )
    require_landmarks(without)
    if mitigation == "occlusion":
        others = {"faces": bare, "photos": [20]}
        with pytest.raises(OptionError, match=r"got backdoor\.others\.faces that are not aligned"):
            require_landmarks(plan([pattern(2, 2)], **asked, others=others))
