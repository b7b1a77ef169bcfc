"""One verifier for use, trained on embedded pairs with a mitigation or none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from faceaudit.errors import InputError, OptionError
from faceaudit.faces.alignment import Align
from faceaudit.faces.crop import Crop
from faceaudit.mitigations.membership.base import MembershipMitigation, Task, membership_mitigations
from faceaudit.progress import Progress, silent
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.systems.predictors import Predictor
from faceaudit.systems.verifiers.bank import VerifierBank, unchanged
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.systems.verifiers.verifier import DEFAULT_THRESHOLD, Query, Verifier
from faceaudit.types import IntArray


def train_verifier(
    embedders: Sequence[Embedder],
    pairs: EmbeddedPairs,
    predictor: Predictor,
    *,
    rows: IntArray | None = None,
    mitigation: str | Mapping[str, Any] | MembershipMitigation = "none",
    seed: int = 0,
    threshold: float = DEFAULT_THRESHOLD,
    align: Align | None = None,
    crop: Crop = 1.0,
    trained: Mapping[str, Any] | None = None,
    progress: Progress = silent,
) -> Verifier:
    """Return a verifier whose predictor is trained on pairs; the same seed gives the same one.

    Args:
        embedders: the K backbones that embedded the pairs, in that order.
        pairs: pairs of photos, embedded, in the common space.
        predictor: what decides.
        rows: (n,) the pairs to train on; all when None.
        mitigation: how it is trained and asked. One that changes answers after they are made, or
            puts another predictor in place, cannot be kept in a verifier.
        seed: of the training.
        threshold: the score from which on a pair is accepted.
        align: how the face in a photo is found; None keeps the crop.
        crop: the part of a photo that is kept where no face is looked for.
        trained: what a reader wants to know of the training: plain values.
        progress: told of every step.

    Raises:
        InputError: the pairs are not of these backbones.
        OptionError: a mitigation that a verifier cannot hold, or that wants other backbones.
    """
    if len(embedders) != len(pairs.backbones):
        raise InputError(
            f"expected the {len(pairs.backbones)} backbones that embedded the pairs, got "
            f"{len(embedders)}"
        )
    built = membership_mitigations.build(mitigation)
    rows = np.arange(len(pairs)) if rows is None else rows
    nothing = np.zeros(0, dtype=np.int64)
    task = Task(pairs, rows[None], nothing, predictor, [seed], progress, "verifier")
    made = built.verifiers(task, built.train(task))
    query = built.user_query()
    _refuse_other_query(built, made, query, len(embedders))
    _refuse_other(built, made, task)
    return Verifier(
        tuple(embedders),
        made.bank,
        predictor,
        query=query,
        threshold=threshold,
        align=align,
        crop=crop,
        trained=dict(trained or {}),
    )


def mitigation_for(
    backbones: int, facebone: str | None, query: str = "one"
) -> MembershipMitigation:
    """Return how a verifier of so many backbones is trained and asked.

    Args:
        backbones: how many there are.
        facebone: which backbone a pair is learned with: "pair", "batch" or "all"; needed for
            several.
        query: how users ask several: "one", "random" or "average".

    Raises:
        OptionError: that does not go together.
    """
    if facebone is not None:
        built = membership_mitigations.build(
            {"mitigation": "facebone", "assignment": facebone, "query": query}
        )
        if backbones == 1:
            raise OptionError(
                "expected at least two backbones with facebone, got one; give a network and its "
                "weights for each (--network, --weights), or leave facebone out"
            )
        return built
    if backbones == 1 and query != "one":
        raise OptionError(
            "expected several backbones and --facebone pair, batch or all for --query "
            f"{query}, got one backbone; give a network and its weights for each (--network, "
            "--weights), or leave query out"
        )
    if backbones > 1:
        raise OptionError(
            f"expected --facebone pair, batch or all for {backbones} backbones, got none; say "
            "which backbone a pair is learned with"
        )
    return membership_mitigations.build("none")


def _refuse_other_query(
    mitigation: MembershipMitigation, made: VerifierBank, query: Query, backbones: int
) -> None:
    """Raise `OptionError` where users ask about known pairs otherwise than about any photo."""
    nothing_drawn = np.zeros(len(made.user_backbones), dtype=np.uint64)
    asked = query.user_backbones(nothing_drawn, backbones)
    if query.mode != "random" and not np.array_equal(made.user_backbones, asked):
        raise OptionError(
            "expected a mitigation that asks the first backbone, or facebone, got "
            f"{mitigation.name!r}; try another"
        )


def _refuse_other(mitigation: MembershipMitigation, made: VerifierBank, task: Task) -> None:
    """Raise `OptionError` unless stack and predictor are all that is behind the answers."""
    if made.answer is not unchanged:
        raise OptionError(
            f"expected a mitigation that leaves answers as they are, got {mitigation.name!r}, "
            "which a file of a verifier cannot hold; try facebone or none"
        )
    first, second = (
        side[:, 0] for side in task.pairs.sides(made.user_backbones, task.rows[0, :16])
    )
    try:
        again = task.predictor.restore(made.bank.state()).logits(first, second)
    except (KeyError, ValueError, RuntimeError, AttributeError):
        again = None
    if again is None or not np.array_equal(again, made.bank.logits(first, second)):
        raise OptionError(
            f"expected a mitigation that trains the predictor {task.predictor.name!r}, got "
            f"{mitigation.name!r}, which trains another; give that one as the predictor"
        )
