"""Systems behind an HTTP API, opened: what is asked of them is asked once and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from faceaudit.errors import InputError
from faceaudit.progress import Progress
from faceaudit.systems.under_test.base import (
    NO_ANSWER,
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    VerifierUnderTest,
    no_access,
)
from faceaudit.systems.under_test.common.answer import Answer
from faceaudit.systems.under_test.common.answer_log import AnswerLog
from faceaudit.systems.under_test.common.http_asking import Asker, Question
from faceaudit.systems.under_test.common.http_request import check_size
from faceaudit.types import FaceSet, FloatArray, IntArray, pixel_digests

_BLOCK = 1024


@dataclass(frozen=True, eq=False)
class Opened:
    """What all systems behind HTTP have in common.

    Attributes:
        title, id, size, access: of the system.
        limit: the score from which on is decided here; None where the server decides.
        asker: sends the requests.
        log: the answers that are kept.
        progress: told of every answer.
    """

    title: str
    id: str
    size: tuple[int, int]
    access: frozenset[Access]
    limit: np.float32 | None
    asker: Asker
    log: AnswerLog
    progress: Progress

    def answers(self, faces: FaceSet, *sides: IntArray) -> list[Answer]:
        """Return what it says about photos at rows of faces, or about pairs of them.

        Args:
            faces: the photos.
            sides: (N,) rows; the first and the second photos of pairs.

        Raises:
            InputError: photos of another size, or it cannot be asked.
            StoreError: answers cannot be kept.
        """
        check_size(faces.images, self.size, self.title)
        questions = list(_questions(faces, np.stack(sides, axis=1)))
        keys = [question.key for question in questions]
        before = len(self.log)
        with self.progress.task(f"asking {self.title}", len(set(keys))) as advance:
            self.asker.ask(questions, advance)
        found = self.log.take(keys)
        empty = sum(answer.empty for answer in found)
        if empty and len(self.log) > before:
            self.progress.note(f"{self.title}: no answer to {empty:,} of {len(keys):,} questions")
        return found


class HttpIdentifier(IdentifierUnderTest):
    """An identifier behind an HTTP API."""

    def __init__(self, opened: Opened, names: tuple[str, ...]) -> None:
        self._opened = opened
        self.title, self.id, self.size = opened.title, opened.id, opened.size
        self.access, self.names = opened.access, names

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        """Return the (N,) labels it gives; -1 where it knows nobody or gives no answer."""
        found = self._opened.answers(faces, _rows(faces, rows))
        limit = self._opened.limit
        if limit is None:
            return _labels(found)
        scores = _stacked([answer.scores for answer in found], len(self.names), self.title)
        return np.where(scores.max(axis=1) >= limit, scores.argmax(axis=1), NO_ANSWER)

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, K) scores, larger for whom it is surer of; rows without answer are NaN."""
        if Access.SCORES not in self.access:
            raise no_access(self, Access.SCORES)
        found = self._opened.answers(faces, _rows(faces, rows))
        return _stacked([answer.scores for answer in found], len(self.names), self.title)

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings; rows without answer are NaN."""
        if Access.EMBEDDINGS not in self.access:
            raise no_access(self, Access.EMBEDDINGS)
        found = self._opened.answers(faces, _rows(faces, rows))
        return _stacked([answer.embedding for answer in found], None, self.title)


class HttpVerifier(VerifierUnderTest):
    """A verifier behind an HTTP API."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.title, self.id, self.size = opened.title, opened.id, opened.size
        self.access = opened.access

    def decide(self, faces: FaceSet, first: IntArray, second: IntArray) -> IntArray:
        """Return (P,) decisions about pairs of rows: 1 one person, 0 two, -1 no answer."""
        if Access.LABELS not in self.access:
            raise no_access(self, Access.LABELS)
        limit = self._opened.limit
        if limit is None:
            return _labels(self._opened.answers(faces, first, second))
        scores = self.scores(faces, first, second)
        return np.where(np.isnan(scores), NO_ANSWER, scores >= limit).astype(np.int64)

    def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        """Return (P,) scores of pairs of rows, larger for more alike; NaN where no answer."""
        if Access.SCORES not in self.access:
            raise no_access(self, Access.SCORES)
        found = self._opened.answers(faces, first, second)
        return _stacked([answer.scores for answer in found], 1, self.title)[:, 0]


class HttpEmbedder(EmbedderUnderTest):
    """An embedder behind an HTTP API."""

    def __init__(self, opened: Opened) -> None:
        self._opened = opened
        self.title, self.id, self.size = opened.title, opened.id, opened.size
        self.access = opened.access

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings; rows without answer are NaN.

        Where no photo has an answer, their length is not known and E is 1.
        """
        found = self._opened.answers(faces, _rows(faces, rows))
        return _stacked([answer.embedding for answer in found], None, self.title)


def _rows(faces: FaceSet, rows: IntArray | None) -> IntArray:
    return np.arange(len(faces), dtype=np.int64) if rows is None else rows


def _questions(faces: FaceSet, rows: IntArray) -> Iterator[Question]:
    """Yield the questions about photos or pairs at (N, 1) or (N, 2) rows."""
    different = np.unique(rows)
    digests = dict(zip(different.tolist(), _digests(faces, different), strict=True))
    what = "pair" if rows.shape[1] > 1 else "photo"
    for chosen in rows.tolist():
        key = hashlib.sha256(b"".join(digests[row] for row in chosen)).hexdigest()
        where = " and ".join(ascii(faces.ids[row]) for row in chosen)
        yield Question(key, f"{what} {where}", tuple(faces.images[row] for row in chosen))


def _digests(faces: FaceSet, rows: IntArray) -> list[bytes]:
    """Return the sha256 of the photos at rows, few of them in memory at once."""
    found: list[bytes] = []
    for start in range(0, len(rows), _BLOCK):
        found += pixel_digests(faces.images[rows[start : start + _BLOCK]])
    return found


def _labels(answers: Sequence[Answer]) -> IntArray:
    return np.array([answer.label for answer in answers], dtype=np.int64)


def _stacked(rows: Sequence[FloatArray | None], length: int | None, title: str) -> FloatArray:
    """Return (N, length) numbers, NaN where there are none.

    Raises:
        InputError: some are longer than others.
    """
    lengths = {len(row) for row in rows if row is not None} | ({length} if length else set())
    if len(lengths) > 1:
        raise InputError(
            f"expected answers of one length from {title}, got {sorted(lengths)}; if the system "
            "was changed, give another `revision`"
        )
    out = np.full((len(rows), lengths.pop() if lengths else 1), np.nan, dtype=np.float32)
    for number, row in enumerate(rows):
        if row is not None:
            out[number] = row
    return out
