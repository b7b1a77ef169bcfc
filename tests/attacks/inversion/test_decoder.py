"""The decoder and the adapted one: beside their nulls, which learn nothing of anybody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from attacks.inversion.small_world import (
    ATTACKED,
    LEARNED,
    PHOTOS,
    SIZE,
    World,
    embedder,
    faces,
    world,
)
from faceaudit.attacks.inversion.common import decoding
from faceaudit.attacks.inversion.generators import LatentSpace
from faceaudit.attacks.inversion.generators.principal_components import PrincipalComponents
from faceaudit.attacks.inversion.templates import TemplateInversion, template_inversions
from faceaudit.errors import InputError, OptionError
from faceaudit.metrics import normalized
from faceaudit.systems.embedding import adapter
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray, ImageArray, IntArray

SMALL = {"generator": {"generator": "principal_components", "count": 60}}
QUICK = {**SMALL, "hidden": 64, "shown": 80, "shift": 0, "flip": False}


@pytest.fixture(scope="module")
def toy() -> World:
    return world()


@pytest.fixture(scope="module")
def stolen_elsewhere(toy: World) -> tuple[FloatArray, World]:
    """Templates of the attacked people by another network, and what is known of it."""
    everybody = faces()
    templates = normalized(embedder(everybody.images, seed=9).embed(everybody.images))
    rest = everybody.identity >= ATTACKED
    known = replace(toy.known, foreign=templates[rest])
    return templates[~rest][::PHOTOS], replace(toy, known=known)


class Searched(LatentSpace):
    """A space that can be searched and no more."""

    dimensions, size = 2, SIZE

    def images(self, latents: FloatArray) -> ImageArray:
        return np.zeros((len(latents), *SIZE, 3), dtype=np.uint8)


def decoder(**options: object) -> TemplateInversion:
    return template_inversions.build({"attack": "decoder", **QUICK, **options})


def adapted(photos: int = 1000, **options: object) -> TemplateInversion:
    inner = {"attack": "decoder", **QUICK, **options}
    return template_inversions.build({"attack": "adapted", "inversion": inner, "photos": photos})


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.mark.parametrize("refine", [False, True])
def test_its_faces_are_told_by_the_other_photo_and_those_of_the_null_are_not(
    toy: World, refine: bool
) -> None:
    stolen = toy.stolen.copy()
    found = decoder(refine=refine).invert(stolen, toy.known, rng())
    null = decoder(refine=refine, shuffled=True).invert(stolen, toy.known, rng())
    assert found.images.shape == (ATTACKED, *SIZE, 3)
    assert found.solved.all()
    assert not found.queries.any()
    assert toy.named(found.images) > 0.5
    assert toy.named(null.images) < 0.25  # one in 24 is chance
    assert toy.own(found.images).mean() > toy.own(null.images).mean() + 0.2
    assert np.array_equal(stolen, toy.stolen)


def test_the_attacked_network_in_hand_makes_them_better(toy: World) -> None:
    plain, refined = (
        decoder(refine=one).invert(toy.stolen, toy.known, rng()) for one in (False, True)
    )
    assert toy.own(refined.images).mean() > toy.own(plain.images).mean() + 0.05


def test_without_it_nothing_but_templates_is_needed(toy: World) -> None:
    assert decoder().access == Access.EMBEDDINGS
    assert decoder(refine=True).access == Access.GRADIENTS
    alone = replace(toy.known, embedder=None)
    found = decoder().invert(toy.stolen, alone, rng())
    assert np.array_equal(found.images, decoder().invert(toy.stolen, toy.known, rng()).images)
    with pytest.raises(InputError, match="the attacked network in hand, got none"):
        decoder(refine=True).invert(toy.stolen, alone, rng())


def test_one_template_decodes_as_it_does_among_others(toy: World) -> None:
    whole = decoder().invert(toy.stolen, toy.known, rng())
    one = decoder().invert(toy.stolen[3:4] * 5, toy.known, rng())
    assert np.abs(one.images[0].astype(int) - whole.images[3]).max() <= 1


def test_faces_are_as_far_from_the_average_as_asked(toy: World) -> None:
    average = toy.known.learned.images.mean(axis=0)
    far = [
        np.square(decoder(reach=one).invert(toy.stolen, toy.known, rng()).images - average).mean()
        for one in (0.02, 0.08)
    ]
    assert far[1] / far[0] == pytest.approx(4, rel=0.1)


def test_a_generator_that_knows_no_latents_is_refused(
    toy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(PrincipalComponents, "space", lambda *_, **__: Searched())
    with pytest.raises(InputError, match="latents of photos, got 'principal_components'"):
        decoder().invert(toy.stolen, toy.known, rng())


def test_templates_of_another_network_are_adapted(
    stolen_elsewhere: tuple[FloatArray, World],
) -> None:
    stolen, there = stolen_elsewhere
    attack = adapted(refine=True)
    assert attack.foreign
    assert attack.access == Access.GRADIENTS
    assert adapted().access == Access.EMBEDDINGS
    found = attack.invert(stolen, there.known, rng())
    assert there.named(found.images) > 0.25  # one in 24 is chance
    # Of templates of photos that have nothing to do with them, nobody comes back.
    shuffled = np.random.default_rng(1).permutation(LEARNED * PHOTOS)
    assert there.known.foreign is not None
    null = replace(there.known, foreign=there.known.foreign[shuffled])
    assert there.named(attack.invert(stolen, null, rng()).images) < 0.15


def test_what_is_learned_of_the_same_photos_is_learned_once(
    stolen_elsewhere: tuple[FloatArray, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen, there = stolen_elsewhere
    alone = decoder().invert(there.stolen, there.known, rng()).images
    kept: dict[str, object] = {}

    def once(key: str, build: Callable[[], Any]) -> Any:
        kept.setdefault(key, None)
        kept[key] = kept[key] or build()
        return kept[key]

    known = replace(there.known, once=once)
    adapted().invert(stolen, known, rng())
    assert len(kept) == 1
    # The decoder itself draws the same, and gives the same face as it does when it learns alone.
    with monkeypatch.context() as patched:
        patched.setattr(decoding, "LatentDecoder", None)
        assert np.array_equal(decoder().invert(there.stolen, known, rng()).images, alone)
    for other, drawn in ((decoder(hidden=7), rng()), (decoder(), np.random.default_rng(99))):
        other.invert(there.stolen, known, drawn)
    assert len(kept) == 3


def test_the_map_is_learned_from_as_many_photos_as_asked(
    stolen_elsewhere: tuple[FloatArray, World], monkeypatch: pytest.MonkeyPatch
) -> None:
    stolen, there = stolen_elsewhere
    seen: list[int] = []
    fit = adapter.LinearAdapter.fit

    def watched(known: FloatArray, wanted: FloatArray, people: IntArray) -> adapter.LinearAdapter:
        seen.append(len(known))
        assert there.known.foreign is not None
        for one, other in zip(known, wanted, strict=True):
            row = int(np.flatnonzero((there.known.foreign == one).all(axis=1))[0])
            assert np.array_equal(there.known.templates[row], other)
        return fit(known, wanted, people)

    monkeypatch.setattr(adapter.LinearAdapter, "fit", watched)
    for photos in (100, 10_000):
        adapted(photos=photos).invert(stolen, there.known, rng())
    assert seen == [100, LEARNED * PHOTOS]


def test_adapting_needs_the_other_network_s_templates(toy: World) -> None:
    with pytest.raises(InputError, match="by the network that was stolen from, got none"):
        adapted().invert(toy.stolen, toy.known, rng())


@pytest.mark.parametrize("inner", ["adapted", "search"])
def test_only_what_asks_nothing_can_invert_adapted_templates(inner: str) -> None:
    with pytest.raises(OptionError, match=f"asks nothing of the system, got '{inner}'"):
        template_inversions.build({"attack": "adapted", "inversion": inner})


def test_specs_of_nested_attacks_rebuild_them() -> None:
    attack = adapted(photos=77, refine=True)
    assert attack.spec().build() == attack
    assert attack.identity()["inversion"]["generator"]["version"] == 1
