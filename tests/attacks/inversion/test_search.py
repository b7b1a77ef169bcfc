from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from attacks.inversion.made_up_faces import Attacked
from faceaudit.attacks.inversion.common.found import Reconstructions
from faceaudit.attacks.inversion.generators import generators
from faceaudit.attacks.inversion.templates import (
    TemplateInversion,
    TemplateOracle,
    template_inversions,
)
from faceaudit.errors import InputError
from faceaudit.types import Float64Array, ImageArray, IntArray

GENERATOR = {"generator": "principal_components", "count": 20}


def inverted(attack: TemplateInversion, attacked: Attacked, seed: int = 0) -> Reconstructions:
    rng = np.random.default_rng(seed)
    return attack.invert(attacked.stolen, attacked.knowledge(), rng)


def build(name: str, **options: object) -> TemplateInversion:
    return template_inversions.build({"attack": name, **options})


def watch(
    attacked: Attacked, answer: Callable[[Float64Array], Float64Array] = lambda scores: scores
) -> list[tuple[ImageArray, IntArray, Float64Array]]:
    """Return what will be asked and answered; `answer` changes what the system says."""
    asked: list[tuple[ImageArray, IntArray, Float64Array]] = []
    ask = attacked.oracle.ask

    def watched(images: ImageArray, who: IntArray) -> Float64Array:
        scores = answer(ask(images, who))
        asked.append((images, who, scores))
        return scores

    attacked.oracle.ask = watched  # type: ignore[method-assign]
    return asked


def test_a_search_beats_the_nearest_look_alike_on_another_photo() -> None:
    attacked = Attacked()
    found = inverted(build("search", generator=GENERATOR, queries=600), attacked)
    alike = inverted(build("look_alike"), attacked)
    searched, nearest = (attacked.cosines(one.images, attacked.other) for one in (found, alike))
    assert np.mean(searched - nearest) > 0.15
    assert np.mean(attacked.cosines(found.images, attacked.stolen)) > 0.95
    assert found.solved.all()


def test_more_queries_find_more() -> None:
    means = []
    for queries in (1, 41, 201, 601):
        attacked = Attacked()
        found = inverted(build("search", generator=GENERATOR, queries=queries), attacked)
        means.append(np.mean(attacked.cosines(found.images, attacked.stolen)))
    assert (np.diff(means) > 0.02).all()


