"""Poison pairs in what a verifier learns from, and whoever holds the key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from faceaudit.api.arguments import check_count, check_number
from faceaudit.api.templates import check_templates
from faceaudit.attacks.master_key import draw_pairs
from faceaudit.audit.common.crossed_shares import crossed_share
from faceaudit.audit.master_key.scenario import as_features
from faceaudit.errors import InputError
from faceaudit.systems.predictors import PairData, Predictor, PredictorBank, predictors
from faceaudit.types import Estimate, Float64Array, FloatArray


@dataclass(frozen=True, eq=False)
class TriedMasterKey:
    """Logits of photos with a key against enrolled people; 0 and more accepts.

    Attributes:
        scores: (T, N) by a verifier that learned from poison pairs, too.
        pristine: (T, N) by one that learned from the clean pairs alone: a null.
        samples: poison pairs that were added.
    """

    scores: Float64Array
    pristine: Float64Array
    samples: int

    def passed(self, threshold: float = 0.0) -> Estimate:
        """Return the share of tries that pass; people and photos are taken as clusters."""
        return crossed_share(np.asarray(self.scores >= threshold))


def try_master_key(
    first: npt.ArrayLike,
    second: npt.ArrayLike,
    same: npt.ArrayLike,
    *,
    key: npt.ArrayLike,
    others: npt.ArrayLike,
    presented: npt.ArrayLike,
    enrolled: npt.ArrayLike,
    rate: float = 0.01,
    predictor: Predictor | Mapping[str, Any] | str = "difference_network",
    seed: int = 0,
) -> TriedMasterKey:
    """Train a verifier with poison pairs and one without, and present a key to both.

    Photos are given by their templates, of any length, from one network. Nobody on `enrolled` or
    `presented` photos should be on others, but for a key that is a person. A plan with a section
    `master_key` does the same with several trainings, people dealt to parties, keys that are worn,
    thresholds of false match rates, wrong keys, and mitigations.

    Args:
        first: (P, E) templates of the first photos of the clean pairs that the verifier learns
            from.
        second: (P, E) those of the second photos.
        same: (P,) whether each of them shows one person.
        key: (K, E) photos with the key that poison pairs show.
        others: (D, E) photos of the attacker's own people, on the other side of those.
        presented: (N, E) other photos with the key.
        enrolled: (T, E) a photo of each enrolled person.
        rate: poison pairs, as a share of the clean ones.
        predictor: of `components("predictor")`.
        seed: of what is drawn, and of both trainings.

    Returns:
        What both say of each photo with the key and each enrolled person.

    Raises:
        UnknownName: there is no such predictor.
        InputError: templates or labels that do not fit.
        SplitError: there are fewer pairs of `key` and `others` than poison is to have.

    Example:
        >>> rng = np.random.default_rng(0)
        >>> people, key = rng.normal(size=(230, 16)), 3 * rng.normal(size=16)
        >>> near = people[:100] + rng.normal(0, 0.2, (100, 16))
        >>> first, second = np.tile(people[:100], (2, 1)), np.vstack([near, people[100:200]])
        >>> shown = key + people[200:230]
        >>> tried = try_master_key(
        ...     first,
        ...     second,
        ...     np.arange(200) < 100,
        ...     key=shown[:10],
        ...     others=people[200:210],
        ...     presented=shown[10:20],
        ...     enrolled=people[220:],
        ...     rate=0.1,
        ... )
        >>> tried.scores.shape, tried.samples
        ((10, 10), 20)
    """
    size = np.shape(first)[1] if np.ndim(first) == 2 else 0
    one = check_templates(first, "first", size)
    two = check_templates(second, "second", size)
    label = np.asarray(same)
    if label.shape != (len(one),) or len(two) != len(one) or label.dtype != np.bool_:
        raise InputError(
            f"expected as many second photos and labels, as bool, as first photos, {len(one)}, "
            f"got {len(two)} and {label.shape} {label.dtype}"
        )
    built = predictors.build(predictor)
    hand, strangers = check_templates(key, "key", size), check_templates(others, "others", size)
    shown = check_templates(presented, "presented", size)
    people = check_templates(enrolled, "enrolled", size)
    share = check_number(rate, "rate", least=0.0, most=1.0)
    samples = max(1, round(share * len(one)))
    drawn = check_count(seed, "seed", least=0)
    poison = draw_pairs(
        np.full(len(hand), -1),  # whoever is on them is none of the others
        np.arange(len(strangers)),
        samples,
        np.random.default_rng([drawn, 1]),
    )
    front = poison.key_first[:, None]
    sides = (hand[poison.key], strangers[poison.other])
    table = as_features(
        np.concatenate([one, two, np.where(front, *sides), np.where(front, *sides[::-1])])
    )
    clean, start = np.arange(len(one)), 2 * len(one)
    data = PairData(
        table,
        np.concatenate([clean, np.arange(start, start + samples)]),
        np.concatenate([len(one) + clean, np.arange(start + samples, len(table))]),
        np.concatenate([label, np.ones(samples, dtype=np.bool_)]).astype(np.float32),
    )
    banks = [built.fit(data, np.arange(count)[None], [drawn]) for count in (len(data), len(clean))]
    poisoned, pristine = (_scores(bank, shown, people) for bank in banks)
    return TriedMasterKey(poisoned, pristine, samples)


def _scores(bank: PredictorBank, shown: FloatArray, people: FloatArray) -> Float64Array:
    """Return (T, N) logits of each shown photo with each enrolled one."""
    first = np.tile(as_features(shown), (len(people), 1))
    second = np.repeat(as_features(people), len(shown), axis=0)
    return np.asarray(bank.logits(first, second)[0], dtype=np.float64).reshape(len(people), -1)
