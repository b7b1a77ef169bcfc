"""The photos that stay when names or files are not their own, in whatever order they come."""

import hashlib
import random

import pytest

from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.packing.duplicates import drop_duplicates
from faceaudit.faces.packing.journal import PackedPhoto


def entry(name: str, content: int) -> PackedPhoto:
    data = hashlib.sha256(b"%d" % content).digest()
    return PackedPhoto(name, name.split("/", maxsplit=1)[0], name, data, data)


def bad(name: str) -> PackedPhoto:
    return PackedPhoto(name, name.split("/", maxsplit=1)[0], name, reason="broken")


def none_usable(person: str, count: int) -> LeftOut:
    reason = f"expected at least one usable photo of the person, got none of {count}"
    return LeftOut(person, reason)


def deduplicated(*entries: PackedPhoto) -> tuple[list[str], tuple[LeftOut, ...]]:
    """Return the ids that stay and what goes, once they came out the same in every order."""
    expected = None
    for seed in range(20):
        shuffled = list(entries)
        random.Random(seed).shuffle(shuffled)
        found = drop_duplicates(shuffled)
        with_rows = [each for each in shuffled if each.kept]
        assert [with_rows[row] for row in found.rows] == list(found.kept)
        expected = expected or found
        assert found.kept == expected.kept
        assert found.left_out == expected.left_out
    return [each.id for each in expected.kept], expected.left_out


def test_photos_with_a_name_and_file_of_their_own_stay():
    assert deduplicated(entry("b/1", 1), entry("a/2", 2), entry("a/1", 3)) == (
        ["a/1", "a/2", "b/1"],
        (),
    )


def test_equal_files_of_one_person_stay_once():
    equal = "expected a photo of its own, got the same file as a/1"
    assert deduplicated(entry("a/2", 1), entry("a/1", 1), entry("a/4", 1), entry("a/3", 3)) == (
        ["a/1", "a/3"],
        (LeftOut("a/2", equal), LeftOut("a/4", equal)),
    )


def test_equal_files_of_two_people_all_go():
    same = "expected a photo of one person, got the same file as"
    assert deduplicated(
        *(entry(name, 1) for name in ("b/1", "a/2", "a/1")), entry("a/3", 3), entry("c/1", 4)
    ) == (
        ["a/3", "c/1"],
        (
            LeftOut("a/1", f"{same} b/1"),
            LeftOut("a/2", f"{same} b/1"),
            none_usable("b", 1),
            LeftOut("b/1", f"{same} a/1"),
        ),
    )


def test_two_files_of_one_name_both_go_unless_they_are_equal():
    name = "expected a name of its own, got several files of that name"
    equal = "expected a photo of its own, got the same file as b/1"
    assert deduplicated(
        entry("a/1", 1), entry("a/1", 2), entry("a/2", 3), entry("b/1", 4), entry("b/1", 4)
    ) == (
        ["a/2", "b/1"],
        (LeftOut("a/1", name), LeftOut("a/1", name), LeftOut("b/1", equal)),
    )


def test_a_person_without_a_usable_photo_goes_but_nobody_does_for_a_stray_file():
    stray = PackedPhoto("notes.txt", reason="hidden")
    assert deduplicated(bad("a/1"), bad("a/2"), entry("b/1", 1), bad("b/2"), stray) == (
        ["b/1"],
        (
            none_usable("a", 2),
            LeftOut("a/1", "broken"),
            LeftOut("a/2", "broken"),
            LeftOut("b/2", "broken"),
            LeftOut("notes.txt", "hidden"),
        ),
    )


@pytest.mark.parametrize("entries", [(), (bad("a/1"),)])
def test_nothing_may_stay(entries):
    assert deduplicated(*entries)[0] == []
