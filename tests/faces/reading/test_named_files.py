"""Files that a list names: whatever it calls them, nothing outside the folder is found."""

import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from faceaudit.errors import PhotoError
from faceaudit.faces.reading.named_files import PhotoRoot

PARTS = ["a", "b.png", "up", "out.png", "self", "loop", "gone", "..", ".", "", "\0", "x" * 300]


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    whole = tmp_path_factory.mktemp("whole")
    root = whole / "photos"
    (root / "a").mkdir(parents=True)
    for path in (whole / "b.png", root / "b.png", root / "a/b.png", whole / "photos2"):
        path.write_bytes(b"photo")
    (root / "up").symlink_to("..")
    (root / "a/up").symlink_to(whole)
    (root / "out.png").symlink_to("../b.png")
    (root / "a/out.png").symlink_to("../../photos2")  # a name that begins like the folder's
    (root / "self").symlink_to(".")
    (root / "a/self").symlink_to("../b.png")
    (root / "loop").symlink_to("loop")
    (root / "gone").symlink_to("nothing")
    return root


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.sampled_from(PARTS), max_size=6).map("/".join)
    | st.sampled_from(["/etc/passwd", "//b.png", "\udcff"])
    | st.binary(max_size=8).map(os.fsdecode)
)
def test_what_is_found_lies_in_the_folder(root, name):
    try:
        found = PhotoRoot(root).find(name, "Ann")
    except (PhotoError, OSError):
        return
    real = Path(os.fsdecode(found.path)).resolve()
    assert real == (root / name).resolve()
    assert real.is_relative_to(root)
    assert real.read_bytes() == b"photo"
    assert found.location.id.isprintable()
