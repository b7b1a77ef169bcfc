"""The door `http` before servers that die, limit, dawdle and answer wrongly."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from email.utils import formatdate
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from faceaudit.errors import InputError
from faceaudit.systems.under_test import systems_under_test
from faceaudit.systems.under_test.common.http_connection import BODY_LIMIT
from faceaudit.systems.under_test.common.pace import Pace
from faceaudit.types import FaceSet
from helpers.faces import blocks
from helpers.http_server import Asked, Reply, Server, photo_of

VERIFIER: dict[str, Any] = {
    "title": "Mean",
    "size": [24, 20],
    "verifier": {
        "request": {"path": "/same", "body": {"a": "{photo1}", "b": "{photo2}"}},
        "answer": {"score": "score"},
    },
}
EMBEDDER: dict[str, Any] = {
    "title": "Vec",
    "size": [24, 20],
    "embedder": {
        "request": {"path": "/embed", "body": {"photo": "{photo}"}},
        "answer": {"embedding": "vec"},
    },
}


@pytest.fixture
def few() -> FaceSet:
    """Twelve photos, 24 x 20."""
    return blocks(people=3, photos=4, size=(24, 20))


def mean(asked: Asked) -> Reply:
    return Reply({"vec": photo_of(asked.json()["photo"]).mean((0, 1)).tolist()})


def opened(description: dict[str, Any], server: Server, cache: Path, **options: Any) -> Any:
    values = {"system": "http", "path": description, "url": server.url, **options}
    return systems_under_test.build(values).open(cache=cache)


def expected(faces: FaceSet) -> Any:
    return faces.images.mean((1, 2)).astype(np.float32)


def test_a_server_that_dies_and_comes_back_is_waited_for(few: FaceSet, tmp_path: Path) -> None:
    def behave(asked: Asked) -> Reply:
        if len(server.asked) == 5:
            threading.Thread(target=die_for_a_while).start()
            time.sleep(0.2)
        return mean(asked)

    def die_for_a_while() -> None:
        server.die()
        time.sleep(0.3)
        server.start()

    with Server(behave) as server:
        system = opened(EMBEDDER, server, tmp_path, concurrency=3)
        np.testing.assert_array_equal(system.embed(few), expected(few))
        assert len(server.asked) > 12  # those under way when it died were asked again


def test_one_that_stays_away_is_given_up_and_the_next_run_goes_on(
    few: FaceSet, tmp_path: Path
) -> None:
    def behave(asked: Asked) -> Reply:
        if len(server.asked) > 4:
            threading.Thread(target=server.die).start()
            time.sleep(0.1)
        return mean(asked)

    with Server(behave) as server:
        system = opened(EMBEDDER, server, tmp_path, concurrency=1, patience=0.3)
        with pytest.raises(InputError) as told:
            system.embed(few)
        assert re.search(
            r"photo 'person-1/video-0/000' \(POST /embed\): expected an answer within 0.3 s "
            r"\(patience\), got \w+Error.*; 4 answers are kept, the next run goes on from there",
            str(told.value),
        )
        server.behave = mean
        server.asked.clear()
        time.sleep(0.1)
        server.start()
        again = opened(EMBEDDER, server, tmp_path)
        np.testing.assert_array_equal(again.embed(few), expected(few))
        assert len(server.asked) == 8


def test_a_killed_run_loses_nothing_that_was_answered(few: FaceSet, tmp_path: Path) -> None:
    code = f"""
from faceaudit.systems.under_test import systems_under_test
from helpers.faces import blocks
door = systems_under_test.build({{"system": "http", "path": {EMBEDDER!r}, "url": %r,
                                "concurrency": 1}})
door.open(cache=__import__("pathlib").Path({str(tmp_path)!r})).embed(
    blocks(people=3, photos=4, size=(24, 20)))
