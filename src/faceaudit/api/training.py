"""Training of a verifier: from faces and backbones to one file that tells people apart."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np

from faceaudit.api.arguments import Cache, StrPath, check_count, folders, output_of, shown
from faceaudit.api.embedding import EmbedderLike, check_embedders
from faceaudit.api.evaluation import PER_PERSON, PairsLike, check_pairs, find_pairs
from faceaudit.api.faces import FacesLike, LoadedFaces, check_faces, faces_at
from faceaudit.api.held_out_thresholds import held_out_thresholds
from faceaudit.api.rates import RateLike, find_rates
from faceaudit.api.spelling import AlignLike
from faceaudit.errors import InputError, OptionError, SplitError, StoreError
from faceaudit.faces.loaded import LeftOut, Loaded
from faceaudit.faces.pairs.held_out import HeldOut, build_held_out, hold_out
from faceaudit.faces.pairs.read import photo_rows
from faceaudit.metrics import FMRS, OperatingPoint, tar_at_far
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.mitigations.membership import MembershipMitigation
from faceaudit.mitigations.train_verifier import mitigation_for
from faceaudit.mitigations.train_verifier import train_verifier as train
from faceaudit.progress import Progress, silent
from faceaudit.systems.predictors import Predictor, predictors
from faceaudit.systems.verifiers.bank import logits_of
from faceaudit.systems.verifiers.embed_pairs import embed_pairs
from faceaudit.systems.verifiers.file import save_verifier
from faceaudit.systems.verifiers.pairs import EmbeddedPairs
from faceaudit.systems.verifiers.verifier import DEFAULT_THRESHOLD, Verifier
from faceaudit.types import Estimate, FaceSet, Figure, IntArray

FAR = 0.01
"""The false accept rate at which the true accept rate is told."""


@dataclass(frozen=True, eq=False)
class TrainedVerifier:
    """A verifier that was trained just now, and how well it does on people it was not trained on.

    Attributes:
        verifier: the verifier itself.
        figures: accuracy on held-out pairs, its TAR at a FAR of 0.01, and the accuracy on the pairs
            it was trained on, each with its interval and n.
        pairs: those it was trained on and those that were held out.
        faces: the photos, once for each backbone.
        mitigation: how it was trained and is asked.
        embeddings: the folder of each backbone's embeddings.
        thresholds: for each false match rate, a threshold with both errors on held-out people, or
            why there is none; those there are are kept in the verifier, too.
    """

    verifier: Verifier
    figures: tuple[Figure, ...]
    pairs: HeldOut
    faces: tuple[LoadedFaces, ...]
    mitigation: MembershipMitigation
    embeddings: tuple[Path, ...]
    thresholds: tuple[OperatingPoint, ...] = ()

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Photos, people and pairs that were not used, and why."""
        return (*self.faces[0].left_out, *self.pairs.left_out)

    def figure(self, metric: str) -> Estimate | None:
        """Return the estimate of a metric such as "accuracy, held out", or None without one."""
        return next((one.estimate for one in self.figures if one.metric == metric), None)

    def save(self, path: StrPath = "verifier.safetensors") -> Path:
        """Write the verifier to one file, for `load_verifier` and `faceaudit verify`.

        Raises:
            StoreError: the file cannot be written.
        """
        try:
            file = output_of(path, "a file to write the verifier to")
        except OptionError as error:
            raise StoreError(str(error)) from None
        save_verifier(self.verifier, file)
        return file


