"""Verification: pairs of photos in, accuracy and error rates out."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import numpy as np
import numpy.typing as npt
from pydantic import Field, model_validator

from faceaudit.faces.pairs.read import photo_rows
from faceaudit.files.atomic import open_atomically
from faceaudit.metrics import (
    CONVENTIONS,
    DISTANCES,
    FoldAccuracy,
    Roc,
    auc,
    confusion,
    eer,
    k_fold_accuracy,
    roc,
    tar_at_far,
)
from faceaudit.progress import Progress, silent
from faceaudit.protocols.embedded import Templates
from faceaudit.protocols.result import Result
from faceaudit.systems.embedding.embedder import Embedder
from faceaudit.types import FaceSet, Figure, FloatArray, IntArray, PairSet

Scores = npt.NDArray[np.float64]
Rate = Annotated[float, Field(gt=0, le=1)]
POINTS = 400
"""Points of the ROC curve that are kept, even steps of its rows."""


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

    def judge(
        self,
        distance: Scores,
        same: npt.NDArray[np.bool_],
        fold: IntArray,
        people: IntArray | None = None,
    ) -> Result:
        """Return every figure of scored pairs; no model is needed for it.

        Args:
            distance: (P,) lower is more alike.
            same: (P,) whether a pair shows one person.
            fold: (P,) folds.
            people: (P, 2) numbers of the people on each pair, for the intervals; None where nobody
                knows: they then take pairs as independent.

        Raises:
            InputError: there is nothing to count, or fewer than two folds.
        """
        folds = k_fold_accuracy(
            self._values(distance), same, fold, convention=self.convention, people=people
        )
        genuine, impostor = -distance[same], -distance[~same]
        compared = None if people is None else (people[same], people[~same])
        figures = [
            Figure("accuracy", folds.accuracy),
            Figure("pooled_accuracy", folds.pooled),
            Figure("auc", auc(genuine, impostor, people=compared)),
            Figure("eer", eer(genuine, impostor, people=compared).rate),
        ]
        for point in tar_at_far(genuine, impostor, self.fars, people=compared):
            figures.append(Figure(f"tar@far={point.far:g}", point.tar, point.why))
            if point.realised is not None:
                figures.append(Figure(f"far@far={point.far:g}", point.realised))
        figures += self._measure_confusion(folds, distance, same, fold, people)
        facts = {
            "pairs": len(same),
            "genuine": int(same.sum()),
            "impostor": int((~same).sum()),
            "people": None if people is None else len(np.unique(people)),
            "folds": folds.folds.tolist(),
            "standard_error": folds.standard_error,
            "thresholds": folds.thresholds.tolist(),
            "convention": self.convention,
            "rule": CONVENTIONS[self.convention].rule,
            "options": self.model_dump(mode="json"),
        }
        return Result("verification", tuple(figures), facts, _sample_curve(roc(genuine, impostor)))

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


def verify(
    embedder: Embedder,
    faces: FaceSet,
    pairs: PairSet,
    options: Verification,
    *,
    cache: Path,
    scores: Path | None = None,
    progress: Progress = silent,
) -> Result:
    """Run a verification protocol; only the photos that pairs name are embedded.

    Args:
        embedder: the network with its weights.
        faces: photos of the embedder's size.
        pairs: pairs of them.
        options: the scoring and the convention.
        cache: folder of all embeddings.
        scores: a CSV file to write every pair with its distance to, or None.
        progress: told of every photo.

    Raises:
        InputError: the photos are not of the embedder's size, or there are fewer than two folds.
        PairsError: a pair names a photo that the faces lack.
    """
    used, index = np.unique(np.stack(photo_rows(pairs, faces)), return_inverse=True)
    first, second = index.reshape(2, -1)
    embedded = options.embed(embedder, faces, used, cache=cache, progress=progress)
    distance = options.distances(embedded, (first, second), pairs.fold)
    if scores is not None:
        _write_scores(scores, pairs, distance)
    people = faces.identity[used[np.column_stack([first, second])]]
    judged = options.judge(distance, pairs.same, pairs.fold, people)
    facts = {
        **about(embedder, faces),
        "pairs_from": pairs.what,
        "photos": len(used),
        **judged.facts,
    }
    return Result(judged.protocol, judged.figures, facts, judged.curve)


def about(embedder: Embedder, faces: FaceSet) -> dict[str, Any]:
    """Return the facts that figures of an embedder on faces rest on."""
    return {
        "network": embedder.network.spec().as_json(),
        "weights": embedder.weights_digest,
        "faces": faces.fingerprint,
    }


def _blocks(embedded: FloatArray, first: IntArray, second: IntArray, measure: Any) -> Scores:
    """Return the distance of each pair in blocks, so that memory does not grow with the pairs."""
    block = max(1, (1 << 24) // embedded.shape[1])
    out = np.empty(len(first))
    for start in range(0, len(first), block):
        part = slice(start, start + block)
        out[part] = measure(embedded[first[part]], embedded[second[part]])
    return out


def _sample_curve(curve: Roc) -> dict[str, list[float]]:
    points = np.unique(np.linspace(1, len(curve) - 1, POINTS).astype(np.int64))
    return {
        "distance": (-curve.thresholds[points]).tolist(),
        "far": curve.fmr[points].tolist(),
        "tar": curve.tar[points].tolist(),
    }


def _write_scores(path: Path, pairs: PairSet, distance: Scores) -> None:
    with open_atomically(path) as file:
        text = io.TextIOWrapper(file, encoding="utf-8", newline="")
        lines = csv.writer(text)
        lines.writerow(("image1", "image2", "label", "fold", "distance"))
        columns = (pairs.same.astype(int).tolist(), pairs.fold.tolist(), distance.tolist())
        lines.writerows(zip(pairs.first, pairs.second, *columns, strict=True))
        text.detach()
