"""Mitigations of attribute inference: what each takes away, and what it leaves."""

from __future__ import annotations

import numpy as np
import pytest

from attacks.attribute_inference.planted import templates_with
from faceaudit.attacks.attribute_inference import Labelled, attribute_attacks
from faceaudit.errors import InputError, UnknownName
from faceaudit.metrics import normalized
from faceaudit.metrics.classes import macro_auc
from faceaudit.mitigations.attribute_inference import Known, attribute_mitigations
from faceaudit.mitigations.attribute_inference.leace import leace
from faceaudit.protocols.matching import cosines
from faceaudit.types import FloatArray

FEW = {"independent_projection": {"steps": 20, "people": 20, "entries": 3}}
NAMES = attribute_mitigations.names()


def build(name: str, **options: object):  # type: ignore[no-untyped-def]
    return attribute_mitigations.build({"mitigation": name, **FEW.get(name, {}), **options})


def known(how: str = "mean", *, people: int = 100, photos: int = 2, seed: int = 0) -> Known:
    person = np.repeat(np.arange(people), photos)
    value = person % 2
    first = templates_with(value, person, how, seed=seed, size=8)
    second = normalized(first @ np.linalg.qr(np.random.default_rng(1).normal(size=(8, 8)))[0])
    return Known((first, second.astype(np.float32)), {"looks": value}, person)


def stored(name: str, given: Known, **options: object) -> FloatArray:
    change = build(name, **options).fit(given, np.random.default_rng(0))
    found: FloatArray = change(given.templates)
    return found


def found_by(attack: str, vectors: FloatArray, given: Known, *, unit: bool = True) -> float:
    """Return the AUC of an attack that learns from one half of the people about the other."""
    vectors = normalized(vectors) if unit else vectors
    first = given.people < given.people.max() // 2
    value = given.values["looks"]
    labelled = Labelled(vectors[first], value[first], given.people[first], 2)
    scores = attribute_attacks.build(attack).scores(
        labelled, vectors[~first], np.random.default_rng(0)
    )
    return macro_auc(scores, value[~first], given.people[~first]).value


@pytest.mark.parametrize("name", NAMES)
def test_each_photo_is_stored_by_itself_and_the_same_seed_stores_the_same(name: str) -> None:
    given = known()
    before = [one.copy() for one in given.templates]
    change = build(name).fit(given, np.random.default_rng(0))
    whole, again = change(given.templates), stored(name, given)
    np.testing.assert_array_equal(whole, again)
    assert whole.dtype == np.float32
    assert np.isfinite(whole).all()
    one = change(tuple(each[3:4] for each in given.templates))
    np.testing.assert_allclose(one, whole[3:4], atol=1e-6)
    for each, old in zip(given.templates, before, strict=True):
        np.testing.assert_array_equal(each, old)


def test_none_stores_the_template() -> None:
    given = known()
    np.testing.assert_array_equal(stored("none", given), given.templates[0])


