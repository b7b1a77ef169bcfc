"""One attack on one attribute, and what it finds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from faceaudit.attacks.attribute_inference import AttributeAttack, Labelled
from faceaudit.metrics.classes import above, balanced_share, macro_auc
from faceaudit.types import Estimate, Float64Array, FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Inferred:
    """What an attack says of attacked photos, and how right it is.

    Attributes:
        scores: (M, V) how likely each value is, by the attack.
        auc: how often a photo with a value scores above one without; 0.5 is guessing.
        balanced_accuracy: share of photos whose value is named rightly, values alike.
        excess: that share less the share by guessing, 1 / V.
        queries: scores that the system was asked for; 0 where templates are at hand.
        asked: (K, V) how likely each value is of further templates.
    """

    scores: Float64Array
    auc: Estimate
    balanced_accuracy: Estimate
    excess: Estimate
    queries: int
    asked: Float64Array


def infer(
    attack: AttributeAttack,
    labelled: Labelled,
    templates: FloatArray,
    value: IntArray,
    people: IntArray,
    rng: np.random.Generator,
    asked: FloatArray | None = None,
) -> Inferred:
    """Return what an attack finds that learned from labelled people.

    Args:
        attack: with its options.
        labelled: none of the people attacked.
        templates: (M, E) of the photos attacked, of length 1.
        value: (M,) the true values, 0 to V - 1; each occurs.
        people: (M,) who is on the photos: intervals are over them.
        rng: draws whatever is drawn.
        asked: (K, E) further templates of length 1, whose value nobody knows.
    """
    further = templates[:0] if asked is None else asked
    # As they are kept: a difference by rounding alone is none, and figures follow from evidence.
    told = attack.scores(labelled, np.concatenate([templates, further]), rng)
    told = told.astype(np.float32).astype(np.float64)
    scores, rest = told[: len(templates)], told[len(templates) :]
    share = balanced_share(answers(scores), value, people)
    return Inferred(
        scores,
        macro_auc(scores, value, people),
        share,
        above(share, 1 / labelled.values),
        attack.queries(labelled, len(templates) + len(further)),
        rest,
    )


def answers(scores: Float64Array) -> IntArray:
    """Return (M,) the value that scores highest; of equal ones one after the other.

    So an attack that knows nothing of two values names each of them as often, and not one alone.
    """
    best = scores == scores.max(axis=1, keepdims=True)
    turn = np.arange(len(scores)) % best.sum(axis=1)
    chosen: IntArray = np.argmax(np.cumsum(best, axis=1) == turn[:, None] + 1, axis=1)
    return chosen
