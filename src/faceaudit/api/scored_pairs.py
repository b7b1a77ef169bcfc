"""Pairs of photos with a system's scores, in memory: errors at any threshold, and the worst."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from faceaudit.api.arguments import (
    Cache,
    StrPath,
    check_count,
    check_number,
    folders,
    output_of,
    path_of,
)
from faceaudit.api.embedding import EmbedderLike, check_embedder, check_embedders
from faceaudit.api.evaluation import PER_PERSON, PairsLike, check_pairs, find_pairs
from faceaudit.api.faces import FacesLike, faces_at
from faceaudit.api.training import TrainedVerifier
from faceaudit.errors import OptionError
from faceaudit.faces.loaded import Loaded
from faceaudit.faces.pairs.read import photo_rows
from faceaudit.metrics import Confusion, ErrorRates, auc, confusion, eer, error_rates, roc
from faceaudit.metrics.comparison_share import comparison_share
from faceaudit.progress import Progress, silent
from faceaudit.protocols import Verification
from faceaudit.protocols.comparisons import NO_FOLD, Comparisons
from faceaudit.protocols.det import curve_points, deviates
from faceaudit.protocols.score_files import read_scores, write_scores
from faceaudit.systems.verifiers.verifier import Verifier
from faceaudit.types import BoolArray, Estimate, FaceSet, Float64Array, IntArray


@dataclass(frozen=True, eq=False)
class DetCurve:
    """Both errors at every threshold, and where they are on axes of normal deviates.

    Attributes:
        fmr, fnmr: (n,) rates, each above 0 and below 1.
        x, y: (n,) their normal deviates; 0 is one half.
    """

    fmr: Float64Array
    fnmr: Float64Array
    x: Float64Array
    y: Float64Array


@dataclass(frozen=True, eq=False)
class ScoredPairs:
    """P pairs of photos with the scores that a system gives them.

    Intervals take pairs that share a person as clusters, where it is known who is on them.

    Attributes:
        compared: the pairs: `first` and `second` are ids of photos, `same` says which show one
            person, `score` is higher for more alike, `names` says who is on them.
    """

    compared: Comparisons

    def __len__(self) -> int:
        return len(self.compared)

    @cached_property
    def _people(self) -> IntArray | None:
        return self.compared.people()

    def confusion(self, threshold: float) -> Confusion:
        """Return the four counts and their shares where scores from `threshold` on are accepted."""
        of = self.compared
        return confusion(of.same, of.score, threshold, people=self._people)

    def errors(self, threshold: float) -> ErrorRates:
        """Return FMR and FNMR where scores from `threshold` on are accepted."""
        genuine, impostor, people = self._sides()
        return error_rates(genuine, impostor, threshold, people=people)

    def auc(self) -> Estimate:
        """Return how often a pair of one person scores above one of two; 0.5 is chance."""
        genuine, impostor, people = self._sides()
        return auc(genuine, impostor, people=people)

    def eer(self) -> Estimate:
        """Return the rate at which FMR and FNMR meet."""
        genuine, impostor, people = self._sides()
        return eer(genuine, impostor, people=people).rate

    def det(self) -> DetCurve:
        """Return the detection error tradeoff, thinned out to what a drawing can show."""
        genuine, impostor, _ = self._sides()
        fmr, fnmr = curve_points(roc(genuine, impostor))
        return DetCurve(fmr, fnmr, deviates(fmr), deviates(fnmr))

    def most_alike_strangers(self, count: int) -> list[int]:
        """Return the rows of the pairs of two people that score highest, the worst first.

        Each two people come once.

        Raises:
            InputError: the count is no whole number of at least 1.
        """
        return self._worst(~self.compared.same, -self.compared.score, count)

    def least_alike_selves(self, count: int) -> list[int]:
        """Return the rows of the pairs of one person that score lowest, the worst first.

        Each person comes once.

        Raises:
            InputError: the count is no whole number of at least 1.
        """
        return self._worst(self.compared.same, self.compared.score, count)

    def as_sure(self, score: float, *, same: bool) -> Estimate:
        """Return the share of pairs that are answered as rightly and surely as one with a score.

        Of pairs of one person that is the share that scores at least as high, of pairs of two the
        share that scores at most as high. Among pairs that a verifier did not learn from, it is
        the false positive rate of the loss attack (Yeom et al. 2018, arXiv 1709.01604) that calls
        everything that is answered so surely a member.

        Args:
            score: of the pair that is held against these.
            same: whether that pair shows one person; only such pairs count, or only the others.

        Raises:
            InputError: the score is no number, or there is no such pair.
        """
        of, score = self.compared, check_number(score, "a score")
        side = of.same == same
        hits = of.score[side] >= score if same else of.score[side] <= score
        return comparison_share(hits, None if self._people is None else self._people[side])

    def save(self, path: StrPath) -> Path:
        """Write the pairs and scores as CSV, for `load_scored_pairs` and `evaluate_scores`.

        Raises:
            OptionError: the file cannot be written.
            InputError: an id or name cannot be written to such a file.
        """
        file = output_of(path, "a file to write scores to")
        try:
            write_scores(file, self.compared)
        except OSError as error:
            raise OptionError(
                f"expected a file that can be written, got {file} ({error})"
            ) from None
        return file

    def _sides(self) -> tuple[Float64Array, Float64Array, tuple[IntArray, IntArray] | None]:
        of, people = self.compared, self._people
        who = None if people is None else (people[of.same], people[~of.same])
        return of.score[of.same], of.score[~of.same], who

    def _worst(self, side: BoolArray, badness: Float64Array, count: int) -> list[int]:
        wanted = check_count(count, "the number of pairs")
        rows: dict[tuple[int, ...], int] = {}
        for row in np.argsort(badness, kind="stable").tolist():
            if not side[row]:
                continue
            people = (row,) if self._people is None else tuple(sorted(self._people[row].tolist()))
            rows.setdefault(people, row)
            if len(rows) == wanted:
                break
        return list(rows.values())


def score_pairs(
    system: Verifier | TrainedVerifier | EmbedderLike,
    faces: FacesLike | Sequence[FaceSet | Loaded],
    pairs: PairsLike = None,
    *,
    per_person: int = PER_PERSON,
    cache: Cache = None,
    progress: Progress = silent,
) -> ScoredPairs:
    """Return the scores that a verifier, or a network by cosine, gives to pairs of photos.

    Args:
        system: a verifier, or a network with its weights.
        faces: loaded faces of the system's size, or where to load them from; for a verifier of
            several backbones also loaded ones for each.
        pairs: a file that lists them, a `PairSet`, or None for pairs built from the people.
        per_person: genuine pairs a person, when pairs are built.
        cache: a folder for packed photos and embeddings, or a `Store` to keep them beside it;
            `$FACEAUDIT_CACHE` or `~/.cache/faceaudit` when None.
        progress: told of every photo, where a network is asked.

    Raises:
        InputError: no such system, or faces of another size.
        PairsError: the pairs cannot be read, or the faces lack their photos.
        SplitError: there are too few people to build pairs of.

    Example:
        ::

            trained = faceaudit.train_verifier("folder:/photos", embedder)
            scored = faceaudit.score_pairs(trained, trained.faces, "pairs.csv")
            print(scored.auc(), scored.confusion(0.5).f1)
    """
    verifier = system.verifier if isinstance(system, TrainedVerifier) else system
    embedders = verifier.embedders if isinstance(verifier, Verifier) else [check_embedder(verifier)]
    check_pairs(pairs, per_person)
    work = folders(cache, progress)
    sizes = [one.size for one in check_embedders(embedders)]
    loaded = faces_at(faces, sizes, work, only=pairs)
    photos = loaded[0].faces
    found = find_pairs(photos, pairs, per_person=per_person).pairs
    first, second = photo_rows(found, photos)
    used, place = np.unique(np.concatenate([first, second]), return_inverse=True)
    if isinstance(verifier, Verifier):
        one, two = place.reshape(2, -1).astype(np.int64)
        images = [one_size.faces.images[used] for one_size in loaded]
        score = verifier.score_rows(images, one, two).astype(np.float64)
    else:
        options = Verification(fars=(), fmrs=())
        embedded = options.embed(
            embedders[0], photos, used, cache=work.embeddings, progress=progress
        )
        one, two = place.reshape(2, -1)
        score = -options.distances(embedded, (one, two), found.fold)
    names = np.array(photos.names)[photos.identity]
    rows = np.stack([first, second], axis=1)
    fold = np.full(len(found), NO_FOLD, dtype=np.int64)
    return ScoredPairs(Comparisons(found.first, found.second, found.same, fold, score, names[rows]))


def load_scored_pairs(path: StrPath) -> ScoredPairs:
    """Return pairs and scores from a file, as `ScoredPairs.save` or `scores_out` wrote it.

    Pairs of photos without a face have no score, and are left out.

    Args:
        path: the file; `~` is filled in.

    Raises:
        PairsError: the file cannot be read, or has no genuine or no impostor pair.
        InputError: it is no path.

    Example:
        ::

            scored = faceaudit.load_scored_pairs("scores.csv")
            print(scored.errors(0.5).fmr)
    """
    compared = read_scores(path_of(path, "a file of scores"))
    return ScoredPairs(compared.take(compared.scored))
