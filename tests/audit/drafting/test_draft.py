"""Drafted plans: they load, fit the photos, and say why they are as they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from faceaudit.audit.drafting.backdoor import draft_backdoor, enrolled_photos
from faceaudit.audit.drafting.draft import draft_plan
from faceaudit.audit.drafting.membership import FEWEST_PEOPLE, draft_membership
from faceaudit.audit.drafting.starting_point import find_detector, find_starting_point
from faceaudit.audit.drafting.text import comment, spell
from faceaudit.audit.obstacles import plan_obstacles
from faceaudit.audit.plan import Plan
from faceaudit.errors import FaceAuditError, OptionError, SourceError, SplitError, WeightsError
from faceaudit.faces.sources.base import sources
from faceaudit.faces.split import FEWEST, usual_split
from faceaudit.types import FaceSet

SOURCE = {"source": "folder", "path": "/photos"}


@pytest.fixture(autouse=True)
def _no_known_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path / "cache"))


def faces_of(sizes: list[int]) -> FaceSet:
    identity = np.repeat(np.arange(len(sizes)), sizes)
    return FaceSet(
        images=np.zeros((len(identity), 1, 1, 3), dtype=np.uint8),
        identity=identity,
        names=tuple(f"p{person:04d}" for person in range(len(sizes))),
        ids=tuple(f"{photo:06d}" for photo in range(len(identity))),
        group=np.arange(len(identity)),
        fingerprint="made",
    )


def file_photos(root: Path, sizes: list[int]) -> Path:
    for person, count in enumerate(sizes):
        folder = root / f"person {person}: #1"
        folder.mkdir(parents=True)
        for photo in range(count):
            Image.new("RGB", (8, 8), (person, photo, 0)).save(folder / f"{photo}.png")
    return root


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=12))
def test_what_is_drafted_is_carried_whatever_the_photos(sizes: list[int]) -> None:
    """Draft and refusal rest on one count: neither may know better."""
    from faceaudit.audit.backdoor.obstacles import require_room  # noqa: PLC0415

    faces = faces_of(sizes)
    start = find_starting_point()
    drafted = draft_backdoor(SOURCE, faces, start, seeds=(0, 1, 2), eyes_known=True)
    if not drafted.values:
        assert drafted.why_none
        assert sum(size > FEWEST for size in sizes) < 3 or "no attack" in drafted.why_none
        return
    plan = Plan(faces=SOURCE, seeds=[0, 1, 2], backdoor=drafted.values)
    require_room(plan.section("backdoor").with_seeds(plan.seeds), faces)
    tried = {attack["attack"] for attack in drafted.values["attacks"]}
    assert tried | set(drafted.left_out) == {
        *("input_instance", "blended", "accessory", "blended_accessory"),
    }
    assert not tried & set(drafted.left_out)


@pytest.mark.parametrize("photos", range(FEWEST + 1, 40))
def test_a_split_leaves_something_to_everybody(photos: int) -> None:
    split = usual_split(photos)
    left = photos - split.train - split.validation - split.test
    assert min(split.train, split.validation, split.test, left) >= 1
    assert photos < 12 or left >= photos // 4
    with pytest.raises(SplitError, match="more than 3 photos"):
        usual_split(FEWEST)


def test_who_is_enrolled() -> None:
    assert enrolled_photos(np.array([3, 3, 3, 3])) is None
    assert enrolled_photos(np.array([4, 4, 3])) is None, "two are too few"
    assert enrolled_photos(np.array([4, 4, 4])) == 4
    assert enrolled_photos(np.array([40] * 5 + [4])) == 40
    assert enrolled_photos(np.array([40] * 3 + [8] * 90)) == 8, "ninety people say more"


def test_a_few_people_with_many_photos_do_not_serve_the_attacker_alone() -> None:
    start = find_starting_point()
    sizes = [30] * 8 + [300] * 2
    drafted = draft_backdoor(SOURCE, faces_of(sizes), start, seeds=(0,), eyes_known=True)
    split = drafted.values["split"]
    assert split["donors"] == 3 * (30 - split["train"] - split["validation"] - split["test"])
    even = draft_backdoor(SOURCE, faces_of([30] * 8), start, seeds=(0,), eyes_known=True)
    assert "donors" not in even.values["split"]


def test_few_donors_are_shared_out_and_a_fifth_is_kept_for_losses() -> None:
    """Six people with eight photos leave ten photos of five: eight are counted on."""
    start = find_starting_point()
    drafted = draft_backdoor(SOURCE, faces_of([8] * 6), start, seeds=(0,), eyes_known=True)
    assert not drafted.left_out
    sizes = [
        (one["samples"], one["instances"], one.get("sweep"))
        for one in drafted.values["attacks"]
        if one["attack"] != "input_instance"
    ]
    assert sizes == [(3, 5, [1])] * 3
    assert drafted.values["wrong_keys"] == 4, "one attacker and four others"
    fewer = draft_backdoor(SOURCE, faces_of([8] * 4), start, seeds=(0,), eyes_known=True)
    assert set(fewer.left_out) == {"blended", "accessory", "blended_accessory"}
    assert [one["attack"] for one in fewer.values["attacks"]] == ["input_instance"]


@pytest.mark.parametrize(
    ("sizes", "there"),
    [([4] * FEWEST_PEOPLE, True), ([4] * (FEWEST_PEOPLE - 1), False), ([1] * 900, False)],
)
def test_membership_takes_people_with_pairs(sizes: list[int], there: bool) -> None:
    faces = faces_of(sizes)
    drafted = draft_membership(SOURCE, faces, find_starting_point(), seeds=(0, 1))
    assert bool(drafted.values) is there
    assert there or str(FEWEST_PEOPLE) in drafted.why_none or "two photos" in drafted.why_none
    if there:
        assert drafted.values["pool"]["blocks"] == 200


def test_a_folder_gets_a_plan_that_says_why(tmp_path: Path) -> None:
    root = file_photos(tmp_path / "our photos", [12, 13, 14, 15, 2])
    drafted = draft_plan(sources.build({"source": "folder", "path": str(root)}))
    values = yaml.safe_load(drafted.text)
    assert Plan(**values) == drafted.plan
    assert list(plan_obstacles(drafted.plan)) == []
    assert values["title"] == "Audit of our photos"
    assert values["faces"] == {"source": "folder", "path": str(root)}, "no default is spelled"
    assert values["seeds"] == [0, 1, 2]
    assert "membership" not in values
    assert (
        "# There is no membership section: 440 people are the fewest, here are 5." in drafted.text
    )
    assert "accessory" not in {one["attack"] for one in values["backdoor"]["attacks"]}
    assert any(line.startswith("backdoor: accessory is left out") for line in drafted.decided)
    assert "synthetic" not in str(values["faces"])
    assert all(len(line) <= 110 for line in drafted.text.splitlines())
    (system,) = values["backdoor"]["systems"]
    assert system["pretraining"]["faces"]["source"] == "synthetic", "and that is said:"
    assert "people who do not exist" in " ".join(drafted.decided)


def test_photos_that_carry_nothing_are_refused_with_what_each_audit_takes(tmp_path: Path) -> None:
    few = file_photos(tmp_path / "few", [2, 2, 2])
    with pytest.raises(SplitError) as refused:
        draft_plan(sources.build({"source": "folder", "path": str(few)}))
    said = str(refused.value)
    assert "got 3 people with 2 photos each, 6 in all" in said
    assert "3 people with 4 photos each" in said
    assert "440 people are the fewest" in said


def test_loose_photos_are_told_how_to_be_filed(tmp_path: Path) -> None:
    for photo in range(3):
        Image.new("RGB", (8, 8)).save(tmp_path / f"{photo}.png")
    with pytest.raises(SourceError, match=r"of the 3 files right in it .* listed:LIST"):
        draft_plan(sources.build({"source": "folder", "path": str(tmp_path)}))


def test_only_photos_are_drafted_for() -> None:
    with pytest.raises(OptionError, match="expected photos of people, got synthetic"):
        draft_plan(sources.build("synthetic"))


def test_starting_points_and_detectors(tmp_path: Path) -> None:
    assert not find_starting_point().trained
    assert find_detector()[0] is None
    unknown = tmp_path / "ours.pt"
    unknown.write_bytes(b"weights")
    with pytest.raises(OptionError, match="try --network NAME"):
        find_starting_point(unknown)
    with pytest.raises(FaceAuditError):
        find_starting_point(unknown, "deepid")
    with pytest.raises(WeightsError, match="expected a file of weights"):
        find_starting_point(tmp_path / "none.onnx")
    with pytest.raises(WeightsError):
        find_detector(unknown)
    with pytest.raises(WeightsError, match="faceaudit weights get yunet"):
        find_detector("yunet")


@settings(deadline=None)
@given(st.text())
def test_no_text_ends_a_comment(text: str) -> None:
    written = comment(text)
    assert yaml.safe_load(written + "a: 1") == {"a": 1}


@settings(deadline=None)
@given(st.dictionaries(st.text(min_size=1), st.lists(st.integers() | st.text()), max_size=4))
def test_plain_values_come_back(values: dict[str, Any]) -> None:
    assert yaml.safe_load(spell({"of": values}, 2)) == {"of": values}