"""
    reached = threading.Event()

    def behave(asked: Asked) -> Reply:
        if len(server.asked) == 6:
            reached.set()
            time.sleep(2)
        return mean(asked)

    with Server(behave) as server:
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
        child = subprocess.Popen([sys.executable, "-c", code % server.url], env=environment)
        assert reached.wait(60)
        child.send_signal(signal.SIGKILL)
        child.wait()
        server.behave = mean
        system = opened(EMBEDDER, server, tmp_path)
        np.testing.assert_array_equal(system.embed(few), expected(few))
        assert len(server.asked) == 6 + 7  # the sixth was under way


@pytest.mark.parametrize("spelled", ["seconds", "date"])
def test_a_server_that_limits_the_rate_is_obeyed(
    few: FaceSet, tmp_path: Path, spelled: str
) -> None:
    def behave(asked: Asked) -> Reply:
        if len(server.asked) == 3:
            wait = "1" if spelled == "seconds" else formatdate(time.time() + 2, usegmt=True)
            return Reply({}, status=429, headers={"Retry-After": wait})
        time.sleep(0.05)
        return mean(asked)

    with Server(behave) as server:
        system = opened(EMBEDDER, server, tmp_path, concurrency=2)
        np.testing.assert_array_equal(system.embed(few), expected(few))
        at = np.array([asked.at for asked in server.asked])
    assert len(at) == 13
    assert (at < at[2] + 0.9).sum() <= 5  # the other one under way may send one more
    assert np.sort(np.diff(at))[-2] < 0.9  # all wait once, not one after the other


def test_one_that_says_come_back_tomorrow_is_given_up_at_once(few: FaceSet, tmp_path: Path) -> None:
    reply = Reply({}, status=503, headers={"Retry-After": "86400"})
    with Server(lambda _: reply) as server:
        system = opened(EMBEDDER, server, tmp_path, concurrency=1)
        with pytest.raises(InputError, match=r"got status 503 .*, asking to wait 86400 s; see"):
            system.embed(few)
    assert len(server.asked) == 1


def test_the_rate_is_kept(few: FaceSet, tmp_path: Path) -> None:
    with Server(mean) as server:
        start = time.monotonic()
        opened(EMBEDDER, server, tmp_path, rate=50).embed(few)
        last = max(asked.at for asked in server.asked)
    assert last - start >= 11 / 50


def test_requests_go_side_by_side_but_no_more_than_allowed(few: FaceSet, tmp_path: Path) -> None:
    lock, under_way, most = threading.Lock(), [0], [0]

    def behave(asked: Asked) -> Reply:
        with lock:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])
        time.sleep(0.1)
        with lock:
            under_way[0] -= 1
        return mean(asked)

    with Server(behave) as server:
        opened(EMBEDDER, server, tmp_path, concurrency=4).embed(few)
    assert most[0] == 4


OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


@pytest.mark.parametrize(
    ("reply", "message"),
    [
        (Reply(b"hello"), "expected JSON, got a body that starts 'hello'"),
        (Reply(b""), "expected JSON, got an empty body"),
        (
            Reply(b"<!DOCTYPE html><p>", headers={"Content-Type": "text/html"}),
            "expected JSON, got a page of HTML",
        ),
        (Reply(b"[" * 100_000), "expected JSON, got a body that starts '[[["),
        (
            Reply({"vec_": [1, 2]}),
            "expected vec in the answer, got no 'vec' in a mapping of 'vec_'",
        ),
        (Reply({"vec": "1,2"}), "expected a list of numbers at vec, got '1,2'"),
        (Reply({"vec": []}), "expected a list of numbers at vec, got a list of 0"),
        (Reply({"vec": [1, None]}), "expected a list of numbers at vec, got None in it"),
        (Reply({"vec": [1, True]}), "expected a list of numbers at vec, got True in it"),
        (Reply(b'{"vec": [1, NaN]}'), "expected numbers, got NaN, which is none"),
        (Reply({"vec": [1e39]}), "expected finite numbers at vec"),
        (Reply(b'{"vec": [1e999]}'), "expected finite numbers at vec"),
        (Reply({"vec": [10**400]}), "expected finite numbers at vec"),
        (Reply({"vec": [1]}, headers={"Content-Encoding": "gzip"}), "got one packed as 'gzip'"),
        (
            Reply({}, status=302, headers={"Location": "http://else.where/"}),
            "got a redirect to 'http://else.where/', which is not followed",
        ),
        (Reply({"error": "no key"}, status=401), "got status 401 with a body that starts '{\"err"),
        (Reply({}, status=404), "check `url` and the request's path"),
        (Reply({}, status=418), "say in `no_answer`"),
        (Reply(b" " * (BODY_LIMIT + 1)), "expected at most 8,388,608 bytes, got more"),
        (
            Reply(
                raw=(
                    OK + b"Transfer-Encoding: chunked\r\n\r\n",
                    *[b"100000\r\n" + b" " * 2**20 + b"\r\n"] * 9,
                )
            ),
            "expected at most 8,388,608 bytes, got more",
        ),
    ],
)
def test_wrong_answers_are_named_and_not_asked_again(
    few: FaceSet, tmp_path: Path, reply: Reply, message: str
) -> None:
    def behave(asked: Asked) -> Reply:
        wrong = (photo_of(asked.json()["photo"]) == few.images[2]).all()
        return reply if wrong else mean(asked)

    with Server(behave) as server:
        system = opened(EMBEDDER, server, tmp_path, concurrency=1)
        with pytest.raises(InputError, match=re.escape(message)) as told:
            system.embed(few)
    assert str(told.value).startswith("photo 'person-0/video-0/002' (POST /embed): expected ")
    assert "2 answers are kept" in str(told.value)
    assert len(server.asked) == 3


def test_embeddings_of_different_lengths_are_refused(few: FaceSet, tmp_path: Path) -> None:
    with Server(lambda _: Reply({"vec": [1.0] * len(server.asked)})) as server:
        system = opened(EMBEDDER, server, tmp_path, concurrency=1)
        with pytest.raises(InputError, match=re.escape("of one length from Vec, got [1, 2, 3")):
            system.embed(few)


@pytest.mark.parametrize(
    ("raw", "every"),
    [
        ((OK + b"Content-Length: 1000\r\n\r\n", *[b" "] * 20), 0.1),  # the body byte by byte
        ((b"HTTP/1.1 200 OK\r\n", *[b"X-A: b\r\n"] * 20), 0.1),  # headers without end
        ((OK + b"Content-Length: 1000\r\n\r\n", b""), 2.0),  # silence
    ],
)
def test_an_answer_must_be_whole_in_time(
    few: FaceSet, tmp_path: Path, raw: tuple[bytes, ...], every: float
) -> None:
    with Server(lambda _: Reply(raw=raw, every=every)) as server:
        system = opened(EMBEDDER, server, tmp_path, concurrency=1, timeout=0.25, patience=0.2)
        start = time.monotonic()
        with pytest.raises(InputError, match=r"got no whole answer in 0.25 s; see whether"):
            system.embed(few)
        assert time.monotonic() - start < 1.9


def test_a_slow_answer_in_time_is_an_answer(few: FaceSet, tmp_path: Path) -> None:
    body = b'{"vec": [1.5]}'
    raw = (OK + b"Content-Length: %d\r\n\r\n" % len(body), body[:5], body[5:])
    with Server(lambda _: Reply(raw=raw, every=0.05)) as server:
        system = opened(EMBEDDER, server, tmp_path, timeout=5)
        np.testing.assert_array_equal(system.embed(few), np.full((12, 1), np.float32(1.5)))


def test_half_an_answer_is_asked_again(few: FaceSet, tmp_path: Path) -> None:
    def behave(asked: Asked) -> Reply:
        if len(server.asked) == 1:
            return Reply(raw=(OK + b'Content-Length: 99\r\n\r\n{"vec": [1]',))
        return mean(asked)

    with Server(behave) as server:
        system = opened(EMBEDDER, server, tmp_path, concurrency=1)
        np.testing.assert_array_equal(system.embed(few), expected(few))
        assert len(server.asked) == 13


def test_an_inner_error_of_one_photo_ends_soon(few: FaceSet, tmp_path: Path) -> None:
    with Server(lambda _: Reply({"error": "oh"}, status=500)) as server:
        system = opened(EMBEDDER, server, tmp_path, concurrency=1)
        with pytest.raises(InputError, match=r"got status 500 with .* 4 times"):
            system.embed(few)
    assert len(server.asked) == 4


def test_more_than_the_budget_is_refused_before_anything_is_sent(
    few: FaceSet, tmp_path: Path
) -> None:
    with Server(mean) as server:
        system = opened(EMBEDDER, server, tmp_path, max_queries=11)
        with pytest.raises(InputError, match="expected at most 11 requests, got 12 more to send"):
            system.embed(few)
        assert not server.asked
        system.embed(few, np.arange(11))
        system.embed(few, np.arange(11))  # kept answers cost nothing
        with pytest.raises(InputError, match="got 1 more to send after 11; nothing of it"):
            system.embed(few)
        again = opened(EMBEDDER, server, tmp_path, max_queries=11)
        again.embed(few, np.arange(11))
        with pytest.raises(InputError, match="got 1 more to send after 11; nothing of it"):
            again.embed(few)  # what an earlier run sent counts, too
        opened(EMBEDDER, server, tmp_path, max_queries=12).embed(few)
        assert len(server.asked) == 12


def test_requests_that_are_tried_again_use_the_budget_up(few: FaceSet, tmp_path: Path) -> None:
    def behave(asked: Asked) -> Reply:
        return Reply({}, status=503) if len(server.asked) == 2 else mean(asked)

    with Server(behave) as server:
        system = opened(EMBEDDER, server, tmp_path, max_queries=12, concurrency=1)
        with pytest.raises(InputError, match=r"got all of them used.*11 answers are kept"):
            system.embed(few)
        assert len(server.asked) == 12


def test_a_wrong_answer_stops_the_rest_but_keeps_what_comes_in(
    few: FaceSet, tmp_path: Path
) -> None:
    def behave(asked: Asked) -> Reply:
        if (photo_of(asked.json()["photo"]) == few.images[0]).all():
            time.sleep(0.05)
            return Reply({"no": 1})
        time.sleep(0.2)
        return mean(asked)

    with Server(behave) as server:
        system = opened(EMBEDDER, server, tmp_path, concurrency=4)
        with pytest.raises(InputError, match="expected vec in the answer"):
            system.embed(few)
        assert len(server.asked) == 4
        server.behave = mean
        system.embed(few)
        assert len(server.asked) == 4 + 9


def test_a_shorter_wait_does_not_end_a_longer_one() -> None:
    pace = Pace(rate=None)
    pace.hold(0.2)
    pace.hold(0.0)
    start = time.monotonic()
    assert pace.turn()
    assert time.monotonic() - start > 0.15
    pace.hold(60)
    threading.Timer(0.05, pace.stop).start()
    assert not pace.turn()


def test_a_connection_that_was_closed_meanwhile_is_no_fault(few: FaceSet, tmp_path: Path) -> None:
    body = b'{"vec": [1.5]}'
    reply = Reply(raw=(OK + b"Content-Length: %d\r\n\r\n" % len(body) + body,))  # then it closes
    with Server(lambda _: reply) as server:
        system = opened(EMBEDDER, server, tmp_path, concurrency=1, rate=10, max_queries=4)
        np.testing.assert_array_equal(system.embed(few, np.arange(4)), np.full((4, 1), 1.5))
        assert len(server.asked) == 4
