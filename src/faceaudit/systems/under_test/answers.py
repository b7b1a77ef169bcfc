"""A system of which only answers are there, in a file."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import ClassVar, Literal

import numpy as np
from pydantic import Field

from faceaudit.errors import InputError
from faceaudit.faces.pairs.match import Matching
from faceaudit.files.paths import expand
from faceaudit.progress import Progress, silent
from faceaudit.registry import digest
from faceaudit.systems.under_test.base import (
    NO_ANSWER,
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    SystemUnderTest,
    VerifierUnderTest,
    no_access,
    systems_under_test,
)
from faceaudit.systems.under_test.common.answer_files import (
    PairAnswers,
    PhotoAnswers,
    read_answers,
)
from faceaudit.systems.under_test.common.class_names import read_names
from faceaudit.systems.under_test.common.http_description import Size
from faceaudit.systems.under_test.common.limited import limited
from faceaudit.types import FaceSet, FloatArray, IntArray


@systems_under_test.register
class Answers(SystemUnderTest):
    """Answers alone, in a file: labels and scores of photos, or scores and decisions of pairs."""

    name: ClassVar[str] = "answers"
    by_id: ClassVar[bool] = True
    paper: ClassVar[str] = (
        "scores handed in instead of systems, as in FRVT and FRGC (Phillips et al. 2005, "
        "doi 10.1109/CVPR.2005.268)"
    )

    path: str = Field(description="CSV with a header, or JSON-lines")
    names: str | tuple[str, ...] | None = Field(
        None,
        description="people whom an identifier knows though the file never names them: a file with "
        "one name a line, or the names",
    )
    direction: Literal["similarity", "distance"] = Field(
        "similarity", description="distance where a smaller score is surer"
    )
    threshold: float | None = Field(
        None, description="where the file has no decisions: the score that is needed for one"
    )
    access: tuple[Access, ...] | None = Field(
        None, description="what to let the audit see; none: all that the file gives"
    )
    size: Size = Field((112, 112), description="height and width of the photos that it is shown")

    def open(
        self, *, cache: Path, device: str = "auto", progress: Progress = silent
    ) -> IdentifierUnderTest | VerifierUnderTest | EmbedderUnderTest:
        """Return the answers as a system.

        Raises:
            InputError: the file is not there, or malformed; the message has the line.
        """
        del cache, device
        file = expand(self.path, error=InputError)
        names = read_names(self.names) or ()
        found = read_answers(file, names, self.direction)
        options = self.model_dump(mode="json", exclude={"path", "access", "names"})
        try:
            with file.open("rb") as opened:
                content = hashlib.file_digest(opened, "sha256").hexdigest()
        except OSError as error:
            raise InputError(f"expected a file that can be read, got {file} ({error})") from None
        id_ = digest([self.name, self.version, content, options, sorted(names)])
        answers: IdentifierUnderTest | VerifierUnderTest
        if isinstance(found, PhotoAnswers):
            answers = _IdentifierAnswers(self, found, file.name, id_, progress)
        else:
            answers = _VerifierAnswers(self, found, file.name, id_, progress)
        return limited(answers, self.access)


class _IdentifierAnswers(IdentifierUnderTest):
    """Answers about photos."""

    def __init__(
        self, door: Answers, found: PhotoAnswers, title: str, id_: str, progress: Progress
    ) -> None:
        self.title, self.id, self.size = f"the answers in {title}", id_, door.size
        self.names = found.names
        self._found, self._rows = found, _Rows(found.photos)
        self._progress = progress
        self._scores = None if found.scores is None else _directed(found.scores, door.direction)
        self._threshold = _directed_threshold(door)
        labelled = {Access.LABELS}
        self.access = frozenset(labelled if self._scores is None else {*labelled, Access.SCORES})

    def lacks(self, faces: FaceSet) -> IntArray:
        """Return rows of photos that the file has no line about."""
        known = self._rows.of(faces)
        return np.setdiff1d(np.arange(len(faces)), known[known >= 0])

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        """Return the (N,) labels it gives; -1 where it knows nobody or the file has no answer."""
        place = self._places(faces, rows)
        labels = self._found.labels
        if labels is None:
            assert self._scores is not None
            labels = _best(self._scores, self._threshold)
        return np.where(place < 0, NO_ANSWER, labels[place])

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, K) scores, larger for whom it is surer of; NaN where the file has none."""
        if self._scores is None:
            raise no_access(self, Access.SCORES)
        place = self._places(faces, rows)
        scores: FloatArray = np.where(place[:, None] < 0, np.float32(np.nan), self._scores[place])
        return scores

    def _places(self, faces: FaceSet, rows: IntArray | None) -> IntArray:
        """Return (N,) where the answer to each photo is; -1 where there is none."""
        row_of = self._rows.of(faces)
        place = np.full(len(faces), -1, dtype=np.int64)
        known = np.flatnonzero(row_of >= 0)
        _refuse_twice(row_of[known], self._found.lines[known], "photo")
        place[row_of[known]] = known
        chosen = place if rows is None else place[rows]
        _note_missing(self.title, chosen, self._progress)
        return chosen


