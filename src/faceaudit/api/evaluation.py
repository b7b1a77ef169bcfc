"""Evaluation of an embedder by the protocols of the field."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import faceaudit
from faceaudit.api.arguments import (
    Cache,
    StrPath,
    check_count,
    folders,
    output_of,
    shown,
)
from faceaudit.api.embedding import EmbedderLike, check_embedder
from faceaudit.api.faces import FacesLike, LoadedFaces, check_faces, faces_at
from faceaudit.api.scores import check_drawing
from faceaudit.api.spelling import AlignLike
from faceaudit.errors import InputError, PairsError, SplitError
from faceaudit.faces.alignment.common.detecting import DetectingAligner
from faceaudit.faces.groups import Grouping, groupings
from faceaudit.faces.loaded import LeftOut
from faceaudit.faces.pairs.build import build_pairs
from faceaudit.faces.pairs.read import Pairs, read_pairs
from faceaudit.files.paths import expand
from faceaudit.networks.describe import spelled
from faceaudit.progress import Progress, silent
from faceaudit.protocols import Identification, Result, Verification, identify, verify
from faceaudit.protocols.acquisition import Failed, failed_photos, with_failed
from faceaudit.protocols.det import draw_det
from faceaudit.protocols.strangers import STRANGERS
from faceaudit.types import FaceSet, PairSet

FOLDS = 10
"""Folds, where a list states none, and where enough people are there to build pairs of."""

PER_PERSON = 10
"""Genuine pairs a person, when pairs are built."""

PairsLike = Pairs | PairSet | StrPath | None
"""Pairs of photos, a file that lists them, or None for pairs built from the people."""


def evaluate_verification(
    embedder: EmbedderLike,
    faces: FacesLike,
    pairs: PairsLike = None,
    *,
    per_person: int = PER_PERSON,
    folds: int | None = None,
    align: AlignLike | None = None,
    scores_out: StrPath | None = None,
    det: StrPath | None = None,
    groups: Sequence[str] | None = None,
    cache: Cache = None,
    progress: Progress = silent,
    **protocol: Any,
) -> Result:
    """Tell whether pairs of photos show one person: accuracy, TAR at FARs, thresholds, EER, AUC.

    Intervals take comparisons that share a person as clusters, by who is on the photos. Where pairs
    are built, the thresholds rest on comparisons of strangers, each two people as often as others;
    else on the listed pairs. Where a detector aligned the photos, those without a face are counted.

    Args:
        embedder: a network with its weights.
        faces: loaded faces of the embedder's size, or where to load them from, as `load_faces`
            takes it.
        pairs: LFW's pairs.txt, a CSV, a list or an insightface .bin; a `PairSet`; or None for pairs
            built from the people in the faces.
        per_person: genuine pairs a person, when pairs are built.
        folds: where the list of pairs states none; 10, or fewer for fewer than 20 people when pairs
            are built.
        align: how the face in each photo is found, where they are loaded now; of a list of pairs
            no other photos are decoded then.
        scores_out: a CSV file to write every comparison with its score to, for `evaluate_scores`.
        det: a file, .svg or .png, to draw the detection error tradeoff to.
        groups: attributes of the faces by which error rates are given for groups of people; those
            that the source knows when None, none when empty.
        cache: a folder for packed photos and embeddings, or a `Store` to keep them beside it;
            `$FACEAUDIT_CACHE` or `~/.cache/faceaudit` when None.
        progress: told of every photo.
        protocol: options of the protocol, as in `flip="sum"`; `faceaudit evaluate options` lists
            them.

    Returns:
        Figures with their intervals, `thresholds` for the false match rates asked for (`fmrs`),
        errors there by group (`groups`), what all rests on (`facts`), and what was left out
        (`listed`).

    Raises:
        InputError: no embedder, faces of another size, or groups that these do not have.
        OptionError: an option of the protocol is wrong, or a file cannot be written.
        PairsError: the pairs cannot be read, or the faces lack their photos.
        SplitError: there are too few people or pairs.

    Example:
        ::

            found = faceaudit.evaluate_verification(embedder, "lfw:~/lfw/images", "~/lfw/pairs.txt")
            print(found.figure("accuracy"))
    """
    asked = Verification(**protocol)
    chosen = check_embedder(embedder)
    check_faces(faces, align)
    check_pairs(pairs, per_person, folds)
    file = None if scores_out is None else output_of(scores_out, "a file to write scores to")
    drawing = check_drawing(det, beside=file)
    work = folders(cache, progress)
    loaded = faces_at(faces, [chosen.size], work, align=align, only=pairs)[0]
    failed = failures_of(loaded)
    listed = find_pairs(
        loaded.faces, pairs, per_person=per_person, folds=folds, failed=failed or ()
    )
    result = verify(
        chosen,
        loaded.faces,
        listed.pairs,
        asked,
        cache=work.embeddings,
        failed=failed,
        strangers=STRANGERS if listed.built else 0,
        scores=file,
        groupings=_groupings(loaded, groups),
        progress=progress,
    )
    if drawing is not None:
        draw_det({chosen.network.name: result}, drawing)
    return _with_facts(result, embedder, loaded, listed.left_out)


def evaluate_identification(
    embedder: EmbedderLike,
    faces: FacesLike,
    *,
    align: AlignLike | None = None,
    groups: Sequence[str] | None = None,
    cache: Cache = None,
    progress: Progress = silent,
    **protocol: Any,
) -> Result:
    """Search a gallery with photos of its people and of strangers: rank-k, TPIR at FPIRs.

    Intervals take the photos of one person as a cluster, and the gallery as given. Where a detector
    aligned the photos, those without a face are counted.

    Args:
        embedder: a network with its weights.
        faces: loaded faces of the embedder's size, or where to load them from, as `load_faces`
            takes it.
        align: how the face in each photo is found, where they are loaded now.
        groups: attributes of the faces by which error rates are given for groups of people; those
            that the source knows when None, none when empty.
        cache: a folder for packed photos and embeddings, or a `Store` to keep them beside it;
            `$FACEAUDIT_CACHE` or `~/.cache/faceaudit` when None.
        progress: told of every photo.
        protocol: options of the protocol, as in `gallery=2`; `faceaudit evaluate options` lists
            them.

    Returns:
        Figures with their intervals, errors by group (`groups`), what all rests on (`facts`), and
        what was left out (`listed`).

    Raises:
        InputError: no embedder, faces of another size, or groups that these do not have.
        OptionError: an option of the protocol is wrong.
        SplitError: nobody can be enrolled.

    Example:
        ::

            found = faceaudit.evaluate_identification(embedder, "folder:/photos", gallery=2)
            print(found.figure("rank-1"))
    """
    asked = Identification(**protocol)
    chosen = check_embedder(embedder)
    check_faces(faces, align)
    work = folders(cache, progress)
    loaded = faces_at(faces, [chosen.size], work, align=align)[0]
    failed = failures_of(loaded)
    result = identify(
        chosen,
        loaded.faces,
        asked,
        cache=work.embeddings,
        failed=failed,
        groupings=_groupings(loaded, groups),
        progress=progress,
    )
    return _with_facts(result, embedder, loaded, ())


def _groupings(loaded: LoadedFaces, wanted: Sequence[str] | None) -> tuple[Grouping, ...]:
    """Return the groups of people that error rates are given by."""
    source = loaded.source
    names = {} if source is None else source.value_names
    return groupings(loaded.faces, names, wanted, () if source is None else source.divided_by)


def find_pairs(
    faces: FaceSet,
    pairs: PairsLike = None,
    *,
    per_person: int = PER_PERSON,
    folds: int | None = None,
    failed: Sequence[Failed] = (),
) -> Pairs:
    """Return the pairs of a list whose photos are there, or pairs built from the people.

    Args:
        faces: the photos.
        pairs: a file that lists them, pairs that are known, or None to build them.
        per_person: genuine pairs a person, when pairs are built.
        folds: where the list states none; 10, or fewer for fewer than 20 people when pairs are
            built.
        failed: photos in which no face was found; their pairs are among those returned.

    Raises:
        PairsError: the file cannot be read, or holds no pair of these photos.
        SplitError: there are too few people to build pairs of.
    """
    if isinstance(pairs, Pairs):
        return pairs
    if isinstance(pairs, PairSet):
        return Pairs(pairs)
    tried, _ = with_failed(faces, failed)
    if pairs is not None:
        return read_pairs(os.fspath(pairs), tried, folds=folds or FOLDS)
    people = len(tried.names)
    if people < 4:
        raise SplitError(
            f"expected at least 4 people, two in each of two folds, to build pairs of, got {people}"
            "; give a list of pairs (--pairs), or photos of more people"
        )
    folds = folds or min(FOLDS, people // 2)
    built = build_pairs(tried, genuine_per_person=per_person, folds=folds, seed=0)
    return Pairs(built, built=True)


def failures_of(loaded: LoadedFaces) -> tuple[Failed, ...] | None:
    """Return the photos in which a detector found no face; None where none looked for faces."""
    if not isinstance(loaded.align, DetectingAligner):
        return None
    return failed_photos(loaded.left_out)


def check_pairs(pairs: object, per_person: object, folds: object = None) -> None:
    """Raise for what can be no pairs, before anything is loaded.

    Raises:
        PairsError: the file is not there.
        InputError: they are neither pairs nor a file, or a number is none.
    """
    check_count(per_person, "per_person")
    if folds is not None:
        check_count(folds, "folds", least=2)
    if isinstance(pairs, str | os.PathLike):
        expand(pairs, error=PairsError)
    elif pairs is not None and not isinstance(pairs, Pairs | PairSet):
        raise InputError(
            f"expected pairs as a file or a PairSet, got {shown(pairs)}; try 'pairs.txt', or leave "
            "them out: they are built then"
        )


def _with_facts(
    result: Result, embedder: EmbedderLike, loaded: LoadedFaces, left_out: Iterable[LeftOut]
) -> Result:
    """Return a result with all that it rests on."""
    network = check_embedder(embedder).network
    height, width = network.size
    source = loaded.source
    facts: Mapping[str, Any] = {
        "faceaudit": faceaudit.__version__,
        "source": None if source is None else source.spec().as_json(),
        "noted": len(loaded.remarks),
        "input": f"{height} high, {width} wide",
        "preparation": spelled(network.preparation),
        "weights_file_sha256": getattr(embedder, "sha256", None),
        **result.facts,
    }
    listed = tuple((item.id, item.reason) for item in (*loaded.left_out, *left_out))
    return replace(result, facts=facts, listed=listed)
