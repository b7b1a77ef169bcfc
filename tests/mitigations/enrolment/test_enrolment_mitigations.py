"""Mitigations of attacks on enrolment, on templates and pictures that are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from faceaudit.attacks.enrolment import enrolment_attacks
from faceaudit.errors import InputError, OptionError
from faceaudit.metrics import normalized
from faceaudit.mitigations.enrolment import (
    EnrolmentMitigation,
    Enrolments,
    Point,
    enrolment_mitigations,
)
from faceaudit.mitigations.enrolment.occlusion_check import _reduced
from faceaudit.types import FloatArray, ImageArray


def _build(name: str, **options: Any) -> EnrolmentMitigation:
    return enrolment_mitigations.build({"mitigation": name, **options})


def _enrolments(
    *embeddings: FloatArray, further: FloatArray | None = None, images: ImageArray | None = None
) -> Enrolments:
    count = len(embeddings[0])
    none = np.zeros((count, 0, embeddings[0].shape[1]), dtype=np.float32)
    return Enrolments(
        np.zeros((count, 8, 8, 3), dtype=np.uint8) if images is None else images,
        embeddings,
        (none if further is None else further,) * len(embeddings),
    )


def _turned(*degrees: float) -> FloatArray:
    """Return unit vectors of the plane."""
    angle = np.deg2rad(degrees)
    return np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)


def test_without_a_mitigation_everything_is_enrolled_and_the_cosine_decides() -> None:
    enrolled = _enrolments(3 * _turned(0, 90))
    point = Point(0, (0.5,))
    none = _build("none")
    assert not none.refuses(enrolled, none.fit(enrolled), point).any()
    passes = none.accepts(enrolled, (_turned(59, 61, 90),), point)
    np.testing.assert_array_equal(passes, [[True, False, False], [True, True, True]])


def test_the_mean_of_three_is_as_far_from_a_poisoned_one_as_geometry_says() -> None:
    # One poisoned template at 90 degrees, two clean at 0: their mean lies at atan(1/2).
    further = np.stack([_turned(0), _turned(0)], axis=1)
    enrolled = _enrolments(_turned(90), further=further)
    probe = _turned(90)
    cosine = np.sin(np.arctan2(1, 2))
    mean = _build("mean_template")
    assert mean.further_photos == 2
    assert mean.accepts(enrolled, (probe,), Point(0, (cosine - 1e-4,))).all()
    assert not mean.accepts(enrolled, (probe,), Point(0, (cosine + 1e-4,))).any()


def test_a_vote_counts_the_photos_that_match() -> None:
    further = np.stack([_turned(40), _turned(100)], axis=1)
    enrolled = _enrolments(_turned(0), further=further)
    point = Point(0, (np.cos(np.deg2rad(30)),))
    probes = (_turned(20, 70.1, 200),)  # near two of the three, one, and none
    counts = [1 + 1, 1, 0]
    for matching in (1, 2, 3):
        found = _build("vote", matching=matching).accepts(enrolled, probes, point)
        assert found[0].tolist() == [count >= matching for count in counts]


def test_a_photo_must_match_further_ones_of_its_person() -> None:
    further = np.stack([_turned(20, 20), _turned(80, 80)], axis=1)
    offered = _enrolments(_turned(0, 90), further=further)
    point = Point(0, (np.cos(np.deg2rad(30)),))
    one = _build("agreement_with_photos")
    assert one.refuses(offered, None, point).tolist() == [False, True]
    two = _build("agreement_with_photos", photos=2)
    assert two.refuses(offered, None, point).tolist() == [False, False]
    both = _build("agreement_with_photos", photos=2, matching=2)
    assert both.refuses(offered, None, point).tolist() == [True, True]


def test_backbones_must_agree_each_at_its_own_threshold() -> None:
    enrolled = _enrolments(_turned(0), _turned(0), _turned(0))
    probes = (_turned(10, 10, 50), _turned(10, 50, 10), _turned(10, 10, 10))
    point = Point(0, tuple(np.cos(np.deg2rad(one)) for one in (30, 30, 20)))
    strict = _build("agreement_of_backbones").accepts(enrolled, probes, point)
    assert strict[0].tolist() == [True, False, False]
    lax = _build("agreement_of_backbones", missing=1).accepts(enrolled, probes, point)
    # The system's own network is never the one that may be missing.
    assert lax[0].tolist() == [True, True, False]


def test_quality_refuses_both_ends_and_the_share_of_clean_photos_that_it_may() -> None:
    rng = np.random.default_rng(0)
    lengths = rng.uniform(10, 20, 1000).astype(np.float32)
    clean = _enrolments(lengths[:, None] * _turned(*rng.uniform(0, 360, 1000)))
    check = _build("quality_check", refused=0.1)
    fitted, point = check.fit(clean), Point(0, (0.5,))
    assert check.refuses(clean, fitted, point).mean() == pytest.approx(0.1, abs=0.01)
    # Exactly: 1,001 times 0.05 is 50.05, so the ends are those of rank 50 and 951.
    assert fitted.shortest[0] == pytest.approx(np.sort(lengths)[49], rel=1e-6)
    assert fitted.longest[0] == pytest.approx(np.sort(lengths)[950], rel=1e-6)
    offered = _enrolments(np.array([[5.0, 0], [15.0, 0], [40.0, 0]], dtype=np.float32))
    assert check.refuses(offered, fitted, point).tolist() == [True, False, True]


def _smooth_faces(count: int, seed: int) -> ImageArray:
    """Return pictures that ten directions make: a space that components can learn."""
    rng = np.random.default_rng(7)
    y, x = np.mgrid[0:56, 0:56] / 56
    waves = np.stack([np.cos(np.pi * (i * x + j * y)) for i in range(3) for j in range(3)])
    colours = rng.normal(0, 1, (len(waves), 1, 1, 3))
    basis = waves[..., None] * colours
    weights = np.random.default_rng(seed).normal(0, 1, (count, len(waves)))
    flat = np.tensordot(weights, basis, axes=1)
    return np.clip(128 + 20 * flat, 0, 255).astype(np.uint8)


def test_a_covered_face_is_refused_and_clean_ones_as_often_as_they_may_be() -> None:
    check = _build("occlusion_check", components=12, refused=0.05)
    learned = _smooth_faces(400, 0)
    vectors = normalized(np.ones((400, 2), dtype=np.float32))
    fitted = check.fit(_enrolments(vectors, images=learned))
    point = Point(0, (0.5,))
    fresh = _smooth_faces(400, 1)
    refused = check.refuses(_enrolments(vectors, images=fresh), fitted, point)
    assert refused.mean() == pytest.approx(0.05, abs=0.05)
    covered = fresh.copy()
    covered[:, 20:32, 8:48] = np.random.default_rng(0).integers(0, 256, (12, 40, 3))
    assert check.refuses(_enrolments(vectors, images=covered), fitted, point).mean() > 0.95


def test_few_photos_teach_an_occlusion_check_nothing() -> None:
    with pytest.raises(InputError, match="at least 20 clean photos"):
        _build("occlusion_check").fit(_enrolments(_turned(*range(19))))


@pytest.mark.parametrize("name", enrolment_mitigations.names())
def test_every_mitigation_answers_for_every_photo_and_probe(name: str) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (24, 30, 28, 3), dtype=np.uint8)
    found = tuple(rng.normal(size=(24, 6)).astype(np.float32) for _ in range(2))
    further = tuple(
        normalized(rng.normal(size=(72, 6)).astype(np.float32)).reshape(24, 3, 6) for _ in range(2)
    )
    people = Enrolments(images, found, further)
    mitigation, point = _build(name), Point(1, (0.4, 0.3))
    refused = mitigation.refuses(people, mitigation.fit(people), point)
    probes = tuple(normalized(rng.normal(size=(5, 6)).astype(np.float32)) for _ in range(2))
    passes = mitigation.accepts(people, probes, point)
    assert (refused.shape, refused.dtype) == ((24,), np.bool_)
    assert (passes.shape, passes.dtype) == ((24, 5), np.bool_)


@pytest.mark.parametrize("photos", [24, 60])
def test_checks_refuse_no_more_clean_photos_than_they_promise_however_few_taught_them(
    photos: int,
) -> None:
    # The mean over trainings, each judged by fresh photos: what is asked for, or 1 in n + 1.
    checks = {
        "occlusion_check": _build("occlusion_check", components=9),
        "quality_check": _build("quality_check"),
    }
    point, shares = Point(0, (0.5,)), {name: [] for name in checks}
    for seed in range(25):
        rng = np.random.default_rng(seed)
        both = _smooth_faces(photos + 80, seed + 100)
        lengths = rng.lognormal(size=(len(both), 1)).astype(np.float32)
        vectors = lengths * _turned(*rng.uniform(0, 360, len(both)))
        learned = _enrolments(vectors[:photos], images=both[:photos])
        fresh = _enrolments(vectors[photos:], images=both[photos:])
        for name, check in checks.items():
            refused = check.refuses(fresh, check.fit(learned), point)
            shares[name].append(float(refused.mean()))
    for name, check in checks.items():
        promised = check.promised(photos)
        assert promised is not None
        error = np.std(shares[name]) / np.sqrt(len(shares[name]))
        assert np.mean(shares[name]) < promised + 2 * error
        assert np.mean(shares[name]) > promised / 5


def test_what_a_check_promises_is_what_was_asked_for_or_what_so_many_people_allow() -> None:
    occlusion, quality = _build("occlusion_check"), _build("quality_check")
    assert [occlusion.promised(one) for one in (49, 24)] == [0.02, 0.04]
    assert [quality.promised(one) for one in (99, 24)] == [0.02, 0.08]
    assert _build("occlusion_check").promised(10**9) == 0.02
    assert _build("vote").promised(24) is None


def test_an_occlusion_check_learns_from_a_part_of_a_large_gallery_and_judges_it_in_parts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("faceaudit.mitigations.enrolment.occlusion_check.MOST", 100)
    check = _build("occlusion_check", components=9)
    many = _smooth_faces(260, 3)
    vectors = normalized(np.ones((len(many), 2), dtype=np.float32))
    fitted, point = check.fit(_enrolments(vectors, images=many)), Point(0, (0.5,))
    together = check.refuses(_enrolments(vectors, images=many), fitted, point)
    apart = [
        check.refuses(_enrolments(vectors[one], images=many[one]), fitted, point)
        for one in (slice(0, 70), slice(70, 260))
    ]
    np.testing.assert_array_equal(together, np.concatenate(apart))
    assert together.mean() < 0.06
    assert check.promised(10**9) == 0.02
    assert check.promised(40) == pytest.approx(1 / 41)


STRONG = {"attack": "optimised_glasses"}
FAINT = {"attack": "optimised_glasses", "opacity": 0.5}
LONG = {"attack": "optimised_glasses", "usual_length": True}
TWO = {"attack": "optimised_glasses", "networks": 2}
FAITHFUL = {"attack": "faithful_glasses"}
PATCH = {"attack": "forehead_patch"}


@pytest.mark.parametrize(
    ("mitigation", "knowing"),
    [
        ("none", []),
        ("occlusion_check", [FAINT]),
        ("quality_check", [LONG]),
        ("agreement_with_photos", [FAITHFUL]),
        ("mean_template", [STRONG, TWO, PATCH]),
        ("vote", []),
        ({"mitigation": "vote", "matching": 1}, [STRONG, TWO, PATCH]),
        ("agreement_of_backbones", [TWO]),
        ({"mitigation": "agreement_of_backbones", "missing": 1}, None),
    ],
)
def test_who_knows_of_it_hangs_on_the_options_of_the_key(mitigation: Any, knowing: Any) -> None:
    built = enrolment_mitigations.build(mitigation)
    spelled: list[Any] = [STRONG, FAINT, LONG, TWO, FAITHFUL, PATCH]
    spelled += ["plain_glasses", "sticker", {"attack": "blended_key", "ratio": 0.1}]
    found = []
    for one in spelled:
        attack = enrolment_attacks.build(one)
        if built.known_by({"attack": attack.name, **attack.model_dump()}, 2):
            found.append(one)
    searched = spelled[:6]
    assert found == (searched if knowing is None else knowing)


def test_one_network_has_no_other_that_it_could_agree_with() -> None:
    built = enrolment_mitigations.build("agreement_of_backbones")
    attack = enrolment_attacks.build("optimised_glasses")
    options = {"attack": attack.name, **attack.model_dump()}
    assert [built.known_by(options, one) for one in (1, 2)] == [False, False]


@pytest.mark.parametrize(
    "spelled",
    [
        {"mitigation": "vote", "photos": 2, "matching": 4},
        {"mitigation": "agreement_with_photos", "photos": 1, "matching": 2},
    ],
)
def test_more_matches_than_there_are_photos_are_refused(spelled: dict[str, Any]) -> None:
    with pytest.raises(OptionError, match="photos at most"):
        enrolment_mitigations.build(spelled)


@pytest.mark.parametrize("name", ["occlusion_check", "quality_check"])
def test_checks_say_how_many_people_they_learn_from(name: str) -> None:
    check = _build(name)
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(check.fewest, 2)).astype(np.float32)
    check.fit(_enrolments(vectors))
    with pytest.raises(InputError, match="at least 20 clean photos"):
        check.fit(_enrolments(vectors[1:]))


@pytest.mark.parametrize("size", [(8, 20), (28, 28), (40, 61)])
def test_pictures_of_any_size_are_averaged_down_as_a_loop_does(size: tuple[int, int]) -> None:
    images = np.random.default_rng(0).integers(0, 256, (3, *size, 3), dtype=np.uint8)
    expected = np.empty((3, 28, 28, 3))
    for row, column in np.ndindex(28, 28):
        top, left = (
            slice(one * side // 28, max((one + 1) * side // 28, one * side // 28 + 1))
            for one, side in zip((row, column), size, strict=True)
        )
        expected[:, row, column] = images[:, top, left].mean(axis=(1, 2))
    flat = expected.reshape(3, -1)
    centred = flat - flat.mean(axis=1, keepdims=True)
    np.testing.assert_allclose(
        _reduced(images), centred / centred.std(axis=1, keepdims=True), atol=1e-4
    )
