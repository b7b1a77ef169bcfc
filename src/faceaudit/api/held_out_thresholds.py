"""Thresholds of a verifier for false match rates, from people whom it did not learn from."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from faceaudit.faces.pairs.held_out import HeldOut
from faceaudit.faces.pairs.read import photo_rows
from faceaudit.metrics import OperatingPoint, operating_points
from faceaudit.protocols.strangers import draw_strangers
from faceaudit.systems.verifiers.bank import CLIP
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.systems.verifiers.verifier import Verifier
from faceaudit.types import FaceSet

STEPS = 100
"""Thresholds that are told apart between two whole logits."""


def held_out_thresholds(
    verifier: Verifier,
    embedded: EmbeddedPairs,
    held: HeldOut,
    faces: FaceSet,
    fmrs: Sequence[float],
) -> list[OperatingPoint]:
    """Return a threshold for each false match rate, with both errors on held-out people.

    Where pairs were built, it rests on comparisons of strangers, each two people as often as
    others, drawn from the photos of the held-out pairs; else on the listed pairs themselves.
    Thresholds are of a grid, so that none tells the score of a pair.

    Args:
        verifier: which learned from the other pairs.
        embedded: P pairs.
        held: which of them are held out.
        faces: their photos.
        fmrs: false match rates, above 0 and below 1.
    """
    rows = np.column_stack(photo_rows(held.pairs, faces))
    test = embedded.take(held.test)
    scores, mine = verifier.score_pairs(test), rows[held.test]
    impostor, those = scores[~test.same], mine[~test.same]
    if held.built:
        # Which photo each row of embeddings is of.
        place, at = np.unique(np.concatenate([test.first, test.second]), return_index=True)
        photo = mine.T.ravel()[at]
        one, two = draw_strangers(
            [faces.ids[row] for row in photo.tolist()],
            [faces.names[person] for person in faces.identity[photo].tolist()],
        )
        never = np.zeros(len(one), dtype=np.bool_)
        strangers = EmbeddedPairs(
            embedded.embeddings, place[one], place[two], never, embedded.backbones
        )
        impostor, those = verifier.score_pairs(strangers), np.column_stack([photo[one], photo[two]])
    people = faces.identity[mine[test.same]], faces.identity[those]
    return operating_points(scores[test.same], impostor, fmrs, people=people, rounded=on_grid)


def on_grid(threshold: float) -> float:
    """Return the next threshold from a probability up whose logit is of a grid, as a float32.

    >>> on_grid(0.5), round(on_grid(0.501), 4), on_grid(1.0)
    (0.5, 0.5025, 1.0)
    """
    if not CLIP < threshold < 1 - CLIP:
        return threshold
    step = math.ceil(STEPS * (math.log(threshold) - math.log1p(-threshold)) - 1e-9)
    while True:
        found = float(np.float32(1 / (1 + math.exp(-step / STEPS))))
        if found >= threshold:
            return found
        step += 1
