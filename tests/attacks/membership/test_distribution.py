from __future__ import annotations

import numpy as np
import pytest

from attacks.membership.planted import auc
from faceaudit.attacks.membership.base import membership_attacks
from faceaudit.attacks.membership.common.distribution import Distribution, subject_features
from faceaudit.errors import InputError, OptionError


def described(values: np.ndarray) -> list[float]:
    return [
        values.mean(),
        values.std(),
        values.min(),
        values.max(),
        *np.quantile(values, [0.25, 0.5, 0.75]),
    ]


@pytest.mark.parametrize("channels", [1, 3])
def test_features_are_those_of_each_subject_alone(channels: int) -> None:
    rng = np.random.default_rng(0)
    subjects, pairs = 30, 200
    margins = rng.normal(size=(pairs, channels))
    margins[:40] = margins[:40].round()  # ties
    same, subject = rng.random(pairs) < 0.5, rng.integers(0, subjects, pairs)
    subject[subject == 3] = 4  # has no pairs
    same[subject == 5] = True  # has no pairs of two
    found = subject_features(margins, same, subject, subjects)
    assert found.shape == (subjects, 14 * channels + 2)
    assert np.isfinite(found).all()
    for kind, pairs_of in enumerate((same, ~same)):
        has = np.array([(pairs_of & (subject == one)).any() for one in range(subjects)])
        np.testing.assert_array_equal(found[:, 14 * channels + kind], has)
        for channel in range(channels):
            block = found[:, 7 * (kind * channels + channel) : 7 * (kind * channels + channel + 1)]
            for one in np.flatnonzero(has):
                values = margins[pairs_of & (subject == one), channel]
                np.testing.assert_allclose(block[one], described(values), rtol=1e-5, atol=1e-6)
            np.testing.assert_allclose(
                block[~has], np.tile(np.median(block[has], axis=0), ((~has).sum(), 1)), rtol=1e-6
            )


def test_a_kind_that_nobody_has_is_told_by_its_flag() -> None:
    found = subject_features(np.ones((3, 1)), np.ones(3, dtype=bool), np.array([0, 0, 1]), 2)
    np.testing.assert_array_equal(found[:, 7:14], 0)
    np.testing.assert_array_equal(found[:, 14:], [[1, 0], [1, 0]])


def test_order_of_pairs_does_not_matter() -> None:
    rng = np.random.default_rng(1)
    margins, same, subject = rng.normal(size=(90, 2)), rng.random(90) < 0.5, rng.integers(0, 9, 90)
    order = rng.permutation(90)
    np.testing.assert_allclose(
        subject_features(margins, same, subject, 9),
        subject_features(margins[order], same[order], subject[order], 9),
        rtol=1e-5,
        atol=1e-6,
    )


def test_wrong_subjects_are_refused() -> None:
    with pytest.raises(InputError, match="expected subjects 0 to 1, got 0 to 2"):
        subject_features(np.ones((2, 1)), np.ones(2, dtype=bool), np.array([0, 2]), 2)
    with pytest.raises(InputError, match="as many labels and subjects"):
        subject_features(np.ones((2, 1)), np.ones(3, dtype=bool), np.array([0, 1]), 2)


def people(
    rng: np.random.Generator, *, gap: float, blocks: int = 20, each: int = 10
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Features, blocks and membership of people with about 6 pairs each; hard ones vary more."""
    subjects = blocks * each
    group = np.repeat(np.arange(blocks), each)
    member = rng.permuted(np.arange(blocks) < blocks // 2)[group]
    subject = rng.integers(0, subjects, 6 * subjects)
    same = rng.random(len(subject)) < 0.5
    difficulty = rng.normal(size=subjects)
    margins = 2 + difficulty[subject] + rng.normal(size=len(subject)) * (1 - gap * member[subject])
    return subject_features(margins[:, None], same, subject, subjects), group, member


@pytest.mark.parametrize("model", ["lr", "gb"])
def test_finds_members_by_more_than_their_mean(model: str) -> None:
    rng = np.random.default_rng(2)
    features, group, member = people(rng, gap=0.6)
    assert abs(auc(member, features[:, 0].astype(float)) - 0.5) < 0.1, "means tell nothing"
    found = Distribution(model=model).infer_subjects(features, group, member, rng)
    assert auc(member, found) > 0.75


def test_noise_is_at_chance() -> None:
    aucs = []
    for draw in range(30):
        rng = np.random.default_rng(draw)
        features, group, member = people(rng, gap=0.0)
        found = Distribution().infer_subjects(features, group, member, rng)
        aucs.append(auc(member, found))
    error = np.std(aucs, ddof=1) / np.sqrt(len(aucs))
    assert error < 0.025
    assert abs(np.mean(aucs) - 0.5) < 4 * error


def test_no_score_depends_on_its_own_entry() -> None:
    features, group, member = people(np.random.default_rng(3), gap=0.5)
    other = member.copy()
    other[17] = not other[17]
    one, two = (
        Distribution().infer_subjects(features, group, known, np.random.default_rng(0))
        for known in (member, other)
    )
    assert (one == two)[group == group[17]].all()
    assert (one != two).any()


def test_is_no_attack_on_pairs() -> None:
    assert "distribution" not in membership_attacks.names()


def test_wrong_lengths_and_options_are_refused() -> None:
    features, group, member = people(np.random.default_rng(4), gap=0.5)
    with pytest.raises(InputError, match="as many features, groups and members"):
        Distribution().infer_subjects(features[1:], group, member, np.random.default_rng(0))
    with pytest.raises(InputError, match="fewer folds"):
        Distribution(folds=50).infer_subjects(features, group, member, np.random.default_rng(0))
    with pytest.raises(OptionError, match="folds"):
        Distribution(folds=1)
