"""Replies of a server read into answers; what is wrong with one is said with its place."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Never

import numpy as np

from faceaudit.systems.under_test.base import NO_ANSWER, Access
from faceaudit.systems.under_test.common.answer import Answer
from faceaudit.systems.under_test.common.http_description import (
    EmbedderAnswer,
    IdentifierAnswer,
    NamedScores,
    NoAnswer,
    VerifierAnswer,
)
from faceaudit.systems.under_test.common.http_reply import Reply, WrongAnswerError
from faceaudit.systems.under_test.common.json_path import NothingThereError, find, outline
from faceaudit.types import FloatArray

Reader = Callable[[Any], Answer]


def says_no_answer(reply: Reply, conditions: Sequence[NoAnswer]) -> bool:
    """Return whether a reply says that there is no answer."""
    return any(_holds(condition, reply) for condition in conditions)


def identifier_reader(
    answer: IdentifierAnswer, names: Sequence[str], access: frozenset[Access]
) -> Reader:
    """Return what reads an identifier's answers.

    Args:
        answer: where they stand.
        names: K people it knows.
        access: what is read.
    """
    place = {name: number for number, name in enumerate(names)}

    def read(values: Any) -> Answer:
        scores = None
        if Access.SCORES in access and answer.scores is not None:
            scores = _scores(values, answer.scores, place)
            scores = -scores if answer.direction == "distance" else scores
        embedding = None
        if Access.EMBEDDINGS in access and answer.embedding is not None:
            embedding = numbers_at(values, answer.embedding)
        if answer.label is not None:
            return Answer(_label(values, answer, place), scores, embedding)
        return Answer(_best(scores, answer), scores, embedding)

    return read


def verifier_reader(answer: VerifierAnswer, access: frozenset[Access]) -> Reader:
    """Return what reads a verifier's answers; null stands for none."""

    def read(values: Any) -> Answer:
        score = None
        distance = answer.direction == "distance"
        if answer.score is not None and Access.SCORES in access:
            found = _at(values, answer.score)
            score = None if found is None else _number(found, answer.score)
        decision = NO_ANSWER
        if answer.decision is not None and Access.LABELS in access:
            decision = _decision(values, answer.decision)
        elif answer.threshold is not None and score is not None:
            threshold = answer.threshold
            if isinstance(threshold, str):
                threshold = number_at(values, threshold)
            decision = int(score <= threshold if distance else score >= threshold)
        if score is None:
            return Answer(decision)
        return Answer(decision, np.array([-score if distance else score], dtype=np.float32))

    return read


def embedder_reader(answer: EmbedderAnswer) -> Reader:
    """Return what reads an embedder's answers."""
    return lambda values: Answer(embedding=numbers_at(values, answer.embedding))


def number_at(values: Any, path: str) -> float:
    """Return the number at a path.

    Raises:
        WrongAnswerError: none is there, or not a finite one.
    """
    return _number(_at(values, path), path)


def numbers_at(values: Any, path: str) -> FloatArray:
    """Return the list of numbers at a path, (E,) float32.

    Raises:
        WrongAnswerError: none is there, it is empty, or holds what is no finite number.
    """
    return _numbers(_at(values, path), path)


def _numbers(found: Any, path: str) -> FloatArray:
    if not isinstance(found, list) or not found:
        _wrong(path, "a list of numbers", outline(found))
    if not all(type(item) in (float, int) for item in found):
        wrong = next(item for item in found if type(item) not in (float, int))
        _wrong(path, "a list of numbers", f"{outline(wrong)} in it")
    try:
        with np.errstate(over="ignore"):
            numbers = np.array(found, dtype=np.float64).astype(np.float32)
    except OverflowError:  # a whole number beyond all floats
        numbers = np.array([np.inf], dtype=np.float32)
    if not np.isfinite(numbers).all():
        _wrong(path, "finite numbers", "larger ones than 32 bits hold")
    return numbers


def _number(found: Any, path: str) -> float:
    if type(found) not in (float, int):
        _wrong(path, "a number", outline(found))
    return float(_numbers([found], path)[0]) if abs(found) > 1e38 else float(found)


def _scores(values: Any, where: str | NamedScores, place: Mapping[str, int]) -> FloatArray:
    """Return (K,) scores in the order of the names."""
    if isinstance(where, NamedScores):
        items = _at(values, where.each)
        if not isinstance(items, list):
            _wrong(where.each, "a list", outline(items))
        named = [(_at(item, where.name), _at(item, where.score)) for item in items]
        return _ordered(named, where.each, where.lacking, place)
    found = _at(values, where)
    if isinstance(found, dict):
        return _ordered(list(found.items()), where, None, place)
    numbers = _numbers(found, where)
    if len(numbers) != len(place):
        _wrong(where, f"{len(place)} scores, one for each person", f"{len(numbers)}")
    return numbers


def _ordered(
    named: Sequence[tuple[Any, Any]], where: str, lacking: float | None, place: Mapping[str, int]
) -> FloatArray:
    given: dict[str, float] = {}
    for name, score in named:
        if not isinstance(name, str) or name not in place:
            _wrong(where, "scores of the people in `names`", f"one of {outline(name)}")
        if name in given:
            _wrong(where, "one score a person", f"two of {ascii(name)[:60]}")
        given[name] = _number(score, where)
    if len(given) < len(place) and lacking is None:
        _wrong(where, f"{len(place)} scores, one for each person", f"{len(given)}")
    return _numbers([given.get(name, lacking) for name in place], where)


def _label(values: Any, answer: IdentifierAnswer, place: Mapping[str, int]) -> int:
    assert answer.label is not None
    found = _at(values, answer.label)
    if found is None or found in answer.unknown:
        return NO_ANSWER
    if isinstance(found, str) and found in place:
        return place[found]
    if type(found) is int and NO_ANSWER <= found < len(place):
        return found
    return _wrong(
        answer.label,
        f"one of {len(place)} people in `names`, or null",
        f"{outline(found)}; list it in `names`, or in `unknown` if it stands for nobody",
    )


def _best(scores: FloatArray | None, answer: IdentifierAnswer) -> int:
    assert scores is not None
    best = int(scores.argmax())
    if answer.threshold is None:
        return best
    distance = answer.direction == "distance"
    limit = np.float32(-answer.threshold if distance else answer.threshold)
    return best if scores[best] >= limit else NO_ANSWER


def _decision(values: Any, path: str) -> int:
    found = _at(values, path)
    if found is None:
        return NO_ANSWER
    if isinstance(found, str) and found.lower() in ("true", "false"):
        return int(found.lower() == "true")
    if isinstance(found, bool) or (type(found) is int and found in (0, 1)):
        return int(found)
    return _wrong(path, "true or false", outline(found))


def _at(values: Any, path: str) -> Any:
    try:
        return find(values, path)
    except NothingThereError as error:
        raise WrongAnswerError(
            f"expected {path or 'the whole'} in the answer, got {error}; check the description"
        ) from None


def _holds(condition: NoAnswer, reply: Reply) -> bool:
    fits = (
        200 <= reply.status < 300 if condition.status is None else reply.status == condition.status
    )
    if not fits or condition.value is None:
        return fits
    try:
        found = find(reply.values(), condition.value)
    except WrongAnswerError:
        return False
    except NothingThereError:
        return condition.missing
    if condition.missing:
        return found is None
    if condition.contains is not None:
        return isinstance(found, str) and condition.contains in found
    return bool(found == condition.equals and type(found) is type(condition.equals))


def _wrong(path: str, expected: str, got: str) -> Never:
    raise WrongAnswerError(f"expected {expected} at {path or 'the whole'}, got {got}")
