"""Many questions asked of a server at once: paced, tried again, counted, and each answer kept."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from pydantic import Field

from faceaudit.errors import InputError
from faceaudit.progress import Advance
from faceaudit.registry import Options
from faceaudit.systems.under_test.common.answer import Answer
from faceaudit.systems.under_test.common.answer_log import AnswerLog
from faceaudit.systems.under_test.common.http_connection import BrokenError, Connection
from faceaudit.systems.under_test.common.http_reply import (
    Reply,
    WrongAnswerError,
    read_untold,
    untold,
)
from faceaudit.systems.under_test.common.http_request import Content, Template
from faceaudit.systems.under_test.common.pace import Pace
from faceaudit.types import ImageArray

_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_FAULTS = 4
"""How often status 500 is taken for a passing fault."""

_FIRST_WAIT, _LONGEST_WAIT = 0.1, 5.0


class Limits(Options):
    """How much is asked of a server, and how long it is waited for."""

    rate: float | None = Field(None, gt=0, description="requests a second at most")
    concurrency: int = Field(8, ge=1, le=256, description="requests under way at once")
    timeout: float = Field(30, gt=0, description="seconds until the whole of an answer is there")
    patience: float = Field(
        60, ge=0, description="seconds that a request which fails is tried again"
    )
    max_queries: int | None = Field(
        None, ge=0, description="requests at most, those of earlier runs whose answers are kept too"
    )


@dataclass(frozen=True, eq=False)
class Question:
    """One request to come.

    Attributes:
        key: of its answer.
        where: what it is about, for messages.
        photos: one or two photos (H, W, 3) uint8.
    """

    key: str
    where: str
    photos: tuple[ImageArray, ...]


@dataclass(frozen=True, eq=False)
class _Done:
    """What a thread has to say: an answer, a fault, or, without either, that it has ended."""

    question: Question | None = None
    answer: Answer | None = None
    fault: BaseException | None = None


class Asker:
    """Asks a server, and keeps what it answers.

    Args:
        template: of every request.
        read: what makes an answer of a reply; may raise `WrongAnswerError`.
        passes: whether a reply is an answer though its status says otherwise.
        limits: how much and how long.
        log: where answers are kept.
        secrets: names by the texts that no message may show.

    """

    def __init__(
        self,
        template: Template,
        read: Callable[[Reply], Answer],
        passes: Callable[[Reply], bool],
        limits: Limits,
        log: AnswerLog,
        secrets: Mapping[str, str],
    ) -> None:
        self._fruitless = 0  # requests that brought no answer to keep
        self._left: int | None = None  # requests that may still be sent
        self._template = template
        self._read = read
        self._passes = passes
        self._limits = limits
        self._log = log
        self._secrets = secrets
        self._counting = threading.Lock()

    def ask(self, questions: Sequence[Question], advance: Advance) -> None:
        """Ask what is not in the log yet; afterwards all of it is.

        The first fault stops what has not begun; what is under way may still come in, and is kept.

        Raises:
            InputError: more would be asked than is allowed, the server cannot be reached for too
                long, or gives a wrong answer; what was answered before is kept.
            StoreError: answers cannot be kept.
        """
        different = {question.key: question for question in questions}
        with self._log.writing():
            new = [asked for key, asked in different.items() if key not in self._log]
            advance(len(different) - len(new))
            if new:
                self._allow(len(new))
                self._ask_all(new, advance)

    def _allow(self, count: int) -> None:
        """Raise `InputError` where more would be sent than is allowed; else note what is left."""
        most = self._limits.max_queries
        if most is None:
            return
        sent = len(self._log) + self._fruitless
        self._left = most - sent
        if count > self._left:
            raise InputError(
                f"expected at most {most:,} requests, got {count:,} more to send after {sent:,}; "
                "nothing of it was sent; raise max_queries, or ask about less"
            )

    def _ask_all(self, questions: Sequence[Question], advance: Advance) -> None:
        pace = Pace(self._limits.rate)
        waiting = iter(questions)
        done: queue.SimpleQueue[_Done] = queue.SimpleQueue()
        working = min(self._limits.concurrency, len(questions))
        for _ in range(working):  # daemons: Ctrl-C does not wait for what is under way
            arguments = (waiting, pace, done)
            threading.Thread(target=self._work, args=arguments, daemon=True).start()
        first: _Done | None = None
        try:
            while working:
                found = done.get()
                if found.fault is not None:
                    pace.stop()
                    first = first or found
                elif found.question is None or found.answer is None:
                    working -= 1
                else:
                    self._log.add(found.question.key, found.answer)
                    with self._counting:
                        self._fruitless -= 1
                    advance(1)
        finally:
            pace.stop()
        if first is not None and first.fault is not None:
            if isinstance(first.fault, InputError) and first.question is not None:
                raise type(first.fault)(self._told(first.question, str(first.fault)))
            raise first.fault

    def _work(
        self, waiting: Iterator[Question], pace: Pace, done: queue.SimpleQueue[_Done]
    ) -> None:
        question = None
        try:
            with closing(Connection(self._template, self._limits.timeout)) as connection:
                while True:
                    with self._counting:
                        question = next(waiting, None)
                    if question is None or not pace.turn():
                        return
                    content = self._template.content(question.photos)
                    answer = self._answer(connection, content, pace)
                    if answer is None:
                        return
                    done.put(_Done(question, answer))
        except BaseException as fault:  # noqa: BLE001 - raised again where the questions come from
            done.put(_Done(question, fault=fault))
        finally:
            done.put(_Done())

    def _answer(self, connection: Connection, content: Content, pace: Pace) -> Answer | None:
        """Return the answer to a request that has its turn; None when all asking has stopped."""
        first_fault: float | None = None
        wait, faults = _FIRST_WAIT, 0
        while True:
            self._spend()
            asked_to_wait = 0.0
            try:
                reply, asked_to_wait = connection.send(content)
            except BrokenError as error:
                reason = str(error)
            else:
                if reply.status not in _PASSING or self._passes(reply):
                    return read_untold(reply, self._read, self._secrets)
                faults += reply.status == 500
                reason = f"status {reply.status} with {reply.without(self._secrets).shown()}"
                if faults >= _FAULTS:
                    raise WrongAnswerError(f"expected an answer, got {reason} {faults} times")
            now = time.monotonic()
            first_fault = now if first_fault is None else first_fault
            pace.hold(asked_to_wait)
            pause = max(wait, asked_to_wait)
            if now + pause > first_fault + self._limits.patience:
                raise InputError(self._lost(reason, asked_to_wait))
            pace.pause(pause)
            wait = min(2 * wait, _LONGEST_WAIT)
            if not pace.turn():
                return None

    def _spend(self) -> None:
        with self._counting:
            if self._left == 0:
                raise InputError(
                    f"expected at most {self._limits.max_queries:,} requests, got all of them "
                    "used, some of them tried again; raise max_queries"
                )
            self._left = None if self._left is None else self._left - 1
            self._fruitless += 1  # until its answer is kept

    def _lost(self, reason: str, asked_to_wait: float) -> str:
        told = f", asking to wait {asked_to_wait:g} s" if asked_to_wait else ""
        return (
            f"expected an answer within {self._limits.patience:g} s (patience), got {reason}{told}"
            "; see whether the server runs"
        )

    def _told(self, question: Question, reason: str) -> str:
        """Return a reason with its place and what is kept, without anything secret."""
        text = f"{question.where} ({self._template.where}): {untold(reason, self._secrets)}"
        kept = len(self._log)
        return f"{text}; {kept:,} answers are kept, the next run goes on from there"


def fetch(template: Template, limits: Limits, secrets: Mapping[str, str]) -> Reply:
    """Return a server's reply to one request without photos, tried once.

    Args:
        template: of the request.
        limits: how long to wait.
        secrets: names by the texts that no message may show.

    Raises:
        InputError: it cannot be reached, or does not answer in time.
    """
    try:
        with closing(Connection(template, limits.timeout)) as connection:
            return connection.send(template.content(()))[0]
    except BrokenError as error:
        raise InputError(
            f"expected a server at {template.url}, got {untold(str(error), secrets)}; start it, or "
            "give another `url`"
        ) from None
