from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from attacks.inversion.made_up_faces import SIZE, make_faces
from faceaudit.attacks.inversion.generators import LatentSpace, generators
from faceaudit.attacks.inversion.generators.principal_components import ComponentSpace
from faceaudit.errors import InputError, OptionError
from faceaudit.types import FaceSet

RENDERED = (55, 47)


def space_of(name: str, faces: FaceSet | None, seed: int = 0, **options: object) -> LatentSpace:
    generator = generators.build({"generator": name, **options})
    size = SIZE if faces is None else faces.size
    return generator.space(faces, size, np.random.default_rng(seed))


def components(count: int = 20, photos: int = 2_000, seed: int = 0) -> LatentSpace:
    return space_of(
        "principal_components", make_faces(60, 2), seed=seed, count=count, photos=photos
    )


def any_space(name: str) -> LatentSpace:
    if name == "renderer":
        return generators.build(name).space(None, RENDERED, np.random.default_rng(0))
    return space_of(name, make_faces(60, 2))


@pytest.mark.parametrize("name", generators.names())
def test_the_same_latents_give_the_same_picture_alone_or_with_others(name: str) -> None:
    space = any_space(name)
    drawn = space.draw(6, np.random.default_rng(3))
    before = drawn.copy()
    images = space.images(drawn)
    assert drawn.shape == (6, space.dimensions)
    assert images.shape == (6, *space.size, 3)
    assert images.dtype == np.uint8
    np.testing.assert_array_equal(drawn, before)
    np.testing.assert_array_equal(space.images(drawn), images)
    for row in range(6):
        alone = space.images(drawn[row : row + 1])[0].astype(int)
        # A product of one row may add up in another order than one of six.
        assert np.abs(alone - images[row]).max() <= 1
    assert len({image.tobytes() for image in images}) == 6


@pytest.mark.parametrize("name", generators.names())
def test_one_seed_gives_one_space(name: str) -> None:
    one, two = any_space(name), any_space(name)
    drawn = one.draw(3, np.random.default_rng(3))
    np.testing.assert_array_equal(one.images(drawn), two.images(drawn))


@pytest.mark.parametrize("name", generators.names())
def test_nothing_drawn_is_nothing_shown(name: str) -> None:
    space = any_space(name)
    assert space.images(np.empty((0, space.dimensions), np.float32)).shape == (0, *space.size, 3)


@pytest.mark.parametrize("name", ["principal_components", "pixels"])
def test_the_module_shows_what_the_pictures_do_and_has_gradients(name: str) -> None:
    space = any_space(name)
    module = space.differentiable()
    assert module is not None
    drawn = torch.from_numpy(space.draw(5, np.random.default_rng(1))).requires_grad_()
    pixels = module(drawn)
    assert pixels.shape == (5, *SIZE, 3)
    shown = space.images(drawn.detach().numpy()).astype(float)
    assert np.abs(pixels.detach().numpy() - shown).max() <= 0.5 + 1e-3
    pixels.sum().backward()
    # Against a difference quotient in double precision.
    exact = module.double()
    at = drawn.detach().double()
    step = torch.zeros_like(at)
    step[:, 3] = 1e-4
    slope = (exact(at + step) - exact(at - step)).sum(dim=(1, 2, 3)) / 2e-4
    assert drawn.grad is not None
    np.testing.assert_allclose(drawn.grad[:, 3], slope, rtol=1e-3, atol=1e-2)


def test_components_are_those_of_scikit_learn() -> None:
    faces = make_faces(40, 2)
    space = space_of("principal_components", faces, count=10)
    pixels = faces.images.reshape(len(faces), -1).astype(np.float64)
    known = PCA(10, svd_solver="full").fit(pixels)
    assert isinstance(space, ComponentSpace)
    np.testing.assert_allclose(space._mean, known.mean_, atol=1e-3)
    # Their variance is by n - 1.
    spread = np.sqrt(known.explained_variance_ * (len(faces) - 1) / len(faces))
    expected = known.components_ * spread[:, None]
    for found, wanted in zip(space._directions, expected, strict=True):
        sign = np.sign(found @ wanted)
        np.testing.assert_allclose(sign * found, wanted, atol=2e-3 * np.abs(wanted).max() + 1e-2)


def test_directions_have_the_sign_of_the_photo_farthest_out() -> None:
    faces = make_faces(60, 2)
    latents = space_of("principal_components", faces, count=15).latents(faces.images)
    assert latents is not None
    assert (latents.max(axis=0) > -latents.min(axis=0)).all()


def test_latents_of_the_photos_are_standard_and_unrelated() -> None:
    faces = make_faces(60, 2)
    latents = space_of("principal_components", faces, count=15).latents(faces.images)
    assert latents is not None
    np.testing.assert_allclose(latents.mean(axis=0), 0, atol=1e-3)
    np.testing.assert_allclose(np.cov(latents.T, bias=True), np.eye(15), atol=2e-3)


def test_a_photo_comes_back_where_there_are_components_enough() -> None:
    faces = make_faces(20, 1)
    space = space_of("principal_components", faces)
    assert space.dimensions == 19, "one less than the photos at most"
    latents = space.latents(faces.images)
    assert latents is not None
    assert np.abs(space.images(latents).astype(int) - faces.images).max() <= 1


@pytest.mark.parametrize(("count", "photos", "expected"), [(400, 2_000, 119), (400, 30, 29)])
def test_components_are_fewer_than_the_photos(count: int, photos: int, expected: int) -> None:
    assert components(count, photos).dimensions == expected
    assert components(7, photos).dimensions == 7


def test_photos_are_drawn_where_there_are_too_many() -> None:
    drawn = np.eye(5, dtype=np.float32)[:1]
    one, two = (components(5, 30, seed).images(drawn) for seed in (0, 1))
    assert (one != two).any()


def test_pixels_give_every_picture_back() -> None:
    images = np.random.default_rng(0).integers(0, 256, (4, *SIZE, 3), dtype=np.uint8)
    space = any_space("pixels")
    latents = space.latents(images)
    assert latents is not None
    np.testing.assert_array_equal(space.images(latents), images)
    assert (np.unique(space.images(np.zeros((1, space.dimensions), np.float32))) == 128).all()


def test_what_cannot_be_learned_is_said() -> None:
    faces = make_faces(10, 1)
    rng = np.random.default_rng(0)
    generator = generators.build("principal_components")
    with pytest.raises(InputError, match="got 0"):
        generator.space(None, SIZE, rng)
    with pytest.raises(InputError, match="three photos or more"):
        generator.space(faces.take([0, 1]), SIZE, rng)
    with pytest.raises(InputError, match="photos of"):
        generator.space(faces, (20, 20), rng)
    same = FaceSet(
        np.full((4, *SIZE, 3), 7, np.uint8),
        np.zeros(4, np.int64),
        ("a",),
        tuple("abcd"),
        np.arange(4),
    )
    with pytest.raises(InputError, match="that differ"):
        generator.space(same, SIZE, rng)
    with pytest.raises(OptionError):
        generators.build({"generator": "principal_components", "count": 0})
    for size in ((39, 47), (300, 224), (120, 50)):
        with pytest.raises(InputError, match="principal_components"):
            generators.build("renderer").space(None, size, rng)
