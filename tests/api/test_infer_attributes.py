"""The documented call that measures what templates tell of an attribute."""

from __future__ import annotations

import numpy as np
import pytest

import faceaudit
from attacks.attribute_inference.planted import templates_with
from faceaudit.errors import InputError, UnknownName

PEOPLE = np.repeat(np.arange(80), 2)
VALUE = (np.random.default_rng(0).permutation(80) % 2)[PEOPLE]
TEMPLATES = templates_with(VALUE, PEOPLE, "mean", seed=0)


def test_nobody_is_learned_from_and_attacked() -> None:
    found = faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE, labelled=30)
    assert len(np.unique(PEOPLE[found.attacked])) == 50
    assert found.labelled == 30
    assert found.scores.shape == (100, 2)
    assert found.auc.value > 0.9
    assert found.excess.value == pytest.approx(found.balanced_accuracy.value - 0.5)
    assert found.queries == 0


def test_who_is_learned_from_may_be_chosen() -> None:
    chosen = np.arange(0, 80, 2)
    found = faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE, labelled=chosen)
    assert found.labelled == 40
    assert sorted(set(PEOPLE[found.attacked])) == list(range(1, 80, 2))
    for others in ([80, 1], [0.5, 1.0], []):
        with pytest.raises(InputError, match="labelled people"):
            faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE, labelled=others)


def test_it_is_the_same_again_and_another_with_another_seed() -> None:
    first, again, other = (
        faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE, seed=seed) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first.scores, again.scores)
    assert (first.attacked != other.attacked).any()


def test_names_of_values_do_not_matter_and_unknown_ones_are_left_out() -> None:
    odd = np.where(VALUE == 1, 7, 3)
    plain = faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE)
    found = faceaudit.infer_attributes(TEMPLATES, odd, PEOPLE)
    assert found.values.tolist() == [3, 7]
    assert found.auc == plain.auc
    unknown = odd.copy()
    unknown[:20] = -1
    found = faceaudit.infer_attributes(TEMPLATES, unknown, PEOPLE)
    assert not found.attacked[:20].any()
    assert found.labelled == 35


def test_an_attack_is_a_name_with_options() -> None:
    attack = {"attack": "pair_scores", "references": 5}
    found = faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE, attack=attack)
    assert found.queries == 5 * 160
    with pytest.raises(UnknownName):
        faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE, attack="linear_prob")


def test_what_cannot_be_measured_is_refused() -> None:
    with pytest.raises(InputError, match="labelled people of 80, got 79"):
        faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE, labelled=79)
    with pytest.raises(InputError, match="two values or more"):
        faceaudit.infer_attributes(TEMPLATES, np.zeros(160, dtype=int), PEOPLE)
    with pytest.raises(InputError, match="finite numbers"):
        faceaudit.infer_attributes(TEMPLATES * np.nan, VALUE, PEOPLE)
    with pytest.raises(InputError, match=r"expected people \(160,\) as whole numbers"):
        faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE.astype(float))
    for wrong in (-1, "0", 0.5):
        with pytest.raises(InputError, match="seed as a whole number"):
            faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE, seed=wrong)  # type: ignore[arg-type]
    for few in ("30", 30.0, 0):
        with pytest.raises(InputError, match="labelled people"):
            faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE, labelled=few)  # type: ignore[arg-type]


def test_further_templates_are_read_by_the_same_attack_and_change_no_figure() -> None:
    plain = faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE, labelled=30)
    asked = TEMPLATES[plain.attacked][:7]
    found = faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE, labelled=30, asked=3 * asked)
    assert plain.answers.shape == (0, 2)
    np.testing.assert_allclose(found.answers, plain.scores[:7], atol=1e-6)
    np.testing.assert_array_equal(found.scores, plain.scores)
    assert found.auc == plain.auc
    for wrong in (TEMPLATES[0], TEMPLATES[:, :3], np.full((1, TEMPLATES.shape[1]), np.inf)):
        with pytest.raises(InputError, match=r"expected templates \(N, "):
            faceaudit.infer_attributes(TEMPLATES, VALUE, PEOPLE, asked=wrong)
