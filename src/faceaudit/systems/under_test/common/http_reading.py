"""What a described system gives, and what reads it from a server's replies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from faceaudit.errors import OptionError
from faceaudit.systems.under_test.base import Access
from faceaudit.systems.under_test.common.answer import Answer
from faceaudit.systems.under_test.common.http_answer import (
    Reader,
    embedder_reader,
    identifier_reader,
    says_no_answer,
    verifier_reader,
)
from faceaudit.systems.under_test.common.http_description import Embedder, Identifier, Verifier
from faceaudit.systems.under_test.common.http_reply import Reply, check_status

Asked = Identifier | Verifier | Embedder
"""How a system is asked."""


def check_threshold(asked: Asked, threshold: float | None) -> None:
    """Raise `OptionError` for a threshold of what decides itself, or never decides."""
    answer = asked.answer
    decides = getattr(answer, "label", None) or getattr(answer, "decision", None)
    if threshold is not None and ("threshold" not in type(answer).model_fields or decides):
        raise OptionError(
            "expected a threshold for a server that makes no decision, got one for a server that "
            "does, or an embedder; leave it out"
        )


def limit_of(asked: Asked, threshold: float | None) -> np.float32 | None:
    """Return the score from which on is decided here, larger ones being surer."""
    if threshold is None:
        return None
    distance = getattr(asked.answer, "direction", "similarity") == "distance"
    return np.float32(-threshold if distance else threshold)


def reader_of(
    asked: Asked, names: tuple[str, ...], told: frozenset[Access] | None
) -> tuple[frozenset[Access], Reader]:
    """Return what a system gives, and what reads it."""
    found: set[Access] = set()
    if isinstance(asked, Identifier):
        found.add(Access.LABELS)
        if asked.answer.scores is not None:
            found.add(Access.SCORES)
        if asked.answer.embedding is not None:
            found.add(Access.EMBEDDINGS)
        access = frozenset(found if told is None else found & (told | {Access.LABELS}))
        if asked.answer.label is None and Access.SCORES not in access:
            raise OptionError("expected scores of the identifier, got a server that gives none")
        return access, identifier_reader(asked.answer, names, access)
    if isinstance(asked, Verifier):
        if asked.answer.score is not None:
            found.add(Access.SCORES)
        if asked.answer.decision is not None or asked.answer.threshold is not None:
            found.add(Access.LABELS)
        access = frozenset(found if told is None else found & told)
        return access, verifier_reader(asked.answer, access)
    return frozenset({Access.EMBEDDINGS, Access.SCORES}), embedder_reader(asked.answer)


def whole_reader(asked: Asked, read: Reader) -> Callable[[Reply], Answer]:
    """Return what reads a whole reply, its status as well."""

    def read_reply(reply: Reply) -> Answer:
        if says_no_answer(reply, asked.no_answer):
            return Answer()
        check_status(reply)
        return read(reply.values())

    return read_reply
