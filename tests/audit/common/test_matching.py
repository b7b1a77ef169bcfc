"""A system that compares photos under mitigations, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from audit.inversion.stubs import SIZE, Ready, network
from faceaudit.audit.common.embedded import EmbeddedFaces
from faceaudit.audit.common.matching import MatchingSystem, each_person, judged_by
from faceaudit.audit.common.matching_flow import moved
from faceaudit.audit.common.systems import NetworkPlan
from faceaudit.audit.common.workspace import Workspace
from faceaudit.errors import SplitError
from faceaudit.faces.alignment.common.similarity import warp
from faceaudit.faces.loaded import Loaded
from faceaudit.mitigations.matching import matching_mitigations
from faceaudit.protocols.matching import strangers_of
from faceaudit.types import Float64Array, ImageArray, IntArray
from helpers.faces import blocks

PEOPLE, PHOTOS, FMR = 60, 4, 0.05


@pytest.fixture(scope="module")
def embedded(tmp_path_factory: pytest.TempPathFactory) -> EmbeddedFaces:
    faces = blocks(people=PEOPLE, photos=PHOTOS, size=SIZE)
    networks = [network(seed) for seed in range(3)]
    return EmbeddedFaces(
        tuple(NetworkPlan(network=one.network) for one in networks),
        (Loaded(faces),) * 3,
        tuple(map(Ready, networks)),  # type: ignore[arg-type]
        Workspace(tmp_path_factory.mktemp("matching")),
    )


class Alike:
    """A source whose crops are the same at every size."""

    def between(self, from_size: tuple[int, int], to_size: tuple[int, int]) -> Float64Array:
        return np.array([[1.0, 0, 0], [0, 1, 0]])


def system_of(
    embedded: EmbeddedFaces, name: str = "none", numbers: tuple[int, ...] = (0,)
) -> MatchingSystem:
    rows = np.arange(20 * PHOTOS, PEOPLE * PHOTOS)
    mitigation = matching_mitigations.build(name)
    return MatchingSystem(embedded, Alike(), numbers, mitigation, rows, (FMR,), 0)


def plain_templates(embedded: EmbeddedFaces, number: int, images: ImageArray) -> np.ndarray:
    found = embedded.embedder(number).embed(images).astype(np.float64)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.mark.parametrize("name", matching_mitigations.names())
def test_strangers_pass_as_often_as_was_asked(embedded: EmbeddedFaces, name: str) -> None:
    """Of the attacked people, who fixed nothing: every photo with every other person."""
    numbers = (0, 1) if name == "agreement" else (0,)
    system = system_of(embedded, name, numbers)
    photos = np.arange(20 * PHOTOS).reshape(20, PHOTOS)
    enrolled = system.enrol(photos[:, : system.mitigation.enrolled])
    scores = system.score_all(system.templates(photos[:, 3]), enrolled)
    own = np.eye(20, dtype=bool)
    threshold = system.threshold(FMR)
    assert (scores[~own] >= threshold).mean() < 3 * FMR
    assert (scores[own] >= threshold).mean() > 0.5


def test_a_score_is_the_cosine_in_spreads_of_strangers(embedded: EmbeddedFaces) -> None:
    system = system_of(embedded)
    images = embedded.faces.images
    templates = plain_templates(embedded, 0, images)
    first, second = strangers_of(system._enrolled, most=20_000, seed=0)
    rows = system._rows
    cosines = [
        float(templates[one] @ templates[two])
        for one, two in zip(rows[first], rows[second], strict=True)
    ]
    expected = (templates[:5] @ templates[40:47].T - np.mean(cosines)) / np.std(cosines)
    found = system.score_all(system.templates_of(images[:5]), system.templates(np.arange(40, 47)))
    np.testing.assert_allclose(found, expected, atol=1e-4)
    np.testing.assert_allclose(
        system.score(system.templates(np.arange(5)), system.templates(np.arange(40, 45))),
        np.diagonal(expected[:, :5]),
        atol=1e-4,
    )


def test_of_networks_that_have_to_agree_the_least_decides(embedded: EmbeddedFaces) -> None:
    joined = system_of(embedded, "agreement", (0, 2))
    alone = [system_of(embedded, "none", (number,)) for number in (0, 2)]
    rows, others = np.arange(6), np.arange(30, 41)

    def scores(system: MatchingSystem) -> Float64Array:
        return system.score_all(system.templates(rows), system.templates(others))

    np.testing.assert_allclose(
        scores(joined), np.minimum(*(scores(one) for one in alone)), atol=1e-4
    )
    assert joined.title == "torch_module 1 + torch_module 3"


def test_several_photos_are_enrolled_by_their_mean_and_none_against_itself(
    embedded: EmbeddedFaces,
) -> None:
    system = system_of(embedded, "several_photos")
    templates = plain_templates(embedded, 0, embedded.faces.images)
    photos = np.array([[0, 1], [4, 6]])
    mean = templates[photos].mean(axis=1)
    expected = mean / np.linalg.norm(mean, axis=1, keepdims=True)
    np.testing.assert_allclose(system.enrol(photos)[0], expected, atol=1e-5)
    # By whom a photo of somebody who fixes thresholds is compared with: two of the other three.
    rows = system._rows
    for place in (0, 1, 3, 42):
        of_person = rows[rows // PHOTOS == rows[place] // PHOTOS]
        start = int(np.flatnonzero(of_person == rows[place])[0])
        two = [of_person[(start + step) % PHOTOS] for step in (1, 2)]
        mean = templates[two].mean(axis=0)
        np.testing.assert_allclose(
            system._enrolled_after[0][place], mean / np.linalg.norm(mean), atol=1e-5
        )


@pytest.mark.parametrize("name", ["none", "blur", "jpeg", "agreement"])
@pytest.mark.parametrize("least", [True, False])
def test_derivatives_flow_through_the_same_scores(
    embedded: EmbeddedFaces, name: str, least: bool
) -> None:
    system = system_of(embedded, name, (0, 1))
    images = embedded.faces.images[:4]
    enrolled = system.templates(np.arange(50, 53))
    offsets = [0.7, -0.4]
    flow = system.flow(enrolled, offsets, least=least)
    pixels = torch.from_numpy(images.astype(np.float32)).requires_grad_()
    each = system.each_of_all(system.templates_of(images), enrolled)
    each -= np.array(offsets)[:, None, None]
    expected = each.min(axis=0) if least else each.mean(axis=0)
    found = flow(pixels)
    # A blurred photo is rounded before it is embedded, which derivatives do not see.
    np.testing.assert_allclose(found.detach().numpy(), expected, atol=0.05)
    rows = torch.tensor([2, 0, 1, 1])
    paired = flow.paired(pixels, rows)
    torch.testing.assert_close(paired, found[torch.arange(4), rows])
    (gradient,) = torch.autograd.grad(paired.sum(), pixels)
    assert float(gradient.abs().sum()) > 0


def test_pixels_are_moved_as_pictures_are() -> None:
    images = np.random.default_rng(0).integers(0, 256, (2, 30, 24, 3), dtype=np.uint8)
    matrix = np.array([[1.3, 0, -3.2], [0, 1.3, 4.1]])
    found = moved(torch.from_numpy(images).float(), matrix, (40, 28))
    expected = warp(images, np.broadcast_to(matrix, (2, 2, 3)), (40, 28))
    assert found.shape == (2, 40, 28, 3)
    # OpenCV rounds places to a 32nd of a pixel; at the edge it blends with black otherwise.
    inner = np.abs(found.numpy() - expected)[:, 8:-6, 2:-2]
    assert np.median(inner) < 1
    assert inner.max() <= 9


def test_photos_of_each_person_are_kept_in_their_order() -> None:
    rng = np.random.default_rng(1)
    person = rng.integers(0, 5, 40)
    rows = rng.permutation(40)
    kept: list[int] = []
    for row in rows.tolist():
        if sum(person[one] == person[row] for one in kept) < 3:
            kept.append(row)
    assert each_person(person, rows, 3).tolist() == kept


def test_every_network_judges_alone_or_with_the_first() -> None:
    assert judged_by(1, 2) == [(0,), (1,)]
    assert judged_by(2, 4) == [(0, 1), (0, 2), (0, 3)]
    assert judged_by(3, 4) == [(0, 1, 2), (0, 2, 3)]


def test_a_rate_that_too_few_people_resolve_is_refused(embedded: EmbeddedFaces) -> None:
    rows: IntArray = np.arange(3 * PHOTOS)
    none = matching_mitigations.build("none")
    system = MatchingSystem(embedded, Alike(), (0,), none, rows, (1e-6,), 0)
    with pytest.raises(SplitError, match="try higher rates"):
        system.threshold(1e-6)


def test_where_one_photo_is_enrolled_each_two_of_a_person_are_compared(
    embedded: EmbeddedFaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    system, kept = system_of(embedded), []
    monkeypatch.setattr(
        "faceaudit.audit.common.matching.fix_thresholds",
        lambda *_, score, **__: kept.append(score),
    )
    assert system.matcher is None
    templates = plain_templates(embedded, 0, embedded.faces.images)[system._rows]
    mean, spread = system.scale[0]
    first, second = np.array([0, 0, 0, 1, 5]), np.array([1, 2, 3, 3, 9])
    expected = (np.sum(templates[first] * templates[second], axis=1) - mean) / spread
    np.testing.assert_allclose(kept[0](first, second), expected, atol=1e-4)
