"""Identifiers, verifiers and embedders that are functions of the user's own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from faceaudit.errors import OptionError
from faceaudit.systems.under_test.base import (
    NO_ANSWER,
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    VerifierUnderTest,
)
from faceaudit.systems.under_test.common.answer_checks import (
    Answers,
    check_decisions,
    check_labels,
    check_numbers,
    check_pair_scores,
)
from faceaudit.systems.under_test.common.network_answers import check_size
from faceaudit.systems.under_test.common.user_function import UserFunction
from faceaudit.types import FaceSet, FloatArray, IntArray

_ACCESS = {
    "labels": Access.LABELS,
    "decide": Access.LABELS,
    "scores": Access.SCORES,
    "embed": Access.EMBEDDINGS,
}


class FunctionIdentifier(IdentifierUnderTest):
    """An identifier that is one function, or one for labels, scores and embeddings each.

    Args:
        asked: functions by what they give: "labels", "scores", "embed".
        widths: numbers that "scores" and "embed" give a photo.
        names: K people, in label order.
        unanswered: whether a row of NaN is no answer.
        title: for people to read.
        size: height and width of the photos.
        id_: digest of what is known of the functions.
    """

    def __init__(
        self,
        asked: Mapping[str, UserFunction],
        widths: Mapping[str, int],
        names: tuple[str, ...],
        unanswered: bool,  # noqa: FBT001 - one of several facts
        *,
        title: str,
        size: tuple[int, int],
        id_: str,
    ) -> None:
        self.names, self.title, self.size, self.id = names, title, size, id_
        self.access = frozenset({Access.LABELS, *(_ACCESS[kind] for kind in asked)})
        self._asked, self._widths, self._unanswered = asked, widths, unanswered

    def labels(self, faces: FaceSet, rows: IntArray | None = None) -> IntArray:
        """Return the (N,) labels it gives, or those of the largest scores."""
        if "labels" in self._asked:
            rows = _rows(self, faces, rows)
            found = self._asked["labels"].answers(faces.images, rows)
            return check_labels(found, len(self.names), self._asked["labels"].title)
        scores = self.scores(faces, rows)
        # The first NaN of a row counts as its largest, so that rows of NaN do no harm here.
        return np.where(np.isnan(scores[:, 0]), NO_ANSWER, scores.argmax(axis=1))

    def scores(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, K) scores as the function gives them."""
        if "scores" not in self._asked:
            return super().scores(faces, rows)
        return self._numbers("scores", faces, rows)

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings as the function gives them."""
        if "embed" not in self._asked:
            return super().embed(faces, rows)
        return self._numbers("embed", faces, rows)

    def _numbers(self, kind: str, faces: FaceSet, rows: IntArray | None) -> FloatArray:
        rows = _rows(self, faces, rows)
        return _numbers(self._asked[kind], self._widths[kind], faces, rows, self._unanswered)


class FunctionEmbedder(EmbedderUnderTest):
    """An embedder that is a function.

    Args:
        asked: the function.
        width: numbers that it gives a photo.
        unanswered: whether a row of NaN is no answer.
        title: for people to read.
        size: height and width of the photos.
        id_: digest of what is known of the function.
    """

    def __init__(
        self,
        asked: UserFunction,
        width: int,
        unanswered: bool,  # noqa: FBT001 - one of several facts
        *,
        title: str,
        size: tuple[int, int],
        id_: str,
    ) -> None:
        self.title, self.size, self.id = title, size, id_
        self.access = frozenset({Access.EMBEDDINGS, Access.SCORES})
        self._asked, self._width, self._unanswered = asked, width, unanswered

    def embed(self, faces: FaceSet, rows: IntArray | None = None) -> FloatArray:
        """Return (N, E) embeddings as the function gives them."""
        rows = _rows(self, faces, rows)
        return _numbers(self._asked, self._width, faces, rows, self._unanswered)


class FunctionVerifier(VerifierUnderTest):
    """A verifier that is one function of two batches of photos, or one for scores and decisions.

    Args:
        asked: functions by what they give: "scores", "decide".
        threshold: the score from which on it accepts, where it gives scores alone.
        unanswered: whether NaN and -1 are no answer.
        title: for people to read.
        size: height and width of the photos.
        id_: digest of what is known of the functions.
    """

    def __init__(
        self,
        asked: Mapping[str, UserFunction],
        threshold: float | None,
        unanswered: bool,  # noqa: FBT001 - one of several facts
        *,
        title: str,
        size: tuple[int, int],
        id_: str,
    ) -> None:
        self.title, self.size, self.id = title, size, id_
        self.access = frozenset(_ACCESS[kind] for kind in asked)
        if threshold is not None:
            self.access |= {Access.LABELS}
        self._asked, self._threshold, self._unanswered = asked, threshold, unanswered

    def check(self, answers: Mapping[str, Answers]) -> None:
        """Raise `InputError` where answers about pairs are not what a verifier gives."""
        for kind, found in answers.items():
            self._checked(kind, found, ["a trial pair"] * len(found))

    def decide(self, faces: FaceSet, first: IntArray, second: IntArray) -> IntArray:
        """Return (P,) the decisions it gives, or whether scores reach the threshold."""
        if "decide" in self._asked:
            return self._answers("decide", faces, first, second).astype(np.int64)
        if self._threshold is None:
            raise OptionError(
                f"expected a threshold to decide by, as {self.title} gives scores alone, got none; "
                "say threshold"
            )
        scores = self.scores(faces, first, second)
        accepted = scores >= np.float32(self._threshold)
        return np.where(np.isnan(scores), NO_ANSWER, accepted.astype(np.int64))

    def scores(self, faces: FaceSet, first: IntArray, second: IntArray) -> FloatArray:
        """Return (P,) scores as the function gives them."""
        if "scores" not in self._asked:
            return super().scores(faces, first, second)
        return self._answers("scores", faces, first, second).astype(np.float32)

    def _answers(self, kind: str, faces: FaceSet, first: IntArray, second: IntArray) -> Answers:
        check_size(faces, self.size)
        if not len(first):
            return np.empty(0, dtype=np.float32)
        found = self._asked[kind].answers(faces.images, first, second)
        pairs = [f"{faces.ids[a]} / {faces.ids[b]}" for a, b in zip(first, second, strict=True)]
        return self._checked(kind, found, pairs)

    def _checked(self, kind: str, found: Answers, pairs: Sequence[str]) -> Answers:
        title = self._asked[kind].title
        if kind == "decide":
            return check_decisions(found, title, unanswered=self._unanswered)
        return check_pair_scores(found, title, pairs, unanswered=self._unanswered)


def _rows(
    system: FunctionIdentifier | FunctionEmbedder, faces: FaceSet, rows: IntArray | None
) -> IntArray:
    check_size(faces, system.size)
    return np.arange(len(faces)) if rows is None else rows


def _numbers(
    asked: UserFunction,
    width: int,
    faces: FaceSet,
    rows: IntArray,
    unanswered: bool,  # noqa: FBT001 - one of several facts
) -> FloatArray:
    found = asked.answers(faces.images, rows)
    ids = [faces.ids[row] for row in rows]
    return check_numbers(found, width, asked.title, ids, unanswered=unanswered)
