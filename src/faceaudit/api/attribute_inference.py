"""What templates tell of an attribute, measured once, without a plan or a store."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from faceaudit.api.arguments import check_count
from faceaudit.attacks.attribute_inference import AttributeAttack, Labelled, attribute_attacks
from faceaudit.audit.attribute_inference.measuring import infer
from faceaudit.errors import InputError
from faceaudit.metrics import normalized
from faceaudit.types import BoolArray, Estimate, Float64Array, IntArray

LEAST = 2
"""People with a value at least, among those attacked."""


@dataclass(frozen=True, eq=False)
class InferredAttributes:
    """What an attack finds of an attribute.

    Attributes:
        auc: how often a photo with a value scores above one without, the mean over values; 0.5 is
            guessing.
        balanced_accuracy: share of photos whose value is named rightly, the mean over values.
        excess: that share less the share by guessing, one divided by the number of values.
        values: (V,) the values that are told apart, rising.
        scores: (M, V) how likely each attacked photo has each value, by the attack.
        attacked: (N,) which of the photos given were attacked; the others were learned from, or
            have a value that is not told apart.
        labelled: how many people were learned from.
        queries: scores that the system was asked for; 0 where templates are at hand.
        answers: (K, V) how likely each further template that was asked about has each value; the
            highest of a row is the answer.
    """

    auc: Estimate
    balanced_accuracy: Estimate
    excess: Estimate
    values: IntArray
    scores: Float64Array
    attacked: BoolArray
    labelled: int
    queries: int
    answers: Float64Array


def infer_attributes(
    templates: npt.ArrayLike,
    attribute: npt.ArrayLike,
    people: npt.ArrayLike,
    *,
    attack: str | Mapping[str, Any] | AttributeAttack = "linear_probe",
    labelled: int | npt.ArrayLike | None = None,
    asked: npt.ArrayLike | None = None,
    seed: int = 0,
) -> InferredAttributes:
    """Return how well an attribute can be read off templates.

    People are dealt to labelled ones, whom the attack learns from, and others, whose attribute it
    then names: nobody is both. Intervals are over the people attacked.

    Args:
        templates: (N, E) embeddings of N photos, of any length; brought to length 1.
        attribute: (N,) whole numbers, a value of each photo; negative ones are unknown, and the
            photos left out.
        people: (N,) whole numbers, who is on each photo.
        attack: an attack's name, or a mapping with its options, as a plan has it.
        labelled: people to learn from, as a number, or who they are; half of them unless given.
        asked: (K, E) further templates by the same network, whose attribute is asked for: by the
            same attack, and in no figure. None of them should be of a person above.
        seed: deals people, and draws whatever the attack draws.

    Raises:
        InputError: columns that do not fit, too few people, or one value alone.
        UnknownName: there is no such attack.

    >>> rng = np.random.default_rng(0)
    >>> people = np.repeat(np.arange(80), 3)
    >>> beard = people % 2
    >>> templates = rng.normal(size=(240, 8))
    >>> templates[:, 0] += 3 * beard
    >>> found = infer_attributes(templates, beard, people)
    >>> found.auc.value > 0.9, found.excess.low > 0, found.labelled
    (True, True, 40)
    """
    vectors, value, person = _checked(templates, attribute, people)
    further = None if asked is None else _checked_templates(asked, vectors.shape[1])
    rng = np.random.default_rng(check_count(seed, "seed", least=0))
    known = value >= 0
    names = rng.permutation(np.unique(person[known]))
    chosen, count = _chosen(labelled, names)
    if not 2 <= count <= len(names) - 2:
        raise InputError(
            f"expected from 2 to {max(2, len(names) - 2)} labelled people of {len(names)}, got "
            f"{count}; give templates of more people"
        )
    learned = known & np.isin(person, chosen)
    attacked = known & ~learned
    values = np.array(
        [
            one
            for one in np.unique(value[attacked])
            if len(np.unique(person[attacked & (value == one)])) >= LEAST
        ],
        dtype=np.int64,
    )
    if len(values) < 2:
        raise InputError(
            f"expected two values or more that {LEAST} attacked people have each, got "
            f"{len(values)}; give templates of more people"
        )
    told = np.isin(value, values)
    learned, attacked = learned & told, attacked & told
    if not learned.any():
        raise InputError("expected labelled people with one of the values, got none; label more")
    place = np.searchsorted(values, value)
    found = infer(
        attribute_attacks.build(attack),
        Labelled(vectors[learned], place[learned], person[learned], len(values)),
        vectors[attacked],
        place[attacked],
        person[attacked],
        rng,
        further,
    )
    return InferredAttributes(
        auc=found.auc,
        balanced_accuracy=found.balanced_accuracy,
        excess=found.excess,
        values=values,
        scores=found.scores,
        attacked=attacked,
        labelled=count,
        queries=found.queries,
        answers=found.asked,
    )


def _chosen(labelled: int | npt.ArrayLike | None, names: IntArray) -> tuple[IntArray, int]:
    """Return the people to learn from, as far as there are so many, and how many are wanted."""
    if labelled is None or np.ndim(labelled) == 0:
        half = len(names) // 2
        count = half if labelled is None else check_count(labelled, "labelled people")
        return names[:count], count
    chosen = np.unique(np.asarray(labelled))
    if chosen.dtype.kind not in "iu" or not np.isin(chosen, names).all():
        raise InputError(
            "expected labelled people among those on the photos, got others; give numbers that "
            "stand in people, of photos whose attribute is known"
        )
    return chosen.astype(np.int64), len(chosen)


def _checked(
    templates: npt.ArrayLike, attribute: npt.ArrayLike, people: npt.ArrayLike
) -> tuple[npt.NDArray[np.float32], IntArray, IntArray]:
    vectors = _checked_templates(templates)
    columns = []
    for name, column in (("attribute", attribute), ("people", people)):
        given = np.asarray(column)
        if given.shape != (len(vectors),) or given.dtype.kind not in "iub":
            raise InputError(
                f"expected {name} ({len(vectors)},) as whole numbers, got {given.shape} "
                f"{given.dtype}"
            )
        columns.append(given.astype(np.int64))
    return vectors, columns[0], columns[1]


def _checked_templates(
    templates: npt.ArrayLike, length: int | None = None
) -> npt.NDArray[np.float32]:
    """Return templates (N, E) of length 1."""
    vectors = np.asarray(templates)
    wrong = length is not None and vectors.shape[1:] != (length,)
    if (
        wrong
        or vectors.ndim != 2
        or vectors.dtype.kind not in "fiu"
        or not np.isfinite(vectors).all()
    ):
        raise InputError(
            f"expected templates (N, {length or 'E'}) of finite numbers, got {vectors.shape} "
            f"{vectors.dtype}"
        )
    return normalized(vectors.astype(np.float32))
