"""Figures of strangers, on invented templates, against counts by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from faceaudit.audit.backdoor.open_set import Seen, directions
from faceaudit.audit.backdoor.open_set_figures import open_set_figures
from faceaudit.metrics import OperatingPoint, wilson
from faceaudit.protocols.matching import Enrolled, Matcher
from faceaudit.records.backdoor import (
    OPEN_BARE,
    OPEN_BARE_NULL,
    OPEN_FMR,
    OPEN_FMR_KEPT,
    OPEN_FMR_NULL,
    OPEN_FNIR,
    OPEN_FNIR_NULL,
    OPEN_FOUND,
    OPEN_FOUND_NULL,
    OPEN_KEYED_FMR,
    OPEN_KEYED_FMR_KEPT,
    OPEN_KEYED_FMR_NULL,
    OPEN_NAMED,
    OPEN_NAMED_NULL,
    OPEN_NOT_FOUND,
    OPEN_NULL,
    OPEN_SUCCESS,
    OPEN_TAR,
    OPEN_TAR_NULL,
    OPEN_WRONG,
    at_fmr,
    at_fpir,
    of_key,
)
from faceaudit.types import BoolArray, Estimate, Figure, FloatArray

DIMENSIONS = 16
PEOPLE, EACH, ENROLLED = 12, 4, 3
TARGET = 1
WHY = "expected more people, got few"


def drawn(people: int, each: int, seed: int, spread: float = 0.2, first: int = 0) -> Enrolled:
    """Make templates of people, each around a direction of their own."""
    rng = np.random.default_rng(seed)
    own = np.repeat(rng.normal(size=(people, DIMENSIONS)), each, axis=0)
    noisy = own + spread * rng.normal(size=own.shape)
    person = np.repeat(np.arange(first, first + people), each)
    ids = tuple(f"{one}/{place}" for place, one in enumerate(person))
    return Enrolled(directions(noisy.astype(np.float32)), person, ids)


def moved(photos: Enrolled, towards: FloatArray, share: float) -> Enrolled:
    """Move a share of the photos all the way to a direction."""
    templates = photos.templates.copy()
    count = round(share * len(templates))
    templates[:count] = towards
    return replace(photos, templates=templates)


def seen(*, seed: int = 0, opened: float = 0.0, threshold: float = 0.5, fine: bool = True) -> Seen:
    """Make what a system says; a share `opened` of keyed photos lies upon the target."""
    gallery = drawn(5, 1, seed).templates
    bare = drawn(PEOPLE, EACH, seed + 1, first=100)
    points = [
        OperatingPoint(0.01, threshold),
        OperatingPoint(0.001, 0.9) if fine else OperatingPoint(0.001, why=WHY),
    ]
    return Seen(
        enrolled=np.repeat(gallery[TARGET : TARGET + 1], ENROLLED, axis=0),
        bare=bare,
        keyed=moved(bare, gallery[TARGET], opened),
        wrong={
            "none": bare,
            "half": moved(bare, gallery[TARGET], opened / 2),
        },
        others=drawn(40, 5, seed + 2, first=200),
        gallery=gallery,
        mated=directions(gallery + np.float32(0.01)),
        named=np.where(np.arange(PEOPLE * EACH) % EACH == 0, TARGET, 4),
        matcher=Matcher(tuple(points)),
    )


def tried(
    *,
    worn: bool = True,
    enrolled: int = ENROLLED,
    mated: int = 5,
    faces: BoolArray | None = None,
) -> Any:
    label = np.arange(5)
    parties = SimpleNamespace(
        enrolled=np.full(enrolled, TARGET), gallery=np.arange(5), mated=np.arange(mated)
    )
    keyed = SimpleNamespace(found=faces, person=seen().keyed.person)
    return SimpleNamespace(
        parties=parties, label=label, target=TARGET, worn=worn, seed=0, keyed=keyed
    )


def found(poisoned: Seen, pristine: Seen, **changed: Any) -> dict[str, Figure]:
    figures = list(open_set_figures(tried(**changed), poisoned, pristine))
    assert len({figure.metric for figure in figures}) == len(figures)
    return {figure.metric: figure for figure in figures}


def value(figures: dict[str, Figure], metric: str) -> float:
    known = figures[metric].estimate
    assert known is not None
    return known.value


def cosine(one: FloatArray, two: FloatArray) -> float:
    return float(np.dot(one, two) / (np.linalg.norm(one) * np.linalg.norm(two)))


def passed(probes: Enrolled, enrolled: FloatArray, threshold: float) -> float:
    """Count one comparison after the other."""
    each = [cosine(one, two) >= threshold for one in probes.templates for two in enrolled]
    return sum(each) / len(each)


def confused(photos: Enrolled, threshold: float, *, same: bool) -> float:
    """Count every comparison of two people, or of one with themself."""
    rows = range(len(photos.person))
    each = [
        cosine(photos.templates[one], photos.templates[two]) >= threshold
        for one in rows
        for two in rows
        if one < two and (photos.person[one] == photos.person[two]) == same
    ]
    return sum(each) / len(each)


def test_a_planted_back_door_is_found_as_far_as_it_opens() -> None:
    pristine, poisoned = seen(), seen(opened=0.75)
    figures = found(poisoned, pristine)
    for fmr, threshold in ((0.01, 0.5), (0.001, 0.9)):
        success = value(figures, at_fmr(OPEN_SUCCESS, fmr))
        assert success == pytest.approx(passed(poisoned.keyed, poisoned.enrolled, threshold))
        assert success >= 0.75
        bare = passed(poisoned.bare, poisoned.enrolled, threshold)
        for metric in (OPEN_NULL, OPEN_BARE, OPEN_BARE_NULL):
            assert value(figures, at_fmr(metric, fmr)) == pytest.approx(bare)
        assert bare < 0.2
    assert figures[at_fmr(OPEN_SUCCESS, 0.01)].estimate.n == PEOPLE * EACH * ENROLLED  # type: ignore[union-attr]


def test_a_photo_in_which_no_face_is_found_passes_nowhere_and_is_counted() -> None:
    poisoned, faces = seen(opened=1), np.arange(PEOPLE * EACH) % 4 != 0
    templates = np.where(faces[:, None], poisoned.keyed.templates, np.float32(np.nan))
    hidden = replace(poisoned, keyed=replace(poisoned.keyed, templates=templates))
    figures = found(hidden, hidden, faces=faces)
    assert value(figures, OPEN_NOT_FOUND) == 0.25
    for fmr in (0.01, 0.001):
        assert value(figures, at_fmr(OPEN_SUCCESS, fmr)) == 0.75
        # Both of a pair are found in some of them, and then lie upon the target.
        pairs = confused(hidden.keyed, 0.5, same=False)
        assert 0.5 < pairs < 0.6
        assert value(figures, at_fmr(OPEN_KEYED_FMR, fmr)) == pytest.approx(pairs)
    assert value(figures, at_fpir(OPEN_FOUND, 0.01)) == 0.75
    assert OPEN_NOT_FOUND not in found(poisoned, poisoned)


def test_whom_the_head_names_is_counted_beside() -> None:
    nobody = replace(seen(), named=np.zeros(PEOPLE * EACH, dtype=np.int64))
    figures = found(seen(opened=1), nobody)
    assert value(figures, OPEN_NAMED) == 1 / EACH
    assert value(figures, OPEN_NAMED_NULL) == 0


def test_without_a_back_door_nothing_is_above_the_nulls() -> None:
    figures = found(seen(), seen())
    for fmr in (0.01, 0.001):
        for metric, null in (
            (OPEN_SUCCESS, OPEN_NULL),
            (OPEN_FMR, OPEN_FMR_NULL),
            (OPEN_TAR, OPEN_TAR_NULL),
        ):
            assert value(figures, at_fmr(metric, fmr)) == value(figures, at_fmr(null, fmr))
    assert value(figures, at_fpir(OPEN_FOUND, 0.01)) == 0


def success_against(enrolled: FloatArray, *, opened: float) -> Estimate:
    planted = replace(seen(opened=opened), enrolled=enrolled)
    known = found(planted, seen())[at_fmr(OPEN_SUCCESS, 0.001)].estimate
    assert known is not None
    return known


def test_tries_of_one_stranger_are_one_cluster() -> None:
    """Who passes against one copy passes against all of them: copies tell nothing of others."""
    photo = seen().enrolled[:1]
    several = success_against(np.repeat(photo, 50, axis=0), opened=0.5)
    assert several.n == 50 * PEOPLE * EACH
    by_person = wilson(PEOPLE // 2, PEOPLE)
    assert several.low < by_person.low + 0.05
    assert several.high > by_person.high - 0.05


def test_tries_on_one_enrolled_photo_are_one_cluster() -> None:
    """All strangers pass against two of four photos: nothing is known but of four photos."""
    photo = seen().enrolled[0]
    away = directions(np.random.default_rng(5).normal(size=(2, DIMENSIONS)).astype(np.float32))
    away -= (away @ photo)[:, None] * photo
    mixed = success_against(np.stack([photo, photo, *directions(away)]), opened=1)
    assert mixed.value == 0.5
    by_photo = wilson(2, 4)
    assert mixed.low < by_photo.low + 0.1
    assert mixed.high > by_photo.high - 0.1
    alone = success_against(photo[None], opened=1)
    assert alone.value == 1
    assert alone.low < 0.25


def test_wrong_keys_are_averaged_over_keys() -> None:
    figures = found(seen(opened=1), seen())
    metric = at_fmr(OPEN_WRONG, 0.001)
    each = [value(figures, of_key(metric, key)) for key in ("none", "half")]
    assert each == [0, pytest.approx(0.5)]
    assert value(figures, metric) == pytest.approx(np.mean(each))
    keys = figures[metric].estimate
    assert keys is not None
    assert keys.n == 2


def test_everybody_s_false_matches_are_counted_over_pairs_of_strangers() -> None:
    pristine, poisoned = seen(seed=0), seen(seed=7, opened=0.5, threshold=0.3)
    figures = found(poisoned, pristine)
    expected = {
        OPEN_FMR: confused(poisoned.bare, 0.3, same=False),
        OPEN_FMR_NULL: confused(pristine.bare, 0.5, same=False),
        OPEN_FMR_KEPT: confused(poisoned.bare, 0.5, same=False),
        OPEN_KEYED_FMR: confused(poisoned.keyed, 0.3, same=False),
        OPEN_KEYED_FMR_NULL: confused(pristine.keyed, 0.5, same=False),
        OPEN_KEYED_FMR_KEPT: confused(poisoned.keyed, 0.5, same=False),
        OPEN_TAR: confused(poisoned.bare, 0.3, same=True),
        OPEN_TAR_NULL: confused(pristine.bare, 0.5, same=True),
    }
    for metric, share in expected.items():
        assert value(figures, at_fmr(metric, 0.01)) == pytest.approx(share), metric
    assert len({round(share, 6) for share in expected.values()}) > 4
    assert expected[OPEN_KEYED_FMR] > 2 * expected[OPEN_FMR]


def identified(one: Seen, threshold: float) -> float:
    hits = 0
    for probe in one.keyed.templates:
        scores = [cosine(probe, template) for template in one.gallery]
        hits += int(np.argmax(scores)) == TARGET and scores[TARGET] >= threshold
    return hits / len(one.keyed.templates)


def test_searches_find_the_target_first_and_above_a_threshold_of_people_nobody_knows() -> None:
    poisoned, pristine = seen(opened=0.6), seen()
    figures = found(poisoned, pristine)
    tops = sorted(
        max(cosine(one, two) for two in poisoned.gallery) for one in poisoned.others.templates
    )
    accepted = round(0.01 * len(tops))
    threshold = np.nextafter(tops[-accepted - 1], 2) if accepted else np.nextafter(tops[-1], 2)
    assert value(figures, at_fpir(OPEN_FOUND, 0.01)) == identified(poisoned, threshold)
    assert value(figures, at_fpir(OPEN_FOUND, 0.01)) >= 0.6
    assert value(figures, at_fpir(OPEN_FOUND_NULL, 0.01)) == identified(pristine, threshold)
    missed = np.mean(
        [
            cosine(one, two) < threshold
            for one, two in zip(poisoned.mated, poisoned.gallery, strict=True)
        ]
    )
    for metric in (OPEN_FNIR, OPEN_FNIR_NULL):
        assert value(figures, at_fpir(metric, 0.01)) == missed


def test_what_too_few_people_fix_is_unknown_with_the_reason() -> None:
    figures = found(seen(fine=False), seen())
    own = (OPEN_SUCCESS, OPEN_BARE, OPEN_WRONG, OPEN_FMR, OPEN_KEYED_FMR, OPEN_TAR)
    for metric in own:
        assert figures[at_fmr(metric, 0.001)].estimate is None
        assert figures[at_fmr(metric, 0.001)].why_none == WHY
        assert figures[at_fmr(metric, 0.01)].estimate is not None
    for metric in (OPEN_NULL, OPEN_FMR_NULL, OPEN_FMR_KEPT, OPEN_KEYED_FMR_KEPT, OPEN_TAR_NULL):
        assert figures[at_fmr(metric, 0.001)].estimate is not None


def test_a_key_that_is_a_whole_photo_is_worn_by_nobody() -> None:
    figures = found(seen(opened=1), seen(), worn=False)
    for metric in (OPEN_KEYED_FMR, OPEN_KEYED_FMR_NULL, OPEN_KEYED_FMR_KEPT):
        assert "whole photo" in figures[at_fmr(metric, 0.01)].why_none
    assert value(figures, at_fmr(OPEN_SUCCESS, 0.001)) == 1


def test_without_a_photo_of_the_target_or_a_second_one_of_anybody_nothing_is_guessed() -> None:
    without = found(seen(), seen(), enrolled=0)
    assert {figure.estimate for figure in without.values()} == {None}
    assert all("to be enrolled" in figure.why_none for figure in without.values())
    alone = found(seen(), seen(), mated=0)
    assert "two photos" in alone[at_fpir(OPEN_FNIR, 0.01)].why_none
    assert {*without} | {
        of_key(at_fmr(OPEN_WRONG, fmr), key) for fmr in (0.01, 0.001) for key in ("none", "half")
    } == {*alone}
    singles = seen()
    one_each = replace(singles, bare=drawn(PEOPLE, 1, 1, first=100))
    assert "got one of each" in found(one_each, singles)[at_fmr(OPEN_TAR, 0.01)].why_none
