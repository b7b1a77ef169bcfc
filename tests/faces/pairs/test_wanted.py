"""The photos that a list may mean, against what is found among all photos."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from faceaudit.errors import PairsError
from faceaudit.faces.pairs.match import Matching
from faceaudit.faces.pairs.wanted import named, names_in, wanted
from faceaudit.faces.reading.named_files import printable_path

PART = st.sampled_from(["a", "b", "A", "1", "é", "a.b"])
PATH = st.builds(
    lambda parts, end: "/".join(parts) + end,
    st.lists(PART, min_size=1, max_size=3),
    st.sampled_from(["", ".jpg", ".JPG", ".png"]),
)
NAME = st.one_of(PATH, PATH.map(lambda path: path.replace("/", "\\")), PATH.map("/".__add__))


@settings(deadline=None)
@given(st.sets(PATH, max_size=12), st.lists(NAME, max_size=6))
def test_among_the_wanted_alone_every_name_means_what_it_means_among_all(ids, names):
    everything = tuple(sorted(ids))
    some = tuple(sorted(wanted(everything, names)))
    assert set(some) <= ids
    whole, part = Matching(everything, names), Matching(some, names)
    for name in names:
        assert part.find(name) == whole.find(name)
        assert part.why(name) == whole.why(name)


def test_no_more_is_wanted_than_may_be_meant():
    ids = [f"p{person}/{photo}.jpg" for person in range(50) for photo in range(4)]
    assert wanted(ids, ["p7/3.jpg", "P8/2", "lfw\\p9\\1.png"]) == {
        "p7/3.jpg",
        "p8/2.jpg",
        "p9/1.jpg",
    }
    # A bare file name may mean the photo of that name of anybody.
    assert len(wanted(ids, ["3.jpg"])) == 50


def test_the_names_of_a_file_come_once_and_in_its_order(tmp_path: Path):
    file = tmp_path / "pairs.txt"
    file.write_text("Ann\t1\t2\nAnn\t1\tBob\t3\n")
    assert names_in(file) == ("Ann/Ann_0001", "Ann/Ann_0002", "Bob/Bob_0003")


def test_a_file_that_cannot_be_read_is_an_error_before_any_photo(tmp_path: Path):
    for text in ("", "one two three four five six\n"):
        (tmp_path / "pairs.txt").write_text(text)
        with pytest.raises(PairsError):
            names_in(tmp_path / "pairs.txt")


def test_names_that_mean_nothing_are_an_error():
    with pytest.raises(PairsError, match=r"got 1 names of others, such as 'x'.*'a/1.jpg'"):
        named(["x"])(["a/1.jpg"])
    with pytest.raises(PairsError, match="nothing: there are none"):
        named(["x"])([])


def test_names_with_bytes_that_are_no_utf8_mean_the_same_photo_alone_as_among_all():
    name = b"\xc3\xa9\xff/1.png".decode("utf-8", "surrogateescape")  # both of UTF-8 and not
    photo = printable_path(name).replace("png", "jpg")
    assert Matching([photo, "b/2.jpg"], [name]).find(name) == photo
    assert wanted([photo, "b/2.jpg"], [name]) == {photo}
