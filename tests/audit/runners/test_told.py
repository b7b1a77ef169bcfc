"""Progress told in messages shows elsewhere what it shows here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager

from faceaudit.audit.runners.told import Message, SentProgress, ToldProgress
from faceaudit.progress import Advance


class Shown:
    def __init__(self) -> None:
        self.seen: list[object] = []

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        self.seen.append(("begun", title, total))
        yield lambda steps: self.seen.append((title, steps))
        self.seen.append(("ended", title))

    def note(self, text: str) -> None:
        self.seen.append(text)


def sent() -> list[Message]:
    messages: list[Message] = []
    progress = SentProgress(messages.append)
    with progress.task("train", 3) as advance:
        advance(2)
        with progress.task("embed", None):
            progress.note("said")
        advance(1)
    return [json.loads(json.dumps(message)) for message in messages]


def test_what_is_sent_is_shown() -> None:
    shown = Shown()
    told = ToldProgress(shown)
    for message in sent():
        told.tell("a", "case", message)
    assert shown.seen == [
        ("begun", "train", 3),
        ("train", 2),
        ("begun", "embed", None),
        "said",
        ("ended", "embed"),
        ("train", 1),
        ("ended", "train"),
    ]


def test_several_senders_have_numbers_of_their_own() -> None:
    shown = Shown()
    told = ToldProgress(shown)
    first, second = sent(), sent()
    told.tell("a", "case", first[0])
    told.tell("b", "case", second[0])
    told.tell("a", "case", first[1])
    told.end("a")
    told.tell("b", "case", second[1])
    told.__exit__()
    assert shown.seen == [
        ("begun", "train", 3),
        ("begun", "train", 3),
        ("train", 2),
        ("ended", "train"),
        ("train", 2),
        ("ended", "train"),
    ]


def test_letters_that_come_late_are_left_out() -> None:
    shown = Shown()
    told = ToldProgress(shown)
    told.tell("a", "case", {"task": 5, "steps": 1})
    told.tell("a", "case", {"task": 5, "end": True})
    told.end("a")
    told.end("nobody")
    assert shown.seen == []
