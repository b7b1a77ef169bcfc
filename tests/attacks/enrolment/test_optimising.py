"""Patterns that wearers are taken for one another by."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from attacks.enrolment.known import EYES, SIZE, network, surrogates
from faceaudit.attacks.enrolment import WornKey
from faceaudit.attacks.enrolment.common.optimising import (
    Search,
    _Side,
    _wearers,
    check_wearers,
    jittered,
    lay_on,
    search_pattern,
)
from faceaudit.attacks.enrolment.common.shapes import glasses_outline
from faceaudit.errors import InputError
from faceaudit.metrics import normalized
from faceaudit.types import FloatArray, ImageArray
from helpers.faces import blocks

USUAL = Search(steps=40, rate=0.3, batch=8, jitter=0.02, alike=1.0)
OUTLINE = glasses_outline("sunglasses-visor")


def _alike(images: ImageArray, number: int = 0) -> float:
    """Return the mean cosine of two of these people under a network."""
    found = normalized(network(number).embed(images))
    every = found @ found.T
    return float(every[~np.eye(len(found), dtype=bool)].mean())


def _worn(colours: ImageArray, seed: int = 9) -> ImageArray:
    people = blocks(people=20, photos=1, size=SIZE, seed=seed).images
    eyes = np.broadcast_to(np.array(EYES, dtype=np.float32), (len(people), 2, 2)).copy()
    return WornKey(OUTLINE.filled(colours)).put_on(people, eyes)


def test_people_never_seen_are_more_alike_with_the_pattern_than_with_noise_or_bare() -> None:
    found = search_pattern(OUTLINE, surrogates(), USUAL, np.random.default_rng(0))
    noise = np.random.default_rng(1).integers(0, 256, found.shape, dtype=np.uint8)
    bare = blocks(people=20, photos=1, size=SIZE, seed=9).images
    assert _alike(_worn(found)) > _alike(_worn(noise)) + 0.15
    assert _alike(_worn(found)) > _alike(bare) + 0.15


def test_a_pattern_made_on_two_networks_works_on_both_and_one_of_one_on_its_own() -> None:
    both = search_pattern(OUTLINE, surrogates(2), USUAL, np.random.default_rng(0))
    noise = np.random.default_rng(1).integers(0, 256, both.shape, dtype=np.uint8)
    for number in (0, 1):
        assert _alike(_worn(both), number) > _alike(_worn(noise), number) + 0.1


def test_a_wearer_stays_more_like_themself_when_that_is_asked_for() -> None:
    faces = blocks(people=20, photos=2, size=SIZE, seed=9)
    eyes = np.broadcast_to(np.array(EYES, dtype=np.float32), (len(faces), 2, 2)).copy()

    def own(how: Search) -> float:
        found = search_pattern(OUTLINE, surrogates(), how, np.random.default_rng(0))
        worn = WornKey(OUTLINE.filled(found)).put_on(faces.images, eyes)
        one, two = (normalized(network(0).embed(each)) for each in (worn[::2], faces.images[1::2]))
        return float((one * two).sum(axis=1).mean())

    faithful = Search(steps=40, rate=0.3, batch=8, jitter=0.02, alike=0.3, own=0.95)
    indifferent = Search(steps=40, rate=0.3, batch=8, jitter=0.02, alike=0.3)
    assert own(faithful) > own(indifferent) + 0.02
    assert own(faithful) > own(USUAL) + 0.03


def test_the_same_seed_gives_the_same_pattern() -> None:
    how = Search(steps=3, rate=0.3, batch=4, jitter=0.02, alike=1.0)
    one, two = (search_pattern(OUTLINE, surrogates(), how, np.random.default_rng(4)) for _ in "ab")
    np.testing.assert_array_equal(one, two)


def test_too_few_people_are_refused() -> None:
    with pytest.raises(InputError, match="at least 4 people to make"):
        search_pattern(OUTLINE, surrogates(people=3), USUAL, np.random.default_rng(0))
    paired = Search(steps=1, rate=0.1, batch=4, jitter=0.0, alike=1.0, own=0.5)
    with pytest.raises(InputError, match="with two photos"):
        search_pattern(OUTLINE, surrogates(photos=1), paired, np.random.default_rng(0))


def test_a_layer_lies_where_keys_are_worn() -> None:
    # The differentiable way and the one that photos are made with agree to a grey level.
    rng = np.random.default_rng(3)
    colours = rng.integers(0, 256, (*OUTLINE.covered.shape, 3), dtype=np.uint8)
    # Eyes that are further apart than the pattern's own: nothing is brought down first.
    eyes = np.array([[[8.0, 30.0], [55.0, 27.0]]], dtype=np.float32)
    ground = np.full((1, 64, 64, 3), 100, dtype=np.uint8)
    worn = WornKey(OUTLINE.filled(colours)).put_on(ground, eyes).astype(float)
    cover = torch.from_numpy(OUTLINE.covered.astype(np.float32))[..., None]
    layer = torch.cat([torch.from_numpy(colours).float() * cover, cover], dim=2)
    laid = lay_on(layer, torch.from_numpy(OUTLINE.eyes), torch.from_numpy(eyes), (64, 64))
    found = (100 * (1 - laid[..., 3:]) + laid[..., :3]).numpy()
    np.testing.assert_allclose(found, worn, atol=0.51)


def test_moves_are_in_distances_between_the_eyes() -> None:
    eyes: FloatArray = np.array([[[0.0, 0.0], [10.0, 0.0]]] * 3, dtype=np.float32)
    moves = np.array([[0.1, 0.2, 0, 0], [0, 0, 0.5, 0], [0, 0, 0, np.pi / 2]], dtype=np.float32)
    found = jittered(eyes, moves)
    np.testing.assert_allclose(found[0], [[1, 2], [11, 2]], atol=1e-5)
    np.testing.assert_allclose(found[1], [[-2.5, 0], [12.5, 0]], atol=1e-5)
    np.testing.assert_allclose(found[2], [[5, -5], [5, 5]], atol=1e-5)
    assert np.linalg.norm(found[2, 1] - found[2, 0]) == pytest.approx(10, abs=1e-4)


def test_wearers_embeddings_stay_as_long_as_bare_ones_when_that_is_asked_for() -> None:
    bare = np.linalg.norm(network(0).embed(surrogates().photos[0]), axis=1)

    def off(how: Search) -> float:
        found = search_pattern(OUTLINE, surrogates(), how, np.random.default_rng(0))
        length = np.linalg.norm(network(0).embed(_worn(found)), axis=1)
        return float(np.abs(np.log(length) - np.log(bare).mean()).mean() / np.log(bare).std())

    usual = Search(steps=40, rate=0.3, batch=8, jitter=0.02, alike=1.0, usual_length=True)
    assert off(usual) < 1.5
    assert off(USUAL) > 2 * off(usual)


@pytest.mark.parametrize(("paired", "count"), [(False, 5), (True, 3)])
def test_people_who_can_wear_it_are_counted(paired: bool, count: int) -> None:
    photos = np.array([1, 2, 1, 3, 2])
    if count < 4:
        with pytest.raises(InputError, match=f"got {count}"):
            check_wearers(photos, paired=paired)
    else:
        check_wearers(photos, paired=paired)


def test_a_wearer_is_held_against_another_photo_of_theirs_where_there_is_one() -> None:
    first, other = _wearers(np.array([3, 1, 3, 2, 0, 3, 1]), paired=False)
    assert (first.tolist(), other.tolist()) == ([4, 1, 3, 0], [4, 6, 3, 2])


def test_a_faint_pattern_lies_faintly_on_faces_while_it_is_searched_for() -> None:
    faint = Search(steps=1, rate=0.1, batch=4, jitter=0.0, alike=1.0, opacity=0.4)
    side = _Side(surrogates(), 0, OUTLINE, faint)
    np.testing.assert_allclose(side.cover.numpy()[..., 0], 0.4 * OUTLINE.covered, atol=1e-6)