class _VerifierAnswers(VerifierUnderTest):
    """Answers about pairs; one about (a, b) is taken for (b, a), too, where that has none."""

    def __init__(
        self, door: Answers, found: PairAnswers, title: str, id_: str, progress: Progress
    ) -> None:
        self.title, self.id, self.size = f"the answers in {title}", id_, door.size
        self._found, self._rows = found, _Rows((*found.first, *found.second))
        self._progress = progress
        self._scores = None if found.scores is None else _directed(found.scores, door.direction)
        self._decisions = found.decisions
        threshold = _directed_threshold(door)
        if self._decisions is None and self._scores is not None and threshold is not None:
            decided = (self._scores >= threshold).astype(np.int64)
            self._decisions = np.where(np.isnan(self._scores), NO_ANSWER, decided)
        given = ((Access.SCORES, self._scores), (Access.LABELS, self._decisions))
        self.access = frozenset(level for level, values in given if values is not None)

    def decide(self, faces: FaceSet, first: IntArray, second: IntArray) -> IntArray:
        """Return (P,) decisions about pairs of rows: 1 one person, 0 two, -1 no answer."""
        if self._decisions is None:
            raise no_access(self, Access.LABELS)
        place = self._places(faces, first, second)
        return np.where(place < 0, NO_ANSWER, self._decisions[place])

    def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        """Return (P,) scores of pairs of rows, larger for more alike; NaN where no answer."""
        if self._scores is None:
            raise no_access(self, Access.SCORES)
        place = self._places(faces, first, second)
        scores: FloatArray = np.where(place < 0, np.float32(np.nan), self._scores[place])
        return scores

    def _places(self, faces: FaceSet, first: IntArray, second: IntArray) -> IntArray:
        """Return (P,) where the answer to each pair is; -1 where there is none."""
        one, two = np.split(self._rows.of(faces), 2)
        known = np.flatnonzero((one >= 0) & (two >= 0))
        code = one[known] * len(faces) + two[known]
        _refuse_twice(code, self._found.lines[known], "pair")
        order = np.argsort(code)
        place = _look_up(first * len(faces) + second, code[order], known[order])
        turned = _look_up(second * len(faces) + first, code[order], known[order])
        place = np.where(place < 0, turned, place)
        _note_missing(self.title, place, self._progress)
        return place


class _Rows:
    """The rows of the photos that names in a file mean, kept while the photos stay the same."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names
        self._ids: tuple[str, ...] = ()
        self._found = np.full(len(names), -1, dtype=np.int64)

    def of(self, faces: FaceSet) -> IntArray:
        """Return the row of the photo that each name means; -1 where it means none."""
        if faces.ids != self._ids:
            matching = Matching(faces.ids, self._names)
            row = {id_: number for number, id_ in enumerate(faces.ids)}
            found = (matching.find(name) for name in self._names)
            self._found = np.array([-1 if one is None else row[one] for one in found], np.int64)
            self._ids = faces.ids
        return self._found


def _look_up(wanted: IntArray, codes: IntArray, values: IntArray) -> IntArray:
    """Return the value of each wanted code, -1 where there is none; codes are sorted."""
    if not len(codes):
        return np.full(len(wanted), -1, dtype=np.int64)
    at = np.minimum(np.searchsorted(codes, wanted), len(codes) - 1)
    return np.where(codes[at] == wanted, values[at], -1)


def _refuse_twice(codes: IntArray, lines: IntArray, what: str) -> None:
    """Raise `InputError` where two lines are about the same."""
    order = np.argsort(codes, kind="stable")
    again = np.flatnonzero(np.diff(codes[order]) == 0)
    if len(again):
        one, two = lines[order[again[0]]], lines[order[again[0] + 1]]
        raise InputError(
            f"expected one answer about each {what}, got two about the same in lines {one} and "
            f"{two}; take one of them out"
        )


def _directed(scores: FloatArray, direction: str) -> FloatArray:
    return -scores if direction == "distance" else scores


def _directed_threshold(door: Answers) -> np.float32 | None:
    if door.threshold is None:
        return None
    return np.float32(-door.threshold if door.direction == "distance" else door.threshold)


def _best(scores: FloatArray, threshold: np.float32 | None) -> IntArray:
    """Return the (N,) labels of the largest of (N, K) scores; -1 where none is large enough."""
    unknown = np.asarray(np.isnan(scores).any(axis=1))
    filled = np.where(unknown[:, None], -np.inf, scores)
    enough = filled.max(axis=1) >= (-np.inf if threshold is None else threshold)
    return np.where(unknown | ~enough, NO_ANSWER, filled.argmax(axis=1))


def _note_missing(title: str, place: IntArray, progress: Progress) -> None:
    missing = int((place < 0).sum())
    if missing:
        progress.note(f"{title}: no answer to {missing:,} of {len(place):,} questions")
