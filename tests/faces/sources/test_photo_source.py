"""Sources of photos pack anew what a changed algorithm would give, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest
from PIL import Image

from faceaudit.errors import OptionError
from faceaudit.faces.alignment.central import Central
from faceaudit.faces.sources.base import Source, sources
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.faces.sources.folder import Folder
from faceaudit.faces.sources.synthetic import Synthetic
from faceaudit.registry import digest


class NewFolder(Folder):
    version: ClassVar[int] = 2


class NewCentral(Central):
    version: ClassVar[int] = 2


class NewSynthetic(Synthetic):
    version: ClassVar[int] = 2


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for person in "ab":
        (tmp_path / "photos" / person).mkdir(parents=True)
        pixels = np.full((8, 8, 3), ord(person), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "photos" / person / "1.png")
    return tmp_path / "photos"


def packs(source: Source, cache: Path) -> set[str]:
    """Load the source and return the packs that the cache then has."""
    source.load((40, 40), cache=cache)
    return {path.name for path in cache.iterdir() if path.is_dir()}


def test_a_new_version_of_the_source_is_packed_anew(photos: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    old = packs(Folder(path=str(photos)), cache)
    assert packs(Folder(path=str(photos)), cache) == old
    assert len(packs(NewFolder(path=str(photos)), cache) - old) == 1


def test_a_new_version_of_the_way_to_align_is_packed_anew(photos: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    old = packs(Folder(path=str(photos), align=Central()), cache)
    assert packs(Folder(path=str(photos), align=Central()), cache) == old
    assert len(packs(Folder(path=str(photos), align=NewCentral()), cache) - old) == 1


def test_a_new_version_of_the_renderer_is_rendered_anew(tmp_path: Path) -> None:
    old = packs(Synthetic(people=2, photos=1, sessions=1), tmp_path)
    assert packs(Synthetic(people=2, photos=1, sessions=1), tmp_path) == old
    assert len(packs(NewSynthetic(people=2, photos=1, sessions=1), tmp_path) - old) == 1


def test_the_identity_holds_both_versions(photos: Path) -> None:
    sources_of = [
        Folder(path=str(photos)),
        NewFolder(path=str(photos)),
        Folder(path=str(photos), align=Central()),
        Folder(path=str(photos), align=NewCentral()),
    ]
    assert len({digest(source.identity()) for source in sources_of}) == 4
    assert sources_of[0].identity()["align"] is None


def test_another_spelling_of_the_path_is_the_same_pack(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HERE", str(tmp_path))
    cache = tmp_path / "cache"
    old = packs(Folder(path=str(photos)), cache)
    assert packs(Folder(path="${HERE}/photos"), cache) == old


def test_every_source_of_photos_has_the_same_first_options() -> None:
    members = [sources.get(name) for name in sources.names()]
    of_photos = [member for member in members if issubclass(member, PhotoSource)]
    assert len(of_photos) == 8
    for member in of_photos:
        assert list(member.model_fields)[:3] == ["path", "crop", "align"]
        with pytest.raises(OptionError, match="path"):
            member()


def test_a_source_without_its_hooks_cannot_be_built() -> None:
    class Bare(PhotoSource):
        name: ClassVar[str] = "bare"
        paper: ClassVar[str] = "none, 2024"

    with pytest.raises(TypeError, match="abstract"):
        Bare(path="/photos")
