"""Groups of people and of photos by attributes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from faceaudit.errors import InputError, UnknownName
from faceaudit.faces.groups import groupings
from faceaudit.faces.sources.celeba import CelebA
from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.records.groups import describe_groups
from faceaudit.types import FaceSet


def faces(photos: int = 10, **attributes: Sequence[int]) -> FaceSet:
    count = len(next(iter(attributes.values())))
    return FaceSet(
        images=np.zeros((count, 1, 1, 3), dtype=np.uint8),
        identity=np.arange(count) // photos,
        names=tuple(f"p{number}" for number in range(-(-count // photos))),
        ids=tuple(f"{row}" for row in range(count)),
        group=np.arange(count),
        attributes={name: np.array(values) for name, values in attributes.items()},
    )


def test_an_attribute_of_people_takes_what_most_photos_of_a_person_show() -> None:
    tone = [0] * 10 + [1] * 9 + [0]  # one photo of the second person is labelled otherwise
    (found,) = groupings(faces(tone=tone), {"tone": ("light", "deep")})
    assert found.divides == "people"
    assert found.names == ("light", "deep")
    assert found.person.tolist() == [0, 1]
    assert found.photo.tolist() == [0] * 10 + [1] * 10
    assert describe_groups([found])[0].people == (1, 1)


def test_an_attribute_that_changes_from_photo_to_photo_is_one_of_photos() -> None:
    hat = [0] * 10 + [1] * 8 + [0] * 2
    (found,) = groupings(faces(hat=hat), {})
    assert found.divides == "photos"
    assert found.names == ("0", "1")
    assert found.photo.tolist() == hat
    # Both people have photos without, and the second one has some with it.
    assert describe_groups([found])[0].people == (2, 1)
    assert describe_groups([found], [0])[0].people == (1, 0)


def test_one_person_in_twenty_may_be_unsteady() -> None:
    steady = [number % 2 for number in range(20) for _ in range(10)]
    steady[:10] = [0, 1] * 5
    assert groupings(faces(a=steady), {})[0].divides == "people"
    steady[10:20] = [0, 1] * 5
    assert groupings(faces(a=steady), {})[0].divides == "photos"


def test_two_values_of_one_name_stay_two_groups() -> None:
    (found,) = groupings(faces(a=[0] * 10 + [1] * 10), {"a": ("same", "same")})
    assert found.names == ("0", "1")


def test_values_below_zero_are_unknown() -> None:
    (found,) = groupings(faces(a=[-1] * 10 + [3] * 10 + [7] * 10), {})
    assert found.names == ("3", "7")
    assert found.person.tolist() == [-1, 0, 1]
    assert found.photo.tolist() == [-1] * 10 + [0] * 10 + [1] * 10


def test_only_two_to_eight_values_make_groups() -> None:
    values = {name: np.arange(90) // 10 % count for name, count in (("one", 1), ("nine", 9))}
    some = faces(two=np.arange(90) // 10 % 2, eight=np.arange(90) // 10 % 8, **values)
    assert [one.attribute for one in groupings(some, {})] == ["eight", "two"]
    with pytest.raises(InputError, match="2 to 8 values, got 'nine' with 9"):
        groupings(some, {}, ["nine"])
    with pytest.raises(UnknownName, match="try 'eight'"):
        groupings(some, {}, ["eigth"])
    assert groupings(some, {}, []) == ()


def test_a_source_says_what_it_is_usually_divided_by() -> None:
    some = faces(a=[0] * 10 + [1] * 10, b=[0] * 10 + [1] * 10)
    assert [one.attribute for one in groupings(some, {}, None, ("b", "c"))] == ["b"]
    assert [one.attribute for one in groupings(some, {}, ("a",), ("b", "c"))] == ["a"]


@pytest.mark.parametrize("source", [Synthetic, CelebA])
def test_sources_name_the_values_of_what_they_are_divided_by(source: type) -> None:
    assert set(source.divided_by) <= set(source.value_names)
    for names in source.value_names.values():
        assert len(set(names)) == len(names) >= 2
        assert not any(mark in name for name in names for mark in "|=:")