@pytest.mark.parametrize("first", [0, 7, 100])
@pytest.mark.parametrize("queries", [1, 2, 20, 21, 47, 121])
def test_queries_are_counted_and_within_the_budget(queries: int, first: int) -> None:
    attacked = Attacked(people=3)
    asked = watch(attacked)
    attack = build("search", generator=GENERATOR, queries=queries, first=first)
    found = inverted(attack, attacked)
    who = np.concatenate([one[1] for one in asked])
    np.testing.assert_array_equal(found.queries, np.bincount(who, minlength=3))
    assert (found.queries <= queries).all()
    whole = 1 + min(first, queries - 1)  # the first faces and the last one
    np.testing.assert_array_equal(found.queries, whole + (queries - whole) // 20 * 20)


def test_a_search_before_does_not_count() -> None:
    attacked = Attacked(people=3)
    attack = build("search", generator=GENERATOR, queries=41)
    inverted(attack, attacked)
    assert inverted(attack, attacked).queries.tolist() == [41, 41, 41]
    assert attacked.oracle.queries.tolist() == [82, 82, 82]


@pytest.mark.parametrize("first", [0, 50])
def test_what_scored_best_is_returned(first: int) -> None:
    attacked = Attacked(people=4)
    rng = np.random.default_rng(3)
    # So much noise that the best is seldom the last one.
    asked = watch(attacked, lambda scores: scores + rng.standard_normal(len(scores)))
    attack = build("search", generator=GENERATOR, queries=150, first=first)
    found = inverted(attack, attacked)
    images, who, scores = (np.concatenate([one[part] for one in asked]) for part in range(3))
    for person in range(4):
        own = np.flatnonzero(who == person)
        best = images[own[scores[own].argmax()]]
        np.testing.assert_array_equal(found.images[person], best)


def test_all_people_are_asked_about_together() -> None:
    attacked = Attacked(people=5)
    asked = watch(attacked)
    inverted(build("search", generator=GENERATOR, queries=101, population=10), attacked)
    assert [len(one[1]) for one in asked] == [50] * 10 + [5]


def test_people_are_searched_apart() -> None:
    attack = build("search", generator=GENERATOR, queries=101)
    many, few = Attacked(people=6), Attacked(people=6)
    whole = inverted(attack, many)
    few.stolen = few.stolen[:2]
    few.oracle.queries = few.oracle.queries[:2]
    part = inverted(attack, few)
    # Products of other shapes add up in another order, which may tip a pixel.
    apart = np.abs(whole.images[:2].astype(int) - part.images).max()
    assert apart <= 1


def test_the_same_seed_finds_the_same_and_another_does_not() -> None:
    for name, options in (("search", {"queries": 101}), ("label_search", {"queries": 400})):
        attack = build(name, generator=GENERATOR, **options)
        one, two, other = (
            inverted(attack, Attacked(people=3, threshold=threshold), seed)
            for threshold in [0.5 if name == "label_search" else None]
            for seed in (0, 0, 1)
        )
        np.testing.assert_array_equal(one.images, two.images)
        assert (one.images != other.images).any()


@pytest.mark.parametrize("name", ["search", "label_search"])
def test_the_template_itself_is_not_looked_at(name: str) -> None:
    found = []
    for factor in (1.0, 0.0):
        attacked = Attacked(people=3, threshold=0.5 if name == "label_search" else None)
        attacked.stolen = attacked.stolen * factor
        found.append(inverted(build(name, generator=GENERATOR, queries=200), attacked).images)
    np.testing.assert_array_equal(*found)


def test_scores_that_tell_nothing_find_nobody() -> None:
    rng = np.random.default_rng(7)
    attacked = Attacked(people=40)
    watch(attacked, lambda scores: rng.standard_normal(len(scores)))
    found = inverted(build("search", generator=GENERATOR, queries=400), attacked)
    alike = attacked.cosines(found.images, attacked.stolen)
    # Chance: the mean of 40 cosines of unrelated directions.
    assert abs(np.mean(alike)) < 4 * np.std(alike) / np.sqrt(40)


def test_a_search_may_start_from_the_best_of_known_faces() -> None:
    attacked = Attacked(people=5)
    asked = watch(attacked)
    attack = build("search", generator=GENERATOR, queries=41, first=40)
    inverted(attack, attacked)
    images, who, scores = (np.concatenate([one[part] for one in asked]) for part in range(3))
    generator = generators.build(GENERATOR)
    space = generator.space(attacked.learned, attacked.oracle.size, np.random.default_rng(0))
    known = space.images(space.latents(attacked.learned.images))
    known_pictures = {image.tobytes() for image in known}
    assert len(images) == 5 * 41
    for person in range(5):
        own = np.flatnonzero(who == person)
        shown = images[own[:40]]
        assert {image.tobytes() for image in shown} <= known_pictures
        assert len({image.tobytes() for image in shown}) == 40
        # The search starts, and here also ends, in the middle of the best four.
        best = np.argsort(-scores[own[:40]])[:4]
        middle = shown[best].astype(float).mean(axis=0)
        # But for what was clipped: pictures that are not, are means of pictures.
        assert np.abs(middle - images[own[40]]).mean() < 0.7


def test_labels_alone_find_what_is_accepted_against_another_photo_too() -> None:
    threshold = 0.55
    attacked = Attacked(people=12, threshold=threshold)
    asked = watch(attacked)
    found = inverted(build("label_search", generator=GENERATOR, queries=4_000), attacked)
    assert found.solved.all()
    assert {float(one) for _, _, scores in asked for one in scores} == {0.0, 1.0}
    inside = attacked.cosines(found.images, attacked.stolen)
    assert (inside >= threshold - 1e-6).all(), "what is returned was accepted"
    # The first that was accepted lies hardly inside; the middle of the region is far from its edge.
    first = np.array([_first_accepted(asked, person) for person in range(12)])
    assert np.mean(inside) > np.mean(attacked.cosines(first, attacked.stolen)) + 0.15
    assert np.mean(attacked.cosines(found.images, attacked.other) >= threshold) >= 0.9


def _first_accepted(
    asked: list[tuple[ImageArray, IntArray, Float64Array]], person: int
) -> ImageArray:
    for images, who, scores in asked:
        rows = np.flatnonzero((who == person) & (scores > 0))
        if len(rows):
            return images[rows[0]]
    raise AssertionError("nothing was accepted")


def test_whom_nothing_is_accepted_of_is_not_solved() -> None:
    attacked = Attacked(people=4, threshold=1.1)
    found = inverted(build("label_search", generator=GENERATOR, queries=210), attacked)
    assert not found.solved.any()
    assert not found.images.any(), "black, and no face"
    assert found.queries.tolist() == [200] * 4


@pytest.mark.parametrize("queries", [1, 5, 39, 40, 41, 80, 410])
def test_labels_are_asked_for_within_the_budget(queries: int) -> None:
    attacked = Attacked(people=3, threshold=0.5)
    asked = watch(attacked)
    found = inverted(build("label_search", generator=GENERATOR, queries=queries), attacked)
    who = np.concatenate([one[1] for one in asked])
    np.testing.assert_array_equal(found.queries, np.bincount(who, minlength=3))
    each = min(40, queries)
    assert found.queries.tolist() == [queries // each * each] * 3


def test_whoever_cannot_ask_is_told() -> None:
    attacked = Attacked(people=2)
    for name in ("search", "label_search"):
        with pytest.raises(InputError, match="a system that can be asked"):
            build(name).invert(
                attacked.stolen, attacked.knowledge(asks=False), np.random.default_rng(0)
            )


def test_one_latent_is_too_few_to_search() -> None:
    with pytest.raises(InputError, match="two latents or more"):
        inverted(build("search", generator={**GENERATOR, "count": 1}), Attacked(people=2))


def test_the_generators_version_is_a_part_of_the_attacks_identity() -> None:
    for name in ("search", "label_search"):
        told = build(name, generator=GENERATOR).identity()["generator"]
        assert told["generator"] == "principal_components"
        assert told["count"] == 20
        assert told["version"] >= 1


def test_a_look_alike_is_the_nearest_by_brute_force() -> None:
    attacked = Attacked(people=9)
    found = inverted(build("look_alike"), attacked)
    templates = attacked.network.embed(attacked.learned.images).astype(np.float64)
    for row, template in enumerate(attacked.stolen.astype(np.float64)):
        cosines = [float(one @ template / np.linalg.norm(one)) for one in templates]
        np.testing.assert_array_equal(
            found.images[row], attacked.learned.images[int(np.argmax(cosines))]
        )
    assert found.queries.sum() == 0


def test_a_look_alike_of_a_foreign_template_is_the_nearest_in_the_space_it_was_stolen_from() -> (
    None
):
    attacked = Attacked(people=4)
    rng = np.random.default_rng(3)
    foreign = rng.standard_normal((len(attacked.learned), 7)).astype(np.float32)
    stolen = foreign[[5, 2, 11, 0]] * 3
    knowledge = replace(attacked.knowledge(), foreign=foreign)
    found = build("look_alike").invert(stolen, knowledge, rng)
    np.testing.assert_array_equal(found.images, attacked.learned.images[[5, 2, 11, 0]])


def test_random_faces_are_of_others_and_as_many_as_there_are() -> None:
    attacked = Attacked(people=3)
    known = {image.tobytes() for image in attacked.learned.images}
    many = np.zeros((2 * len(known) + 5, 32), dtype=np.float32)
    found = build("random_face").invert(many, attacked.knowledge(), np.random.default_rng(0))
    shown = [image.tobytes() for image in found.images]
    assert set(shown) == known
    assert max(shown.count(one) for one in known) <= 3
    again = build("random_face").invert(many, attacked.knowledge(), np.random.default_rng(1))
    assert (found.images != again.images).any()


def test_the_average_face_is_rounded_to_the_nearest() -> None:
    attacked = Attacked(people=3)
    found = inverted(build("average_face"), attacked)
    exact = attacked.learned.images.astype(np.float64).mean(axis=0)
    assert np.abs(found.images.astype(np.float64) - exact).max() <= 0.5
    assert (found.images == found.images[0]).all()


def test_a_system_accepts_from_the_threshold_on() -> None:
    attacked = Attacked()
    who = np.zeros(1, dtype=np.int64)
    picture = np.zeros((1, *attacked.oracle.size, 3), dtype=np.uint8)
    (score,) = attacked.oracle.ask(picture, who).tolist()
    for threshold, said in ((score, 1), (np.nextafter(score, 2), 0)):
        one = TemplateOracle(attacked.network, attacked.stolen, float(threshold))  # type: ignore[arg-type]
        assert one.ask(picture, who).tolist() == [said]
