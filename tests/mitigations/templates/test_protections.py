"""The contract of every protection of templates, and what each does by its own definition."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.errors import InputError, OptionError
from faceaudit.metrics import normalized
from faceaudit.mitigations.templates import TemplateProtection, template_protections
from faceaudit.mitigations.templates.common.orthonormal import orthonormal_rows
from faceaudit.mitigations.templates.polyprotect import _Polynomial
from faceaudit.types import FloatArray

SIZE = 32
NAMES = template_protections.names()
KEYED = [name for name in NAMES if template_protections.get(name).keyed]


def templates(count: int = 40, size: int = SIZE, seed: int = 0) -> FloatArray:
    drawn = np.random.default_rng(seed).normal(size=(count, size))
    return normalized(drawn.astype(np.float32))


def given(protection: TemplateProtection, count: int = 40) -> FloatArray:
    """Return templates as the protection takes them: of two networks where it joins several."""
    if not protection.several:
        return templates(count)
    return np.concatenate([templates(count), templates(count, seed=1)], axis=1)


@pytest.fixture(params=NAMES)
def protection(request: pytest.FixtureRequest) -> TemplateProtection:
    return template_protections.build(request.param)


def test_the_family_has_what_is_audited() -> None:
    wanted = {"none", "random_projection", "biohash", "quantisation", "polyprotect", "averaging"}
    assert wanted <= set(NAMES)
    assert set(KEYED) == {"random_projection", "biohash", "polyprotect"}


def test_a_template_is_stored_the_same_whatever_is_stored_beside_it(
    protection: TemplateProtection,
) -> None:
    found = given(protection)
    before = found.copy()
    keys = np.arange(40) % 7
    whole = protection.protect(found, keys)
    assert whole.dtype == np.float32
    np.testing.assert_array_equal(found, before)
    rows = np.array([31, 2, 2, 17])
    np.testing.assert_allclose(protection.protect(found[rows], keys[rows]), whole[rows], atol=1e-6)
    assert len(protection.protect(found[:0], keys[:0])) == 0
    again = type(protection)(**protection.model_dump())
    np.testing.assert_array_equal(again.protect(found, keys), whole)


def test_an_estimate_has_the_shape_of_templates_and_needs_no_others(
    protection: TemplateProtection,
) -> None:
    found = given(protection)
    keys = np.arange(40) % 3
    stored = protection.protect(found, keys)
    estimate = protection.estimate(stored, keys, found.shape[1])
    assert estimate is not None
    assert estimate.shape == found.shape
    one = protection.estimate(stored[5:6], keys[5:6], found.shape[1])
    assert one is not None
    np.testing.assert_allclose(one, estimate[5:6], atol=1e-5)


@pytest.mark.parametrize("name", [name for name in NAMES if name != "averaging"])
def test_an_estimate_with_the_right_key_is_like_the_template(name: str) -> None:
    protection = template_protections.build(name)
    found, keys = templates(), np.arange(40)
    stored = protection.protect(found, keys)
    estimate = protection.estimate(stored, keys, SIZE)
    assert estimate is not None
    assert np.mean(np.sum(normalized(estimate) * found, axis=1)) > 0.7
    if protection.keyed:
        wrong = protection.estimate(stored, keys + 100, SIZE)
        assert wrong is not None
        assert abs(np.mean(np.sum(normalized(wrong) * found, axis=1))) < 0.25


@pytest.mark.parametrize("name", KEYED)
def test_under_one_key_people_are_told_apart_and_under_different_keys_not(name: str) -> None:
    protection = template_protections.build(name)
    rng = np.random.default_rng(5)
    first = templates(300, seed=2)
    second = normalized(first + rng.normal(0, 0.08, first.shape).astype(np.float32))
    alike = np.full(300, 4)
    own = protection.compare(protection.protect(first, alike), protection.protect(second, alike))
    other = protection.compare(
        protection.protect(first, alike), protection.protect(second[::-1], alike)
    )
    assert np.mean(own[:, None] > other[None]) > 0.97
    # With a key each, neither the same person nor two others are more alike than chance.
    keys = np.arange(300)
    crossed = protection.compare(
        protection.protect(first, keys), protection.protect(second, keys + 1000)
    )
    random = protection.compare(
        protection.protect(first, keys), protection.protect(second[::-1], keys + 2000)
    )
    above = np.sign(crossed[:, None] - random[None]).mean()
    assert above == pytest.approx(0, abs=0.15)


@pytest.mark.parametrize("name", KEYED)
def test_as_many_keys_as_templates_are_asked_for_from_0_up(name: str) -> None:
    protection = template_protections.build(name)
    for keys in (np.zeros(3, dtype=np.int64), np.full(40, -1)):
        with pytest.raises(InputError, match="expected 40 keys of 0 or more"):
            protection.protect(templates(), keys)


def test_random_directions_are_orthonormal_and_as_likely_any_way() -> None:
    rows = orthonormal_rows(3, 12, 12)
    np.testing.assert_allclose(rows @ rows.T, np.eye(12), atol=1e-6)
    assert np.abs(rows - orthonormal_rows(4, 12, 12)).max() > 0.1
    first = np.array([orthonormal_rows(key, 3, 3)[0] for key in range(3000)])
    np.testing.assert_allclose(first.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(first.T @ first / 3000, np.eye(3) / 3, atol=0.03)
    with pytest.raises(InputError, match="at most as many dimensions as a template has, 4, got 5"):
        orthonormal_rows(0, 4, 5)


def test_a_projection_keeps_every_cosine_and_its_key_gives_the_template_back() -> None:
    protection = template_protections.build("random_projection")
    found, keys = templates(), np.zeros(40, dtype=np.int64)
    stored = protection.protect(found, keys)
    np.testing.assert_allclose(stored @ stored.T, found @ found.T, atol=1e-5)
    estimate = protection.estimate(stored, keys, SIZE)
    assert estimate is not None
    np.testing.assert_allclose(estimate, found, atol=1e-5)


def test_a_projection_with_fewer_dimensions_is_undone_by_the_pseudo_inverse() -> None:
    protection = template_protections.build({"protection": "random_projection", "dimensions": 10})
    found, keys = templates(), np.full(40, 9)
    stored = protection.protect(found, keys)
    assert stored.shape == (40, 10)
    matrix = protection.protect(np.eye(SIZE, dtype=np.float32), np.full(SIZE, 9))
    estimate = protection.estimate(stored, keys, SIZE)
    assert estimate is not None
    np.testing.assert_allclose(estimate, stored @ np.linalg.pinv(matrix), atol=1e-5)


def test_a_biohash_has_the_signs_of_the_projection_with_its_key_and_cosines_count_bits() -> None:
    protection = template_protections.build({"protection": "biohash", "bits": 20})
    found, keys = templates(), np.arange(40)
    stored = protection.protect(found, keys)
    projected = template_protections.build({"protection": "random_projection", "dimensions": 20})
    np.testing.assert_array_equal(stored, np.sign(projected.protect(found, keys)))
    scores = protection.compare(stored[:20], stored[20:])
    differ = np.mean(stored[:20] != stored[20:], axis=1)
    np.testing.assert_allclose(scores, 1 - 2 * differ, atol=1e-6)


def test_quantisation_rounds_to_the_middles_of_its_steps_and_one_bit_is_a_sign() -> None:
    found = np.array([[0.0, 1.0, 2.0, 3.0, 4.0, -1.0, -2.0, -7.0]], dtype=np.float32)
    found /= np.linalg.norm(found)
    keys = np.zeros(1, dtype=np.int64)
    one = template_protections.build("quantisation").protect(found, keys)
    assert one.tolist() == [[1.5, 1.5, 1.5, 1.5, 1.5, -1.5, -1.5, -1.5]]
    two = template_protections.build({"protection": "quantisation", "bits": 2})
    # Deviations: 0, .30, .61, .91, 1.21, -.30, -.61, -2.12; steps of 1.5 from -3 on.
    assert two.protect(found, keys).tolist() == [
        [0.75, 0.75, 0.75, 0.75, 0.75, -0.75, -0.75, -2.25]
    ]
    eight = template_protections.build({"protection": "quantisation", "bits": 8})
    kept = normalized(eight.protect(found, keys))
    assert float((kept @ found.T)[0, 0]) > 0.9999


def test_averaging_is_the_mean_of_the_networks_or_both_side_by_side() -> None:
    first, second = templates(), templates(seed=1)
    both, keys = np.concatenate([first, second], axis=1), np.zeros(40, dtype=np.int64)
    mean = template_protections.build("averaging")
    np.testing.assert_allclose(mean.protect(both, keys), (first + second) / 2, atol=1e-7)
    beside = template_protections.build({"protection": "averaging", "join": "side_by_side"})
    np.testing.assert_array_equal(beside.protect(both, keys), both)
    score = beside.compare(both[:20], both[20:])
    cosines = [np.sum(one[:20] * one[20:], axis=1) for one in (first, second)]
    np.testing.assert_allclose(score, np.mean(cosines, axis=0), atol=1e-6)
    with pytest.raises(InputError, match="try join: side_by_side"):
        mean.protect(np.concatenate([first, templates(size=30)], axis=1), keys)


def test_polyprotect_by_hand() -> None:
    polynomial = _Polynomial(np.array([3.0, -2.0]), np.array([2, 1]), 1)
    found = np.array([[0.5, -0.25, 0.75]])
    # 3 * 0.25 + 2 * 0.25 = 1.25, and 3 * 0.0625 - 2 * 0.75 = -1.3125.
    assert polynomial.values(polynomial.windows(found)).tolist() == [[1.25, -1.3125]]
    apart = _Polynomial(np.array([3.0, -2.0]), np.array([2, 1]), 2)
    # Entries that do not overlap, and a zero behind the last: 3 * 0.5625.
    assert apart.values(apart.windows(found)).tolist() == [[1.25, 1.6875]]


def test_polyprotect_is_undone_where_there_is_one_template_only() -> None:
    # One value more than entries are unknown: v2 from the last value, v1 from the one before it.
    polynomial = _Polynomial(np.array([1.0, 2.0]), np.array([1, 2]), 1)
    wanted = np.array([0.3 + 2 * 0.04, 0.2 + 2 * 0.01])
    found = polynomial.solve(wanted, 3)
    np.testing.assert_allclose(polynomial.values(polynomial.windows(found[None]))[0], wanted)


@pytest.mark.parametrize(("overlap", "values"), [(0, 7), (2, 10), (4, 28)])
def test_polyprotect_has_as_many_values_as_windows_and_more_overlap_gives_more_away(
    overlap: int, values: int
) -> None:
    protection = template_protections.build({"protection": "polyprotect", "overlap": overlap})
    found, keys = templates(), np.arange(40)
    stored = protection.protect(found, keys)
    assert stored.shape == (40, values)
    estimate = protection.estimate(stored, keys, SIZE)
    assert estimate is not None
    alike = float(np.mean(np.sum(normalized(estimate) * found, axis=1)))
    assert alike > {0: 0.2, 2: 0.4, 4: 0.85}[overlap]
    assert alike < {0: 0.6, 2: 0.8, 4: 1.0}[overlap]


def test_polyprotect_draws_different_coefficients_that_are_not_0_and_all_exponents() -> None:
    for key in range(50):
        polynomial = template_protections.build("polyprotect")._polynomial(key)  # type: ignore[attr-defined]
        assert sorted(polynomial.exponents.tolist()) == [1, 2, 3, 4, 5]
        drawn = set(polynomial.coefficients.tolist())
        assert len(drawn) == 5
        assert 0 not in drawn
        assert max(map(abs, drawn)) <= 50


def test_an_overlap_of_all_terms_is_refused() -> None:
    with pytest.raises(OptionError, match="expected an overlap below 5 terms, got 5"):
        template_protections.build({"protection": "polyprotect", "overlap": 5})


def test_quantisation_has_no_step_beyond_the_outermost() -> None:
    """One entry lies above 3 standard deviations, another below -3."""
    odd = np.zeros((1, SIZE), dtype=np.float32)
    odd[0, :2] = 1, -1
    stored = template_protections.build({"protection": "quantisation", "bits": 2})
    found = stored.protect(normalized(odd), np.zeros(1, dtype=np.int64))
    assert found[0, :2].tolist() == [2.25, -2.25]
    assert set(np.unique(found).tolist()) <= {-2.25, -0.75, 0.75, 2.25}
