"""The gate: whether two lists of pairs can carry a membership figure."""

from __future__ import annotations

import os
from collections.abc import Sequence

import numpy as np

from faceaudit.api.arguments import StrPath, check_count, path_of, shown
from faceaudit.errors import InputError, OptionError
from faceaudit.gate.embedded import Embedded, distances, read_embedded
from faceaudit.gate.examine import Gate, examine
from faceaudit.gate.lists import PairList, read_list

ListLike = PairList | StrPath
"""A list of pairs, or the file of one."""


def check_lists(
    members: ListLike,
    nonmembers: ListLike,
    *,
    fprs: Sequence[float] = (0.01,),
    fitted_in_sample: bool | None = None,
    adaptive: bool | None = None,
    embeddings: Sequence[Embedded | StrPath] = (),
    seed: int = 0,
) -> Gate:
    """Say whether a membership figure from two lists of pairs may be believed; no photo is read.

    Args:
        members: pairs that the model was trained on: a file as `evaluate_verification` reads it.
        nonmembers: pairs that it was not trained on.
        fprs: the false positive rates that will be reported.
        fitted_in_sample: whether the attack was scored on the records that it was fitted on; None
            when that is not known.
        adaptive: whether an attacker who knows the protection was tried, too; None likewise.
        embeddings: .npz files by networks that are not attacked, from `faceaudit embed --output`:
            the blind baseline then sees the distances of pairs, too.
        seed: of what is drawn.

    Returns:
        A `Gate` with its `checks`, whether the lists are `valid`, and a `summary` in one sentence.

    Raises:
        OptionError: a list is not there.
        PairsError: a list cannot be read.
        InputError: a list is empty, a rate is not in (0, 1], an answer is none, or
            embeddings do not fit.

    Example:
        ::

            found = faceaudit.check_lists("members.csv", "nonmembers.csv", adaptive=True)
            print(found.summary)
            for check in found.failed:
                print(check.name, check.message)
    """
    for listed in (members, nonmembers):
        _check_list(listed)
    if isinstance(embeddings, str) or not isinstance(embeddings, Sequence):
        raise InputError(
            f"expected a list of embeddings, got {shown(embeddings)}; try embeddings=[...]"
        )
    if isinstance(fprs, str) or not isinstance(fprs, Sequence):
        raise InputError(f"expected a list of rates, got {shown(fprs)}; try fprs=[0.01]")
    for rate in fprs:
        if isinstance(rate, bool) or not isinstance(rate, int | float | np.integer | np.floating):
            raise InputError(f"expected a rate in (0, 1], got {shown(rate)}; try fprs=[0.01]")
    _check_answer(fitted_in_sample, "fitted_in_sample")
    _check_answer(adaptive, "adaptive")
    check_count(seed, "seed", least=0)
    embedded = [
        one if isinstance(one, Embedded) else read_embedded(path_of(one, "embeddings"))
        for one in embeddings
    ]
    people = embedded[0].people if embedded else None
    lists = [
        listed if isinstance(listed, PairList) else read_list(os.fspath(listed), people=people)
        for listed in (members, nonmembers)
    ]
    features = None
    if embedded:
        one, two = (np.stack([distances(pairs, e) for e in embedded], axis=1) for pairs in lists)
        features = one, two
    return examine(
        *lists,
        features=features,
        fitted_in_sample=fitted_in_sample,
        adaptive=adaptive,
        fprs=fprs,
        rng=np.random.default_rng(seed),
    )


def _check_answer(value: object, what: str) -> None:
    """Raise `InputError` for what is neither yes, no nor unknown."""
    if value is not None and not isinstance(value, bool):
        raise InputError(
            f"expected {what} as True, False, or None for unknown, got {shown(value)}; try "
            f"{what}=True"
        )


def _check_list(listed: object) -> None:
    """Raise for what can be no list of pairs.

    Raises:
        OptionError: nothing is there.
        InputError: it is no path.
    """
    if isinstance(listed, PairList):
        return
    if not isinstance(listed, str | os.PathLike):
        raise InputError(
            f"expected a list of pairs, got {shown(listed)}; give a file or a PairList"
        )
    path = path_of(listed, "a list of pairs")
    if "${" not in str(path) and not path.exists():
        raise OptionError(f"expected a list of pairs, got {listed}, nothing there; check the path")
