"""What an object of the user's own is, told by its answers about two photos."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from faceaudit.errors import InputError, OptionError
from faceaudit.systems.under_test.common.class_names import class_names
from faceaudit.systems.under_test.common.object_options import ObjectOptions
from faceaudit.systems.under_test.common.user_function import Answers

_EVEN = 1e-3
"""How far a sum of probabilities, or a length, may be from 1."""

_GIVES = {"identifier": "scores", "embedder": "embed"}


def answer_kind(
    name: str, trial: Answers, door: ObjectOptions, names: tuple[str, ...] | None, title: str
) -> str:
    """Return what a function gives: "labels", "scores" or "embed".

    Args:
        name: "call", or the method that was asked.
        trial: what it gave about two photos.
        door: what its user says of it.
        names: of the people it knows, where they are given.
        title: for people to read.

    Raises:
        InputError: it is nothing of these, or not what was said.
        OptionError: it may be either; the message names the option that says it.
    """
    if trial.ndim == 1 and trial.dtype.kind in "iu" and name in ("call", "labels"):
        if door.role == "embedder":
            raise InputError(
                f"expected an embedder, got {title}, an identifier that gives labels; try role: "
                "identifier"
            )
        return "labels"
    if name == "labels" or trial.ndim != 2 or trial.dtype.kind != "f" or trial.shape[1] < 2:
        wanted = {"labels": "whole numbers (N,)", "call": "floats (N, K) or whole numbers (N,)"}
        raise InputError(
            f"expected {title} to give {wanted.get(name, 'floats (N, K)')} for N photos, got "
            f"{trial.dtype} {trial.shape} for 2; return labels as int64, scores or embeddings as "
            "floats"
        )
    if not door.unanswered and not np.isfinite(trial).all():
        raise InputError(
            f"expected {title} to give finite numbers, got NaN or infinity in the trial; check its "
            "weights and preprocessing; where NaN says that no face was found, say unanswered: true"
        )
    if name != "call":
        return name
    told = _told(trial, names)
    if door.role is None and told is None:
        raise OptionError(
            f"expected scores that add up to 1, or embeddings of length 1, from {title}, got "
            f"{trial.shape[1]} numbers a photo that may be either; say role: identifier or role: "
            "embedder"
        )
    if door.role == "embedder" and told == "scores":
        raise InputError(
            f"expected an embedder, got {title}, an identifier: its numbers are those of "
            f"{trial.shape[1]} people; try role: identifier"
        )
    return told if door.role is None and told else _GIVES[door.role or "identifier"]


def _told(trial: Answers, names: tuple[str, ...] | None) -> str | None:
    even = np.allclose(trial.sum(axis=1), 1, rtol=0, atol=_EVEN)
    if (even and (trial >= 0).all()) or (names is not None and len(names) == trial.shape[1]):
        return "scores"
    if np.allclose(np.linalg.norm(trial, axis=1), 1, rtol=0, atol=_EVEN):
        return "embed"
    return None


def known_names(
    tried: Mapping[str, Answers], names: tuple[str, ...] | None, title: str
) -> tuple[str, ...]:
    """Return whom an identifier knows.

    Raises:
        InputError: another number of names than of scores.
        OptionError: it gives labels alone, and no names were given.
    """
    if "scores" in tried:
        return class_names(tried["scores"].shape[1], names)
    if names is None:
        raise OptionError(
            f"expected the names of the people that {title} knows, as it gives labels alone, got "
            "none; say names: FILE with one a line, in the order of the labels"
        )
    return names
