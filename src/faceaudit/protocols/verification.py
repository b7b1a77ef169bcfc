"""Verification: pairs of photos in, accuracy and error rates out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from faceaudit.faces.groups import Grouping
from faceaudit.faces.pairs.conflicts import check_labels
from faceaudit.faces.pairs.read import photo_rows
from faceaudit.metrics import (
    CONVENTIONS,
    DISTANCES,
    FMRS,
    FoldAccuracy,
    auc,
    confusion,
    eer,
    k_fold_accuracy,
    roc,
    tar_at_far,
)
from faceaudit.progress import Progress, silent
from faceaudit.protocols.acquisition import Failed, photo_failures, with_failed
from faceaudit.protocols.comparisons import NO_FOLD, Comparisons
from faceaudit.protocols.embedded import Templates, about
from faceaudit.protocols.groups import thresholds_by_group
from faceaudit.protocols.result import Result, sampled
from faceaudit.protocols.score_files import check_names, write_scores
from faceaudit.protocols.strangers import draw_strangers
from faceaudit.protocols.threshold_figures import measure_thresholds
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import FaceSet, Figure, FloatArray, IntArray, PairSet

Scores = npt.NDArray[np.float64]
Rate = Annotated[float, Field(gt=0, le=1)]


class Verification(Templates):
    """The scoring of pairs, and the convention by which they are judged."""

    convention: Literal["exact", "facex-zoo", "insightface", "sphereface"] = Field(
        "insightface", description="how the threshold of a fold is chosen on the others"
    )
    distance: Literal["cosine", "euclidean", "chi_square", "bhattacharyya"] = Field(
        "cosine", description="between the embeddings of a pair; see docs/protocols.md"
    )
    centred: bool = Field(
        default=False,
        description="subtract from the photos of a fold the mean of the other folds' photos",
    )
    fars: tuple[Rate, ...] = Field(
        (1e-1, 1e-2, 1e-3, 1e-4), description="false accept rates to give the true accept rate at"
    )
    fmrs: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        FMRS, description="false match rates to choose thresholds for, measured on other people"
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.convention != "exact" and self.distance != "cosine":
            raise ValueError(
                f"expected the cosine distance for the convention {self.convention!r}, got "
                f"{self.distance!r}; try convention exact"
            )
        return self

    def distances(
        self, embedded: FloatArray, rows: tuple[IntArray, IntArray], fold: IntArray
    ) -> Scores:
        """Return the (P,) distance of each pair, lower is more alike.

        Args:
            embedded: (n, E) vectors of the photos.
            rows: (P,) each, of the first and of the second photos in `embedded`.
            fold: (P,) folds.
        """
        measure = DISTANCES[self.distance].pairs
        first, second = rows
        if not self.centred:
            return _blocks(embedded, first, second, measure)
        out = np.empty(len(first))
        for number in np.unique(fold):
            chosen = fold == number
            others = np.unique(np.concatenate([first[~chosen], second[~chosen]]))
            mean = embedded[others].mean(axis=0, dtype=np.float64).astype(np.float32)
            out[chosen] = _blocks(embedded - mean, first[chosen], second[chosen], measure)
        return out

    def judge(self, compared: Comparisons) -> Result:
        """Return every figure of scored comparisons; no model is needed for it.

        Accuracies, areas and TAR are of the comparisons that are in folds, or of all where none is;
        those of accuracy then are unknown. Thresholds rest on all genuine comparisons, and on the
        impostor ones that are in no fold, where there are such beside others.

        Args:
            compared: comparisons, in any order: the figures are the same to the last bit.

        Raises:
            InputError: there is nothing to count, or there is one fold.
        """
        compared = compared.ordered()
        folded = compared.fold != NO_FOLD
        within = compared.take(compared.scored & (folded if folded.any() else ~folded))
        figures, facts = self._measure_folds(within) if folded.any() else _no_folds()
        score, same, people = within.score, within.same, within.people()
        genuine, impostor = score[same], score[~same]
        who = None if people is None else (people[same], people[~same])
        figures.insert(2, Figure("auc", auc(genuine, impostor, people=who)))
        figures.insert(3, Figure("eer", eer(genuine, impostor, people=who).rate))
        rates = []
        for point in tar_at_far(genuine, impostor, self.fars, people=who):
            rates.append(Figure(f"tar@far={point.far:g}", point.tar, point.why))
            if point.realised is not None:
                rates.append(Figure(f"far@far={point.far:g}", point.realised))
        figures[4:4] = rates
        strangers = ~compared.same & ~folded
        points, more, whole = measure_thresholds(rest_on(compared), self.fmrs)
        if more:
            more.insert(0, photo_failures(compared))
        facts = {
            "pairs": len(within),
            "genuine": len(genuine),
            "impostor": len(impostor),
            "people": None if people is None else len(np.unique(people)),
            "conflicts": compared.conflicts,
            "repeats": compared.repeats,
            "strangers": int(np.count_nonzero(strangers & compared.scored)) if folded.any() else 0,
            **facts,
            "options": self.model_dump(mode="json"),
        }
        curve, found = sampled(roc(genuine, impostor)), (*figures, *more)
        return Result("verification", found, facts, curve, thresholds=tuple(points), roc=whole)

    def _measure_folds(self, within: Comparisons) -> tuple[list[Figure], dict[str, Any]]:
        """Return what is judged at the thresholds that folds choose for one another."""
        values, people = self._values(-within.score), within.people()
        same, fold = within.same, within.fold
        folds = k_fold_accuracy(values, same, fold, convention=self.convention, people=people)
        facts = {
            "folds": folds.folds.tolist(),
            "thresholds": folds.thresholds.tolist(),
            "convention": self.convention,
            "rule": CONVENTIONS[self.convention].rule,
        }
        return [
            Figure("accuracy", folds.accuracy),
            Figure("pooled_accuracy", folds.pooled),
            *self._measure_confusion(folds, -within.score, same, fold, people),
        ], facts

    def _values(self, distance: Scores) -> Scores:
        """Return (P,) values as the convention takes them: squared distances, cosines or scores."""
        match self.convention:
            case "insightface":
                return 2 * distance
            case "exact":
                return -distance
        return 1 - distance

    def _measure_confusion(
        self,
        folds: FoldAccuracy,
        distance: Scores,
        same: npt.NDArray[np.bool_],
        fold: IntArray,
        people: IntArray | None,
    ) -> list[Figure]:
        """Judge every pair at the threshold that the other folds chose for its own."""
        values = self._values(distance)
        threshold = folds.thresholds[np.unique(fold, return_inverse=True)[1]]
        match self.convention:
            case "insightface":
                accepted = values < threshold
            case "exact":
                accepted = values >= threshold
            case _:
                accepted = values > threshold
        counts = confusion(same, accepted.astype(np.float64), 0.5, people=people)
        return [
            Figure("precision", counts.precision, counts.why.get("precision", "")),
            Figure("recall", counts.recall, counts.why.get("recall", "")),
            Figure("specificity", counts.specificity, counts.why.get("specificity", "")),
            Figure("f1", counts.f1, counts.why.get("f1", "")),
        ]


def _no_folds() -> tuple[list[Figure], dict[str, Any]]:
    """Return that what is judged at the thresholds of folds is unknown."""
    why = (
        "expected folds to choose thresholds on, got none; see the thresholds at false match rates"
    )
    names = ("accuracy", "pooled_accuracy", "precision", "recall", "specificity", "f1")
    facts: dict[str, Any] = {
        "folds": [],
        "thresholds": [],
        "convention": None,
        "rule": "none: there are no folds",
    }
    return [Figure(name, None, why) for name in names], facts


def verify(
    embedder: Embedder,
    faces: FaceSet,
    pairs: PairSet,
    options: Verification,
    *,
    cache: Path,
    failed: Sequence[Failed] | None = None,
    strangers: int = 0,
    scores: Path | None = None,
    groupings: Sequence[Grouping] = (),
    progress: Progress = silent,
) -> Result:
    """Run a verification protocol; only the photos that pairs name are embedded.

    Args:
        embedder: the network with its weights.
        faces: photos of the embedder's size.
        pairs: pairs of them, and of photos in which no face was found.
        options: the scoring and the convention.
        cache: folder of all embeddings.
        failed: photos in which no face was found, none or several; None where nobody looked.
        strangers: how many comparisons of two people the thresholds rest on, drawn from the photos
            of the pairs; on the impostor pairs themselves when 0.
        scores: a CSV file to write every comparison with its score to, or None.
        groupings: of the photos, by which errors at the thresholds are given, too.
        progress: told of every photo.

    Raises:
        InputError: photos of another size, fewer than two folds, or a name `scores` cannot hold.
        PairsError: a pair names a photo that the faces lack, or the labels are turned round.
    """
    if scores is not None:
        people = (*faces.names, *(one.person for one in failed or ()))
        check_names((*pairs.first, *pairs.second, *people))
    compared, photos = _compare(embedder, faces, pairs, options, cache, failed, strangers, progress)
    if scores is not None:
        write_scores(scores, compared)
    judged = options.judge(compared)
    used = {"pairs_from": pairs.what, "photos": photos}
    groups = thresholds_by_group(rest_on(compared), judged.thresholds, faces, groupings)
    facts = {**about(embedder, faces), **used, **judged.facts}
    return replace(judged, facts=facts, groups=tuple(groups))


def rest_on(compared: Comparisons) -> Comparisons:
    """Return what thresholds rest on: genuine ones, and strangers where there are such."""
    strangers = ~compared.same & (compared.fold == NO_FOLD)
    return compared.take(compared.same | (strangers if strangers.any() else ~compared.same))


def _compare(
    embedder: Embedder,
    faces: FaceSet,
    pairs: PairSet,
    options: Verification,
    cache: Path,
    failed: Sequence[Failed] | None,
    strangers: int,
    progress: Progress,
) -> tuple[Comparisons, int]:
    """Return pairs and strangers with their scores, and how many photos were embedded."""
    tried, out = with_failed(faces, failed or ())
    rows = np.stack(photo_rows(pairs, tried))
    names = np.array(tried.names)[tried.identity]
    check_labels(pairs.same, names[rows.T])
    same, fold = pairs.same, pairs.fold
    if strangers and not options.centred:
        used = np.unique(rows)
        ids = [tried.ids[row] for row in used.tolist()]
        more = used[np.stack(draw_strangers(ids, names[used].tolist(), strangers))]
        rows = np.concatenate([rows, more], axis=1)
        same = np.concatenate([same, np.zeros(more.shape[1], dtype=np.bool_)])
        fold = np.concatenate([fold, np.full(more.shape[1], NO_FOLD, dtype=np.int64)])
    missing = out[rows].T
    made = ~missing.any(axis=1)
    used, index = np.unique(rows[:, made], return_inverse=True)
    first, second = index.reshape(2, -1)
    embedded = options.embed(embedder, faces, used, cache=cache, progress=progress)
    score = np.full(len(same), np.nan)
    score[made] = -options.distances(embedded, (first, second), fold[made])
    one, two = ([tried.ids[row] for row in side.tolist()] for side in rows)
    compared = Comparisons(
        tuple(one),
        tuple(two),
        same,
        fold,
        score,
        names[rows.T],
        None if failed is None else missing,
    )
    return compared, len(used)


def _blocks(embedded: FloatArray, first: IntArray, second: IntArray, measure: Any) -> Scores:
    """Return the distance of each pair in blocks, so that memory does not grow with the pairs."""
    block = max(1, (1 << 24) // embedded.shape[1])
    out = np.empty(len(first))
    for start in range(0, len(first), block):
        part = slice(start, start + block)
        out[part] = measure(embedded[first[part]], embedded[second[part]])
    return out
