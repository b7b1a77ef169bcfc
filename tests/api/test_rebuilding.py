"""`faceaudit.rebuild_face`: one face from one template, and the pictures on the way."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import faceaudit
from attacks.inversion.small_world import ATTACKED, embedder, faces, taken
from faceaudit.api.rebuilding import RebuiltFace
from faceaudit.attacks.inversion.templates import Knowledge, TemplateOracle, template_inversions
from faceaudit.errors import InputError, UnknownName
from faceaudit.metrics import normalized
from faceaudit.systems.under_test.base import Access
from faceaudit.types import ImageArray

EVERYBODY = faces()
NETWORK = embedder(EVERYBODY.images)
TEMPLATES = NETWORK.embed(EVERYBODY.images)
OTHERS = taken(EVERYBODY, np.flatnonzero(EVERYBODY.identity >= ATTACKED))
WHITE_BOX = {"attack": "white_box", "steps": 30, "least": 0.0}
SEARCH = {"attack": "search", "queries": 101, "population": 10}
LABELS = {"attack": "label_search", "queries": 200}


def rebuild(attack: Any = "white_box", **more: Any) -> RebuiltFace:
    return faceaudit.rebuild_face(NETWORK, TEMPLATES[0], OTHERS, attack=attack, **more)


@pytest.mark.parametrize("attack", [WHITE_BOX, SEARCH, LABELS, "look_alike"])
def test_the_last_picture_is_the_one_that_is_found_without_looking(
    attack: Any, tmp_path: Path
) -> None:
    found = rebuild(attack, cache=tmp_path, seed=3, threshold=0.6)
    chosen = template_inversions.build(attack)
    asks = chosen.access in (Access.SCORES, Access.LABELS)
    stolen = normalized(TEMPLATES[:1])
    threshold = 0.6 if chosen.access == Access.LABELS else None
    known = Knowledge(
        OTHERS,
        normalized(NETWORK.embed(OTHERS.images)),
        oracle=TemplateOracle(NETWORK, stolen, threshold),
        embedder=NETWORK if chosen.access == Access.GRADIENTS else None,
    )
    plain = chosen.invert(stolen[:, :0] if asks else stolen, known, np.random.default_rng(3))
    assert np.array_equal(found.image, plain.images[0])
    assert found.solved == bool(plain.solved[0])
    assert found.queries == int(plain.queries[0])


@pytest.mark.parametrize("attack", [WHITE_BOX, SEARCH])
def test_the_same_seed_gives_the_same_bits(attack: Any, tmp_path: Path) -> None:
    first, again = (rebuild(attack, cache=tmp_path, seed=1) for _ in range(2))
    assert np.array_equal(first.images, again.images)
    assert np.array_equal(first.scores, again.scores)
    if attack is SEARCH:  # the other draws nothing of small pictures
        assert not np.array_equal(first.image, rebuild(attack, cache=tmp_path, seed=2).image)


def test_pictures_on_the_way_come_ever_nearer(tmp_path: Path) -> None:
    seen: list[tuple[int, ImageArray]] = []
    found = rebuild(
        WHITE_BOX | {"start": "average"},
        cache=tmp_path,
        watch=lambda done, image: seen.append((done, image)),
    )
    assert found.done.tolist() == [0, 1, 2, 3, 5, 8, 12, 17, 25, 30] == [done for done, _ in seen]
    assert all(np.array_equal(a, b) for (_, a), b in zip(seen, found.images, strict=True))
    assert found.queries == 0
    # From the average face, which is as alike as anybody.
    mean = OTHERS.images.mean(axis=0)
    assert np.abs(found.images[0].astype(float) - mean).max() <= 1
    assert found.scores[0] < 0.5 < 0.7 < found.scores[-1]
    cosine = normalized(NETWORK.embed(found.images)) @ normalized(TEMPLATES[:1])[0]
    assert np.allclose(found.scores, cosine, atol=1e-5)


def test_scores_of_a_search_never_fall_and_queries_are_counted(tmp_path: Path) -> None:
    found = rebuild(SEARCH, cache=tmp_path)
    assert found.queries == found.done[-1] == 101
    # The first picture is the average face, about which nothing was asked.
    assert (np.diff(found.scores[1:]) >= -1e-6).all()


def test_a_search_by_labels_that_finds_nobody_says_so(tmp_path: Path) -> None:
    found = rebuild(LABELS, cache=tmp_path, threshold=0.9999)
    assert not found.solved
    assert not found.image.any()


def test_another_photo_is_compared_as_a_network_sees_it(tmp_path: Path) -> None:
    found = rebuild(WHITE_BOX, cache=tmp_path)
    photo = EVERYBODY.images[1]
    assert EVERYBODY.identity[1] == EVERYBODY.identity[0]
    other = embedder(EVERYBODY.images, seed=1)
    for network in (NETWORK, other):
        wanted = normalized(network.embed(found.images)) @ normalized(network.embed(photo[None]))[0]
        assert np.allclose(found.scores_with(network, photo), wanted, atol=1e-5)
    with pytest.raises(InputError, match="photo of the network's size"):
        found.scores_with(NETWORK, photo[:8])


def test_a_network_of_another_size_sees_its_own_crop(tmp_path: Path) -> None:
    import torch  # noqa: PLC0415

    def network(size: tuple[int, int]) -> faceaudit.Embedder:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            flat = torch.nn.Linear(3 * size[0] * size[1], 8)
        return faceaudit.Embedder.wrap(torch.nn.Sequential(torch.nn.Flatten(), flat), size=size)

    first, second = network((40, 40)), network((55, 47))
    others = {"source": "synthetic", "people": 6, "photos": 2, "sessions": 1}
    template = np.ones(8)
    found = faceaudit.rebuild_face(first, template, others, attack="look_alike", cache=tmp_path)
    photo = np.zeros((55, 47, 3), dtype=np.uint8)
    assert found.scores_with(second, photo).shape == (1,)
    loaded = faceaudit.load_faces(others, (40, 40), cache=tmp_path).faces
    bare = faceaudit.rebuild_face(first, template, loaded, attack="look_alike", cache=tmp_path)
    with pytest.raises(InputError, match="expected a network of the pictures' size"):
        bare.scores_with(second, photo)


def test_what_cannot_be_done_is_said(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="white_bo"):
        rebuild("white_bo", cache=tmp_path)
    with pytest.raises(InputError, match="templates of one network"):
        rebuild("adapted", cache=tmp_path)
    with pytest.raises(InputError, match="expected a threshold"):
        rebuild("label_search", cache=tmp_path)
    for number in (float("nan"), 1.5, -1.01, "0.5", True):
        with pytest.raises(InputError, match="a cosine, as a number of -1 to 1"):
            rebuild("label_search", cache=tmp_path, threshold=number)
    for wrong in (TEMPLATES[0][:5], TEMPLATES[:2], np.full(32, np.nan)):
        with pytest.raises(InputError, match=r"expected a template \(32,\)"):
            faceaudit.rebuild_face(NETWORK, wrong, OTHERS, cache=tmp_path)