def train_verifier(
    faces: FacesLike | Sequence[FaceSet | Loaded],
    embedders: EmbedderLike | Sequence[EmbedderLike],
    *,
    pairs: HeldOut | PairsLike = None,
    per_person: int = PER_PERSON,
    held_out: float = 0.2,
    predictor: Predictor | Mapping[str, Any] | str = "difference_network",
    facebone: Literal["pair", "batch", "all"] | None = None,
    query: Literal["one", "random", "average"] = "one",
    threshold: float = DEFAULT_THRESHOLD,
    fmrs: Sequence[RateLike] = FMRS,
    align: AlignLike | None = None,
    seed: int = 0,
    cache: Cache = None,
    progress: Progress = silent,
) -> TrainedVerifier:
    """Train a verifier of faces on pairs of photos, and test it on pairs of other people.

    Args:
        faces: where to load the photos from, as `load_faces` takes it; loaded faces of the
            embedder's size; or, for several embedders, loaded ones for each.
        embedders: one network with its weights, or several backbones.
        pairs: LFW's pairs.txt, a CSV, a list or an insightface .bin; a `PairSet`; or None for pairs
            built from the people in the faces.
        per_person: genuine pairs a person, when pairs are built.
        held_out: share of the people whose pairs are only tested.
        predictor: a name that `components("predictor")` lists, or a mapping with its options, as
            in {"predictor": "difference_network", "epochs": 10}.
        facebone: which backbone a pair is learned with; needed for several.
        query: how users ask several backbones: the first, one drawn for each pair, or all averaged.
        threshold: scores from here on are accepted.
        fmrs: false match rates to keep further thresholds for, with both errors as measured on
            held-out people; those that these resolve.
        align: how the face in each photo is found, where they are loaded now.
        seed: draws who is held out, the pairs, the training; the same seed gives the same verifier.
        cache: a folder for packed photos and embeddings, or a `Store` to keep them beside it;
            `$FACEAUDIT_CACHE` or `~/.cache/faceaudit` when None.
        progress: told of all long work.

    Returns:
        The `verifier`, its `figures` and `thresholds`, and `save(path)` to write it to one file.

    Raises:
        InputError: no embedder, faces of another size, or a threshold outside 0 to 1.
        OptionError: an option of the predictor or a rate is wrong, or several backbones without
            `facebone`.
        PairsError: the pairs cannot be read, or the faces lack their photos.
        SplitError: there are too few people or pairs.

    Example:
        ::

            trained = faceaudit.train_verifier("folder:/photos", embedder, predictor="cosine")
            print(trained.figure("accuracy, held out"))
            trained.save("verifier.safetensors")
    """
    chosen = check_embedders(embedders)
    decides = predictors.build(predictor)
    mitigation = mitigation_for(len(chosen), facebone, query)
    if not isinstance(threshold, int | float) or not 0 <= threshold <= 1:
        raise InputError(f"expected a threshold in 0..1, got {shown(threshold)}")
    if not isinstance(held_out, int | float) or not 0 < held_out < 1:
        raise SplitError(f"expected a share above 0 and below 1 to hold out, got {shown(held_out)}")
    rates = find_rates(fmrs)
    check_count(seed, "seed", least=0)
    check_pairs(None if isinstance(pairs, HeldOut) else pairs, per_person)
    if not isinstance(faces, Sequence) or isinstance(faces, str):
        check_faces(faces, align)
    work = folders(cache, progress)
    only = pairs.pairs if isinstance(pairs, HeldOut) else pairs
    loaded = faces_at(faces, [one.size for one in chosen], work, align=align, only=only)
    held = find_held_out(loaded[0].faces, pairs, share=held_out, per_person=per_person, seed=seed)
    embedded = embed_pairs(
        chosen,
        [one.faces for one in loaded],
        held.pairs,
        cache=work.embeddings,
        progress=progress,
    )
    verifier = train(
        chosen,
        embedded,
        decides,
        rows=held.train,
        mitigation=mitigation,
        seed=seed,
        threshold=float(threshold),
        align=loaded[0].align,
        crop=loaded[0].crop,
        progress=progress,
    )
    first, second = photo_rows(held.pairs, loaded[0].faces)
    identity = loaded[0].faces.identity
    people = np.stack([identity[first], identity[second]], axis=1)
    figures, accuracy = judge(verifier, embedded, held, people)
    facts = _training_facts(loaded[0], held, mitigation, seed) | {"accuracy": accuracy}
    points = held_out_thresholds(verifier, embedded, held, loaded[0].faces, rates)
    kept = tuple(point for point in points if point.threshold is not None)
    return TrainedVerifier(
        replace(verifier, trained=facts, thresholds=kept),
        figures,
        held,
        tuple(loaded),
        mitigation,
        tuple(work.embeddings / one.id for one in chosen),
        tuple(points),
    )


def find_held_out(
    faces: FaceSet,
    pairs: HeldOut | PairsLike = None,
    *,
    share: float = 0.2,
    per_person: int = PER_PERSON,
    seed: int = 0,
) -> HeldOut:
    """Return pairs to learn from and pairs of other people to test on.

    Args:
        faces: the photos.
        pairs: a file that lists them, pairs that are known, or None to build them.
        share: of the people whose pairs are only tested, above 0 and below 1.
        per_person: genuine pairs a person, when pairs are built.
        seed: draws who is held out, and the pairs.

    Raises:
        PairsError: the file cannot be read, or holds no pair of these photos.
        SplitError: there are too few people or pairs on a side.
    """
    if isinstance(pairs, HeldOut):
        return pairs
    if pairs is None:
        return build_held_out(faces, share=share, per_person=per_person, seed=seed)
    listed = find_pairs(faces, pairs)
    held = hold_out(faces, listed.pairs, share=share, seed=seed)
    return replace(held, left_out=listed.left_out)


def judge(
    verifier: Verifier, embedded: EmbeddedPairs, held: HeldOut, people: IntArray
) -> tuple[tuple[Figure, ...], dict[str, Any]]:
    """Return how often a verifier decides rightly on either side, and that as plain values.

    Args:
        verifier: the verifier.
        embedded: P pairs.
        held: which of them it learned from.
        people: (P, 2) who is on the photos of each.
    """
    figures: list[Figure] = []
    accuracy: dict[str, Any] = {}
    for name, side in (("held out", held.test), ("trained on", held.train)):
        mine = embedded.take(side)
        scores = verifier.score_pairs(mine)
        one = comparison_share(verifier.accepts(scores) == mine.same, people[side])
        figures.append(Figure(f"accuracy, {name}", one))
        accuracy[name.replace(" ", "_")] = {"value": one.value, "n": one.n}
        if side is held.test:
            who = people[side][mine.same], people[side][~mine.same]
            point = tar_at_far(*logits_of(scores, mine.same), [FAR], people=who)[0]
            figures.append(Figure(f"tar@far={FAR:g}, {name}", point.tar, point.why))
    return tuple(figures), accuracy


def _training_facts(
    loaded: LoadedFaces, held: HeldOut, mitigation: MembershipMitigation, seed: int
) -> dict[str, Any]:
    """Return what is kept of the training: no names and no paths."""
    same = held.pairs.same
    return {
        "source": "memory" if loaded.source is None else loaded.source.name,
        "faces": loaded.faces.fingerprint,
        "pairs_from": held.pairs.what,
        "pairs": {"trained_on": len(held.train), "held_out": len(held.test)},
        "genuine": {
            "trained_on": int(same[held.train].sum()),
            "held_out": int(same[held.test].sum()),
        },
        "people": {"trained_on": held.people[0], "held_out": held.people[1]},
        "mitigation": mitigation.spec().as_json(),
        "seed": seed,
    }
