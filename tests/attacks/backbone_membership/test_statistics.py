"""Statistics by answers, held against sums over photos written out."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.attacks.backbone_membership import Seen, StatisticAttack, backbone_attacks
from faceaudit.errors import InputError
from faceaudit.types import Float64Array


def drawn(seed: int = 0) -> Seen:
    """Five people with two to six photos each, in no order, embedded at random."""
    rng = np.random.default_rng(seed)
    person = rng.permutation(np.repeat([3, 7, 8, 20, 21], [2, 3, 4, 5, 6]))
    return Seen(person, rng.normal(size=(len(person), 6)).astype(np.float32))


def asked(name: str, seen: Seen) -> Float64Array:
    attack = backbone_attacks.build(name)
    assert isinstance(attack, StatisticAttack)
    return attack.statistic(seen)


def cosine(one: Float64Array, other: Float64Array) -> float:
    return float(one @ other / np.sqrt((one @ one) * (other @ other)))


def centre(rows: list[int], units: Float64Array) -> Float64Array:
    total = np.zeros(units.shape[1])
    for row in rows:
        total = total + units[row]
    return total


def test_own_minus_nearest_other_is_that_of_centres_written_out() -> None:
    seen = drawn()
    units = np.array([one / np.sqrt(one @ one) for one in seen.embeddings.astype(np.float64)])
    expected = []
    for photo, who in enumerate(seen.person):
        own = [row for row in range(len(seen)) if seen.person[row] == who and row != photo]
        others = [
            cosine(
                units[photo],
                centre([row for row in range(len(seen)) if seen.person[row] == one], units),
            )
            for one in set(seen.person.tolist()) - {who}
        ]
        expected.append(cosine(units[photo], centre(own, units)) - max(others))
    assert np.allclose(asked("own_minus_nearest_other", seen), expected, atol=1e-6)


def test_similarity_is_the_mean_cosine_with_the_other_photos_of_the_person() -> None:
    seen = drawn(1)
    photos = seen.embeddings.astype(np.float64)
    expected = [
        np.mean(
            [
                cosine(photos[photo], photos[row])
                for row in range(len(seen))
                if seen.person[row] == who and row != photo
            ]
        )
        for photo, who in enumerate(seen.person)
    ]
    assert np.allclose(asked("similarity_statistics", seen), expected, atol=1e-6)


def test_the_norm_is_that_of_the_embedding_as_it_is() -> None:
    seen = Seen(np.array([0, 1]), np.array([[3.0, 4.0], [0.0, -2.0]], dtype=np.float32))
    assert asked("embedding_norm", seen).tolist() == [5.0, 2.0]


@pytest.mark.parametrize("name", ["own_minus_nearest_other", "similarity_statistics"])
def test_a_person_with_one_photo_is_refused_and_not_given_a_number(name: str) -> None:
    seen = Seen(np.array([0, 0, 1]), np.ones((3, 2), dtype=np.float32))
    with pytest.raises(InputError, match="two photos or more of each person, got one of 1 people"):
        asked(name, seen)


@pytest.mark.parametrize("name", ["own_minus_nearest_other", "similarity_statistics"])
def test_photos_that_training_drew_together_score_higher(name: str) -> None:
    rng = np.random.default_rng(2)
    person = np.repeat(np.arange(20), 5)
    member = person < 10
    looks = rng.normal(size=(20, 32))[person]
    spread = np.where(member, 0.3, 1.0)[:, None]
    embeddings = (looks + spread * rng.normal(size=(100, 32))).astype(np.float32)
    scores = asked(name, Seen(person, embeddings))
    assert scores[member].min() > np.median(scores[~member])


def test_one_person_alone_has_no_nearest_other() -> None:
    with pytest.raises(InputError, match="two people or more"):
        asked("own_minus_nearest_other", Seen(np.zeros(3, np.int64), np.eye(3, dtype=np.float32)))
