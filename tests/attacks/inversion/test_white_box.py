"""The white box: it finds what it looks for, better than what reconstructs nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attacks.inversion.small_world import ATTACKED, SIZE, World, world
from faceaudit.attacks.inversion.common import descent
from faceaudit.attacks.inversion.generators import Generator, generators
from faceaudit.attacks.inversion.generators.base import LatentSpace
from faceaudit.attacks.inversion.templates import template_inversions, white_box
from faceaudit.attacks.inversion.templates.white_box import WhiteBox
from faceaudit.errors import InputError
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray, ImageArray

QUICK = {
    "generator": {"generator": "principal_components", "count": 60},
    "steps": 60,
    "rate": 0.1,
    "prior": 0.02,
    "shift": 0,
    "flip": False,  # these patterns are no faces, whose mirror images are alike
}


@pytest.fixture(scope="module")
def toy() -> World:
    return world()


def attack(**options: object) -> WhiteBox:
    built = template_inversions.build({"attack": "white_box", **QUICK, **options})
    assert isinstance(built, WhiteBox)
    return built


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_the_faces_have_the_stolen_templates_and_nothing_is_asked(toy: World) -> None:
    known, stolen = replace(toy.known), toy.stolen.copy()
    found = attack().invert(stolen, known, rng())
    assert found.images.shape == (ATTACKED, *SIZE, 3)
    assert found.images.dtype == np.uint8
    assert found.solved.all()
    assert not found.queries.any()
    alike = toy.known.templates[(toy.stolen @ toy.known.templates.T).argmax(axis=1)]
    look_alike = np.sum(alike * toy.stolen, axis=1)
    assert toy.own(found.images).mean() > 0.9
    assert (toy.own(found.images) > look_alike).all()
    assert toy.named(found.images) > 0.9
    assert np.array_equal(stolen, toy.stolen)


def test_it_does_better_than_the_latents_that_it_starts_from(toy: World) -> None:
    start = attack(steps=1, rate=1e-6).invert(toy.stolen, toy.known, rng())
    found = attack().invert(toy.stolen, toy.known, rng())
    assert (toy.own(found.images) > toy.own(start.images)).all()
    average = attack(steps=1, rate=1e-6, start="average").invert(toy.stolen, toy.known, rng())
    assert np.ptp(average.images.astype(int), axis=0).max() <= 1, "everybody starts as the average"


def test_pixels_do_as_well_and_need_nobody_s_photos(toy: World) -> None:
    found = attack(generator="pixels", start="average", variation=0.1, steps=100).invert(
        toy.stolen, toy.known, rng()
    )
    assert toy.own(found.images).mean() > 0.9


def test_templates_of_others_give_faces_of_others(toy: World) -> None:
    order = np.roll(np.arange(ATTACKED), 1)
    found = attack().invert(toy.stolen[order], toy.known, rng())
    assert toy.named(found.images) == 0
    assert toy.named(found.images[np.argsort(order)]) > 0.9


def test_the_same_seed_gives_the_same_faces_in_chunks_of_any_size(
    toy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = attack(shift=0.05).invert(toy.stolen, toy.known, rng())
    assert np.array_equal(
        whole.images, attack(shift=0.05).invert(toy.stolen, toy.known, rng()).images
    )
    monkeypatch.setattr(white_box, "_CPU", 5)
    parts = attack(shift=0.05).invert(toy.stolen, toy.known, rng())
    assert np.abs(whole.images.astype(int) - parts.images).max() <= 2


def test_pictures_are_moved_by_a_share_of_their_size(
    toy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved: list[int] = []
    descend = descent.descend

    def watched(*given: Any, **options: Any) -> FloatArray:
        moved.append(given[4].shift)
        return descend(*given, **options)

    monkeypatch.setattr(descent, "descend", watched)
    for share in (0.0, 0.05, 0.2):
        attack(shift=share, steps=1).invert(toy.stolen, toy.known, rng())
    assert moved == [0, 1, 3]  # of 16 pixels


def test_it_says_what_it_needs(toy: World) -> None:
    assert attack().access == Access.GRADIENTS
    assert not attack().foreign
    with pytest.raises(InputError, match="the attacked network in hand, got none"):
        attack().invert(toy.stolen, replace(toy.known, embedder=None), rng())


class Opaque(Generator):
    """Faces without derivatives."""

    name = "opaque"
    paper = "none, 2026"
    learns = False

    def space(self, *_: object, **__: object) -> LatentSpace:
        return OpaqueSpace()


class OpaqueSpace(LatentSpace):
    """One grey picture."""

    dimensions, size = 2, SIZE

    def images(self, latents: FloatArray) -> ImageArray:
        return np.zeros((len(latents), *SIZE, 3), dtype=np.uint8)


def test_a_generator_without_derivatives_is_refused(toy: World) -> None:
    generators.register(Opaque)
    try:
        with pytest.raises(InputError, match="derivatives flow through, got 'opaque'"):
            attack(generator="opaque").invert(toy.stolen, toy.known, rng())
    finally:
        generators._members.pop("opaque")


def test_its_identity_holds_the_version_of_the_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    before = attack().identity()
    assert before["generator"]["count"] == 60
    monkeypatch.setattr(type(attack().generator), "version", 99)
    assert attack().identity() != before
