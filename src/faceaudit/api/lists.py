"""The gate: whether two lists of pairs can carry a membership figure."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from faceaudit.api.arguments import StrPath, check_count, path_of, shown
from faceaudit.api.spelling import SourceLike, find_source
from faceaudit.errors import InputError, OptionError
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.reading.layout import PhotoFile
from faceaudit.faces.reading.listing import list_photos
from faceaudit.faces.sources.common.photo_source import PhotoSource
from faceaudit.gate.embedded import Embedded, distances, read_embedded
from faceaudit.gate.examine import Gate, examine
from faceaudit.gate.lists import PairList, read_list
from faceaudit.gate.photos import TITLES, AnyLayout, Stream, measure_photos, pair_features
from faceaudit.progress import Progress, silent
from faceaudit.types import Float64Array

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
    photos: SourceLike | None = None,
    seed: int = 0,
    progress: Progress = silent,
) -> Gate:
    """Say whether a membership figure from two lists of pairs may be believed.

    Args:
        members: pairs that the model was trained on: a file as `evaluate_verification` reads it.
        nonmembers: pairs that it was not trained on.
        fprs: the false positive rates that will be reported.
        fitted_in_sample: whether the attack was scored on the records that it was fitted on; None
            when that is not known.
        adaptive: whether an attacker who knows the protection was tried, too; None likewise.
        embeddings: .npz files by networks that are not attacked, from `faceaudit embed --output`:
            the blind baseline then sees the distances of pairs, too.
        photos: where the photos of the lists are: a folder, however they are filed in it, or a
            source as `load_faces` takes it. The blind baseline then sees brightness, contrast,
            sharpness, size and compression of the files, too. None reads no photo.
        seed: of what is drawn.
        progress: told how many photos are done.

    Returns:
        A `Gate` with a `verdict`, its `checks`, whether the lists are `valid`, and photos that were
        `left_out` because they could not be read.

    Raises:
        OptionError: a list or the folder of photos is not there.
        PairsError: a list cannot be read.
        SourceError: there are no photos where they should be.
        InputError: a rate is not in (0, 1], an answer is none, embeddings do not fit, or no photo
            of the lists is among the photos.

    Example:
        ::

            found = faceaudit.check_lists("members.csv", "nonmembers.csv", adaptive=True)
            print(found.verdict)
            for check in found.failed:
                print(check.name, check.message)
    """
    for listed in (members, nonmembers):
        _check_list(listed)
    _check_rates(fprs)
    _check_answer(fitted_in_sample, "fitted_in_sample")
    _check_answer(adaptive, "adaptive")
    check_count(seed, "seed", least=0)
    embedded = _read_embeddings(embeddings)
    people = embedded[0].people if embedded else None
    trained, other = (
        listed if isinstance(listed, PairList) else read_list(os.fspath(listed), people=people)
        for listed in (members, nonmembers)
    )
    seen, left_out = _look_at((trained, other), embedded, photos, progress)
    gate = examine(
        trained,
        other,
        features=(seen.members, seen.nonmembers) if seen.names else None,
        feature_names=seen.names,
        fitted_in_sample=fitted_in_sample,
        adaptive=adaptive,
        said=True,
        fprs=fprs,
        rng=np.random.default_rng(seed),
    )
    return replace(gate, left_out=left_out)


@dataclass(frozen=True, eq=False)
class _Seen:
    """What is seen of pairs beside their names: (P, F) and (Q, F) numbers, and F names."""

    members: Float64Array
    nonmembers: Float64Array
    names: tuple[str, ...]


def _look_at(
    lists: tuple[PairList, PairList],
    embedded: Sequence[Embedded],
    photos: SourceLike | None,
    progress: Progress,
) -> tuple[_Seen, tuple[LeftOut, ...]]:
    """Return distances of pairs and what their photos look like, and photos that are left out."""
    sides = [[np.zeros((len(pairs), 0))] for pairs in lists]
    names = tuple(f"distance {number}" for number in range(len(embedded)))
    for pairs, columns in zip(lists, sides, strict=True):
        columns += [distances(pairs, one)[:, None] for one in embedded]
    left_out: tuple[LeftOut, ...] = ()
    if photos is not None and all(map(len, lists)):
        measured = measure_photos(_stream_of(photos), lists, progress=progress)
        for pairs, columns in zip(lists, sides, strict=True):
            columns.append(pair_features(pairs, measured))
        names, left_out = (*names, *TITLES), measured.left_out
    return _Seen(np.hstack(sides[0]), np.hstack(sides[1]), names), left_out


def _read_embeddings(embeddings: object) -> list[Embedded]:
    if isinstance(embeddings, str) or not isinstance(embeddings, Sequence):
        raise InputError(
            f"expected a list of embeddings, got {shown(embeddings)}; try embeddings=[...]"
        )
    return [
        one if isinstance(one, Embedded) else read_embedded(path_of(one, "embeddings"))
        for one in embeddings
    ]


def _check_rates(fprs: object) -> None:
    """Raise `InputError` for what is no list of numbers."""
    if isinstance(fprs, str) or not isinstance(fprs, Sequence):
        raise InputError(f"expected a list of rates, got {shown(fprs)}; try fprs=[0.01]")
    for rate in fprs:
        if isinstance(rate, bool) or not isinstance(rate, int | float | np.integer | np.floating):
            raise InputError(f"expected a rate in (0, 1], got {shown(rate)}; try fprs=[0.01]")


def _stream_of(photos: SourceLike) -> Stream:
    """Return the photos of a folder in any layout, or of a source.

    Raises:
        SourceError: there are none.
        OptionError: the folder is not there, or a source has no files of photos.
    """
    if isinstance(photos, str | os.PathLike) and path_of(photos, "photos").is_dir():
        return partial(_stream_folder, path_of(photos, "photos"))
    if isinstance(photos, Path) or (isinstance(photos, str) and "/" in photos.partition(":")[0]):
        raise OptionError(f"expected a folder of photos, got {photos}, none there; check the path")
    source = find_source(photos)
    if not isinstance(source, PhotoSource):
        raise OptionError(
            f"expected a folder or a source of photos, got {source.name!r}, which has no files"
        )
    return source.photos().photos


def _stream_folder(folder: Path) -> Iterator[PhotoFile]:
    return (file.photo() for file in list_photos(folder, AnyLayout()).files)


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
