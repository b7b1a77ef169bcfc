"""Embedding photos once, whatever happens in between."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
import torch

from faceaudit.errors import InputError, StoreError
from faceaudit.networks import networks
from faceaudit.progress import silent
from faceaudit.systems.embedding import kept_rows
from faceaudit.systems.embedding.cache import embeddings
from faceaudit.systems.embedding.embedder import Embedder, state_digest
from faceaudit.systems.embedding.kept_rows import KeptRows
from faceaudit.types import ImageArray, IntArray

RNG = np.random.default_rng(0)


class Counting(Embedder):
    """Counts what it embeds, and can be made to fail."""

    def __init__(self, seed: int = 0, *, fails_after: int | None = None) -> None:
        torch.manual_seed(seed)
        network = networks.build("deepid")
        module = network.build()
        super().__init__(network, module, state_digest(module.state_dict()))
        self.count = 0
        self.fails_after = fails_after

    def embed(self, images: ImageArray, rows: IntArray | None = None) -> np.ndarray:
        count = len(images) if rows is None else len(rows)
        if self.fails_after is not None and self.count + count > self.fails_after:
            raise KeyboardInterrupt
        self.count += count
        return super().embed(images, rows)


@pytest.fixture(scope="module")
def images() -> ImageArray:
    return RNG.integers(0, 256, (600, 55, 47, 3), dtype=np.uint8)


def plain(embedder: Embedder, images: ImageArray) -> np.ndarray:
    """What the network gives without any of the machinery."""
    module = embedder._module
    with torch.no_grad():
        return module(module.prepare(torch.from_numpy(images.copy()))).numpy()


def test_gives_what_the_plain_network_gives(images: ImageArray, tmp_path: Path) -> None:
    embedder = Counting()
    found = embeddings(embedder, images[:40], cache=tmp_path).take()
    np.testing.assert_allclose(found, plain(embedder, images[:40]), atol=1e-4)


def test_embeds_nothing_twice(images: ImageArray, tmp_path: Path) -> None:
    embedder = Counting()
    first = embeddings(embedder, images[:300], cache=tmp_path)
    assert embedder.count == 300
    again = embeddings(Counting(), images[:300], cache=tmp_path)
    np.testing.assert_array_equal(first.take(), again.take())
    grown = Counting()
    rows = np.array([450, 10, 10, 299, 450])
    found = embeddings(grown, images, rows, cache=tmp_path)
    assert grown.count == 1, "one photo was new"
    np.testing.assert_array_equal(found.take()[1], first.take()[10])
    np.testing.assert_array_equal(found.take()[0], found.take()[4])


def test_other_weights_are_kept_apart(images: ImageArray, tmp_path: Path) -> None:
    one = embeddings(Counting(0), images[:5], cache=tmp_path)
    other = embeddings(Counting(1), images[:5], cache=tmp_path)
    assert np.abs(one.take() - other.take()).max() > 1e-3


def test_mirrored(images: ImageArray, tmp_path: Path) -> None:
    embedder = Counting()
    found = embeddings(embedder, images[:9], cache=tmp_path, mirrored=True).take()
    np.testing.assert_allclose(found, plain(embedder, images[:9, :, ::-1]), atol=1e-4)


def test_goes_on_after_a_kill(images: ImageArray, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        embeddings(Counting(fails_after=300), images, cache=tmp_path)
    rest = Counting()
    found = embeddings(rest, images, cache=tmp_path).take()
    assert rest.count == 600 - 256, "the first block was kept"
    whole = embeddings(Counting(), images, cache=tmp_path / "other").take()
    np.testing.assert_array_equal(found, whole)


@pytest.mark.parametrize("name", ["rows.f32", "photos.bin"])
@pytest.mark.parametrize("damage", ["cut", "zeros"])
def test_what_a_power_cut_left_is_embedded_again(
    images: ImageArray, tmp_path: Path, name: str, damage: str
) -> None:
    whole = embeddings(Counting(), images[:64], cache=tmp_path).take()
    path = tmp_path / Counting().id / name
    content = path.read_bytes()
    half = len(content) // 2 + 3
    path.write_bytes(content[:half] + (b"" if damage == "cut" else bytes(len(content) - half)))
    embedder = Counting()
    found = embeddings(embedder, images[:64], cache=tmp_path).take()
    np.testing.assert_array_equal(found, whole)
    assert 31 <= embedder.count <= 33


def test_what_others_have_mapped_is_never_cut(images: ImageArray, tmp_path: Path) -> None:
    """A file that is cut under a map ends the process that reads there."""
    held = embeddings(Counting(), images[:600], cache=tmp_path)
    before = held.take()
    photos = tmp_path / Counting().id / "photos.bin"
    photos.write_bytes(photos.read_bytes()[:-1] + b"?")
    (photos.parent / "rows.f32.1.abc.part").write_bytes(b"of a writer that was killed")
    again = embeddings(Counting(), images[:300], cache=tmp_path)
    photos.write_bytes(b"")
    embeddings(Counting(), images[:2], cache=tmp_path)
    np.testing.assert_array_equal(held.take(), before)
    np.testing.assert_array_equal(again.take(), before[:300])
    assert sorted(file.name for file in photos.parent.iterdir()) == [
        *("lock", "photos.bin", "rows.f32")
    ]


def test_rows_are_checked_once_and_then_those_that_others_added(
    images: ImageArray, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checked: list[int] = []
    check = KeptRows._checks

    def count(self: KeptRows, pixels: np.ndarray, rows: np.ndarray) -> list[bytes]:
        checked.append(len(rows))
        return check(self, pixels, rows)

    embeddings(Counting(), images[:100], cache=tmp_path)
    monkeypatch.setattr(KeptRows, "_checks", count)
    embeddings(Counting(), images[:100], cache=tmp_path)
    assert checked == [], "nothing was touched since"
    known = dict(kept_rows._sound)
    embeddings(Counting(), images[:130], cache=tmp_path)
    assert checked == [30], "those that are new"
    monkeypatch.setattr(kept_rows, "_sound", known)  # as of a process that did not add them
    embeddings(Counting(), images[:130], cache=tmp_path)
    assert checked == [30, 30]
    kept_rows._sound.clear()
    embeddings(Counting(), images[:130], cache=tmp_path)
    assert checked == [30, 30, 130]


def test_rows_that_differ_under_the_same_time_are_found(images: ImageArray, tmp_path: Path) -> None:
    whole = embeddings(Counting(), images[:64], cache=tmp_path).take()
    path = tmp_path / Counting().id / "rows.f32"
    at, content = path.stat(), bytearray(path.read_bytes())
    content[5] ^= 4
    with path.open("r+b") as file:
        file.write(content)
    os.utime(path, ns=(at.st_atime_ns, at.st_mtime_ns))
    np.testing.assert_array_equal(embeddings(Counting(), images[:64], cache=tmp_path).take(), whole)


def test_a_cache_that_cannot_be_written(images: ImageArray, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match=r"expected a folder .* what is embedded so far is kept"):
        embeddings(Counting(), images[:2], cache=tmp_path / "file", progress=silent)


def test_wrong_size(tmp_path: Path) -> None:
    wrong = np.zeros((2, 47, 55, 3), dtype=np.uint8)
    with pytest.raises(InputError, match=r"expected images \(N, 55, 47, 3\), got"):
        embeddings(Counting(), wrong, cache=tmp_path)


def test_the_id_tells_weights_and_options_apart() -> None:
    assert Counting(0).id == Counting(0).id
    assert Counting(0).id != Counting(1).id
    torch.manual_seed(0)
    network = networks.build({"network": "deepid", "contrast": "photo"})
    module = network.build()
    assert Embedder(network, module, state_digest(module.state_dict())).id != Counting(0).id
