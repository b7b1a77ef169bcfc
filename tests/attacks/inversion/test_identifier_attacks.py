"""Inversions of identifiers: whom they rebuild, what they ask, and where they find nothing."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import pytest
import torch

from attacks.inversion.made_up_faces import SIZE, make_faces
from attacks.inversion.made_up_identifier import PEOPLE, Prototypes, oracle
from faceaudit.attacks.inversion.generators import Generator, LatentSpace, generators
from faceaudit.attacks.inversion.identifiers import IdentifierOracle, identifier_inversions
from faceaudit.errors import InputError
from faceaudit.systems.under_test.base import Access
from faceaudit.types import FloatArray, ImageArray

LEARNED = make_faces(120, 2, seed=2)
ATTACKS: dict[str, dict[str, Any]] = {
    "gradient": {"attack": "gradient", "steps": 40},
    "gradient on pixels": {"attack": "gradient", "prior": "none", "start": "average"},
    "gradient with total variation": {"attack": "gradient", "prior": "total_variation"},
    "search": {"attack": "search", "queries": 400, "first": 100},
    "label_search": {"attack": "label_search", "queries": 600},
}


def attack(name: str, **options: Any) -> Any:
    return identifier_inversions.build({**ATTACKS[name], **options})


def invert(
    name: str, system: Prototypes | None = None, seed: int = 0, **options: Any
) -> tuple[Any, IdentifierOracle]:
    one = attack(name, **options)
    asked = oracle(one.access, system=system)
    return one.invert(asked, LEARNED, np.random.default_rng(seed)), asked


def named(system: Prototypes, images: ImageArray) -> float:
    """Return the share of pictures that a system names as the person they were rebuilt of."""
    return float((system.logits(images).argmax(axis=1) == np.arange(PEOPLE)).mean())


def own_cosine(system: Prototypes, images: ImageArray) -> FloatArray:
    return system.logits(images)[np.arange(PEOPLE), np.arange(PEOPLE)]


@pytest.mark.parametrize("name", ATTACKS)
def test_the_attacked_identifier_names_what_was_rebuilt_as_the_person(name: str) -> None:
    found, _ = invert(name)
    assert found.images.shape == (PEOPLE, *SIZE, 3)
    assert found.solved.all()
    assert named(Prototypes(), found.images) == 1


@pytest.mark.parametrize("name", ["gradient", "search", "label_search"])
def test_another_network_finds_the_person_more_often_than_by_chance(name: str) -> None:
    found, _ = invert(name)
    judge = Prototypes(seed=17)
    chance = own_cosine(judge, LEARNED.images[:PEOPLE]).mean()
    assert named(judge, found.images) >= 0.5
    assert own_cosine(judge, found.images).mean() > chance + 4


@pytest.mark.parametrize("name", ["gradient", "search", "label_search"])
def test_of_an_identifier_with_shuffled_labels_nobody_is_rebuilt(name: str) -> None:
    system = Prototypes(shuffled=True)
    found, _ = invert(name, system)
    true, judge = Prototypes(), Prototypes(seed=17)
    assert named(true, found.images) <= 0.4
    assert named(judge, found.images) <= 0.4


@pytest.mark.parametrize("name", ATTACKS)
def test_the_same_seed_gives_the_same_faces_and_leaves_photos_as_they_are(name: str) -> None:
    before = LEARNED.images.copy()
    first, second = invert(name)[0], invert(name)[0]
    np.testing.assert_array_equal(first.images, second.images)
    np.testing.assert_array_equal(LEARNED.images, before)


@pytest.mark.parametrize("name", ["search", "label_search"])
def test_every_picture_that_is_shown_counts_and_the_budget_is_kept(name: str) -> None:
    system = Prototypes()
    found, asked = invert(name, system)
    assert system.asked == found.queries.sum() == asked.queries.sum()
    assert 0 < found.queries.max() <= ATTACKS[name]["queries"]


def test_with_the_network_in_hand_nothing_is_asked() -> None:
    system = Prototypes()
    found, _ = invert("gradient", system)
    assert system.asked == found.queries.sum() == 0


def test_people_are_rebuilt_alike_whoever_else_is_attacked() -> None:
    whole, _ = invert("gradient")
    one = attack("gradient")
    some = np.array([7, 2])
    alone = one.invert(oracle(Access.GRADIENTS, some), LEARNED, np.random.default_rng(0))
    away = np.abs(alone.images.astype(int) - whole.images[some].astype(int))
    assert away.max() <= 1  # products of other shapes round otherwise


def test_a_search_by_scores_finds_a_better_face_than_those_it_began_with() -> None:
    found, _ = invert("search", first=100)
    short, _ = invert("search", queries=101, first=100)
    system = Prototypes()
    assert (own_cosine(system, found.images) > own_cosine(system, short.images)).mean() >= 0.9


def test_a_person_who_is_never_named_is_not_solved_and_has_no_face() -> None:
    class Ignores(Prototypes):
        def logits(self, images: ImageArray, rows: Any = None) -> FloatArray:
            found = super().logits(images, rows)
            found[:, 3] = -1e9
            return found

    found, asked = invert("label_search", Ignores())
    assert found.solved.tolist() == [one != 3 for one in range(PEOPLE)]
    assert not found.images[3].any()
    assert found.queries[3] == asked.queries[3] == 600


def test_labels_alone_give_no_scores_and_answers_alone_no_network() -> None:
    with pytest.raises(InputError, match="expected an identifier that gives scores"):
        attack("search").invert(oracle(Access.LABELS), LEARNED, np.random.default_rng(0))
    with pytest.raises(InputError, match="expected the identifier's network in hand"):
        attack("gradient").invert(oracle(Access.SCORES), LEARNED, np.random.default_rng(0))


def test_a_descent_returns_the_face_of_the_lowest_cost_and_not_the_last() -> None:
    start, _ = invert("gradient", rate=1e-9, steps=1)
    thrown, _ = invert("gradient", rate=1e3, steps=5)
    np.testing.assert_array_equal(thrown.images, start.images)


def test_a_descent_stops_a_person_after_so_many_steps_without_a_lower_cost() -> None:
    steps: list[int] = []

    class Watched(Prototypes):
        def differentiable(self) -> torch.nn.Module:
            module = super().differentiable()
            module.register_forward_hook(
                lambda _module, given, _answer: steps.append(len(given[0]))
            )
            return module

    # Every step after the first raises the cost: the first cost and `patience` more are looked at.
    invert("gradient", Watched(), rate=1e3, steps=50, patience=3, mirrored=False, start="average")
    assert steps == [PEOPLE] * 4


def test_a_goal_stops_as_soon_as_a_person_is_certain_enough() -> None:
    options = {"strength": 0.0, "start": "average", "cost": "probability", "mirrored": False}
    system = Prototypes()
    early, _ = invert("gradient", **options, goal=0.3, steps=200, patience=50)
    late, _ = invert("gradient", **options, steps=200, patience=50)
    early_sure, late_sure = (_probability(system.logits(found.images)) for found in (early, late))
    assert (early_sure >= 0.65).all()  # whole pixels lose a little of what the descent had
    assert early_sure.mean() < late_sure.mean()


def test_a_strong_prior_keeps_a_face_near_its_start() -> None:
    start, _ = invert("gradient", rate=1e-9, steps=1)

    def moved(strength: float) -> float:
        found, _ = invert("gradient", strength=strength)
        return float(np.abs(found.images.astype(float) - start.images).mean())

    assert moved(100.0) < 0.5 * moved(0.1)


def test_total_variation_makes_smoother_faces_than_no_prior() -> None:
    def rough(prior: str) -> float:
        found, _ = invert("gradient", prior=prior, start="average")
        pixels = found.images.astype(float)
        return float(np.abs(np.diff(pixels, axis=1)).mean())

    assert rough("total_variation") < rough("none")


def test_the_generators_version_and_options_are_part_of_what_an_attack_is() -> None:
    for name in ("gradient", "search", "label_search"):
        identity = attack(name).identity()
        assert identity["generator"]["version"] >= 1
        other = attack(name, generator={"generator": "principal_components", "count": 7})
        assert other.identity() != identity


def test_a_generator_without_derivatives_is_refused_by_a_descent_alone() -> None:
    class Still(Generator):
        """Faces of a few numbers that nothing can be derived by."""

        name: ClassVar[str] = "still"
        paper: ClassVar[str] = "a test of 2026"

        def space(self, faces: Any, size: Any, rng: Any, *, progress: Any = None) -> LatentSpace:
            space = generators.build("principal_components").space(faces, size, rng)
            space.differentiable = lambda: None  # type: ignore[method-assign]
            return space

    with pytest.raises(InputError, match="derivatives flow through"):
        invert("gradient", generator=Still())
    assert named(Prototypes(), invert("search", generator=Still())[0].images) == 1


def _probability(logits: FloatArray) -> FloatArray:
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers[np.arange(PEOPLE), np.arange(PEOPLE)] / powers.sum(axis=1)