def drawn(seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    concept = (rng.random((400, 2)) < 0.4).astype(np.float64)
    mix = rng.normal(size=(7, 7))
    return (rng.normal(size=(400, 7)) + concept @ rng.normal(size=(2, 7))) @ mix, concept


@pytest.mark.parametrize("seed", range(3))
def test_leace_is_the_solution_of_its_constrained_least_squares(seed: int) -> None:
    """By Lagrange: of all P with P C_xz = 0, the one with the least E|Px - x|^2."""
    templates, concept = drawn(seed)
    mean, matrix = leace(templates, concept)
    away, centred = templates - templates.mean(axis=0), concept - concept.mean(axis=0)
    covariance, cross = away.T @ away / 400, away.T @ centred / 400
    # minimise tr (P - I) C (P - I)^T subject to P C_xz = 0.
    inverse = np.linalg.inv(covariance)
    multiplier = np.linalg.inv(cross.T @ inverse @ cross)
    expected = np.eye(7) - cross @ multiplier @ cross.T @ inverse
    np.testing.assert_allclose(matrix.T, expected, atol=1e-6)
    np.testing.assert_allclose(mean, templates.mean(axis=0))
    assert np.abs((away @ matrix).T @ centred / 400).max() < 1e-9


def test_leace_changes_less_than_taking_the_directions_of_the_means_away() -> None:
    templates, concept = drawn(5)
    mean, matrix = leace(templates, concept)
    away = templates - mean
    cross = away.T @ (concept - concept.mean(axis=0))
    axes = np.linalg.svd(cross, full_matrices=False)[0]
    plain = away - away @ axes @ axes.T
    least = np.mean(np.sum((away @ matrix - away) ** 2, axis=1))
    assert least < np.mean(np.sum((plain - away) ** 2, axis=1))


def test_leace_leaves_what_has_nothing_to_do_with_the_attribute() -> None:
    rng = np.random.default_rng(0)
    concept = np.repeat([[0.0], [1.0]], 50, axis=0)
    templates = rng.normal(size=(100, 4))
    templates[:50, 1:], templates[50:, 1:] = templates[:50, 1:], templates[:50, 1:].copy()
    templates[50:, 0] += 5
    _, matrix = leace(templates, concept)
    away = templates - templates.mean(axis=0)
    assert np.abs((away @ matrix)[:, 1:] - away[:, 1:]).max() < 1.5
    assert np.linalg.matrix_rank(matrix, tol=1e-6) == 3


def test_leace_of_one_value_is_refused() -> None:
    with pytest.raises(InputError, match="two values of an attribute to erase, got one"):
        leace(np.eye(3), np.zeros((3, 1)))


def test_leace_hides_from_linear_probes_and_not_from_curved_ones() -> None:
    given = known("mean", people=400)
    assert found_by("linear_probe", given.templates[0], given) > 0.95
    erased = stored("leace", given)
    assert found_by("linear_probe", erased, given, unit=False) < 0.6
    # Bringing what is left to length 1 brings some of the attribute back: attackers do that.
    assert found_by("linear_probe", erased, given) > 0.65
    spread = known("spread", people=400)
    assert found_by("boosted_probe", stored("leace", spread), spread) > 0.75


def test_inlp_takes_as_many_directions_as_it_is_told_to() -> None:
    given = known(people=200)
    for directions in (1, 3):
        found = stored("inlp", given, directions=directions)
        away = found - found.mean(axis=0)
        values = np.linalg.svd(away.astype(np.float64), compute_uv=False)
        plain = given.templates[0] - given.templates[0].mean(axis=0)
        whole = np.linalg.matrix_rank(plain, tol=1e-3)
        assert np.count_nonzero(values > 1e-3) == whole - directions
    assert found_by("linear_probe", stored("inlp", given, directions=2), given) < 0.65


def test_inlp_never_takes_the_last_direction() -> None:
    found = stored("inlp", known(), directions=50)
    assert np.ptp(found, axis=0).max() > 0


def test_the_independent_projection_hides_what_only_curved_probes_find() -> None:
    given = known("spread", people=300, photos=3)
    options = {"entries": 4, "steps": 150, "people": 100, "weight": 20.0}
    before = found_by("boosted_probe", given.templates[0], given)
    plain = found_by("boosted_probe", stored("leace", given), given)
    vectors = stored("independent_projection", given, **options)
    assert before > 0.8
    assert found_by("boosted_probe", vectors, given) < plain - 0.2
    # and people are still told apart
    same = cosines(vectors[0::3], vectors[1::3])
    other = cosines(vectors[0::3], np.roll(vectors[1::3], 1, axis=0))
    assert np.mean(same > np.quantile(other, 0.95)) > 0.8


def test_without_weight_nothing_is_hidden_but_what_leace_hides() -> None:
    given = known("spread", people=300, photos=3)
    options = {"entries": 4, "steps": 150, "people": 100, "weight": 0.0}
    vectors = stored("independent_projection", given, **options)
    assert found_by("boosted_probe", vectors, given) > 0.75


def test_the_average_is_in_the_first_networks_space() -> None:
    given = known()
    vectors = stored("averaging", given)
    assert cosines(vectors, given.templates[0]).min() > 0.99
    alone = Known(given.templates[:1], given.values, given.people)
    with pytest.raises(InputError, match="several networks whose templates are averaged, got one"):
        build("averaging").fit(alone, np.random.default_rng(0))


def test_bits_are_balanced_on_the_owners_people() -> None:
    given = known(people=101, photos=1)
    vectors = stored("binarised", given)
    assert set(np.unique(vectors)) == {-1, 1}
    assert np.abs((vectors == 1).sum(axis=0) - 50).max() <= 0


def test_only_what_is_named_is_erased() -> None:
    given = known(people=300)
    rng = np.random.default_rng(3)
    other = rng.integers(0, 2, 300)[given.people]
    templates = given.templates[0].copy()
    templates[:, 1] += other
    both = Known((normalized(templates),), {**given.values, "other": other}, given.people)
    vectors = stored("leace", both, erase=["other"])
    assert found_by("linear_probe", vectors, both) > 0.9
    seen = Known(both.templates, {"looks": other}, both.people)
    assert found_by("linear_probe", vectors, seen, unit=False) < 0.6
    with pytest.raises(UnknownName, match="'looks'"):
        stored("leace", both, erase=["look"])


def test_photos_with_an_unknown_value_are_not_fitted_on() -> None:
    given = known()
    unknown = given.values["looks"].copy()
    unknown[:20] = -1
    partly = Known(given.templates, {"looks": unknown}, given.people)
    rest = Known(
        tuple(one[20:] for one in given.templates),
        {"looks": unknown[20:]},
        given.people[20:],
    )
    change = [build("leace").fit(one, np.random.default_rng(0)) for one in (partly, rest)]
    np.testing.assert_array_equal(*(one(given.templates) for one in change))
    nobody = Known(given.templates, {"looks": np.full_like(unknown, -1)}, given.people)
    with pytest.raises(InputError, match="whose attributes are known to fit on, got none"):
        build("leace").fit(nobody, np.random.default_rng(0))


def test_attributes_count_alike_however_many_values_they_have() -> None:
    people = np.arange(8)
    values = {"two": people % 2, "four": people % 4}
    given = Known((np.eye(8, dtype=np.float32),), values, people)
    assert given.indicators().shape == (8, 4)
    assert given.shares().tolist() == pytest.approx([1, 1 / 3, 1 / 3, 1 / 3])


@pytest.mark.parametrize("name", ["inlp", "leace", "independent_projection"])
def test_an_attribute_of_one_value_cannot_be_erased(name: str) -> None:
    """Storing templates unchanged in silence would be taken for a mitigation that hides nothing."""
    rng = np.random.default_rng(0)
    drawn = normalized(rng.normal(size=(40, 8)).astype(np.float32))
    known = Known((drawn,), {"hat": np.zeros(40, dtype=np.int64)}, np.arange(40) // 2)
    with pytest.raises(InputError, match="two values of an attribute to erase, got one"):
        attribute_mitigations.build(name).fit(known, rng)
