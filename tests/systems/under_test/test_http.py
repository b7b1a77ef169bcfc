"""The door `http`: what is sent, what comes back, and that nothing is asked twice."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from faceaudit.errors import InputError, OptionError
from faceaudit.systems.under_test import Access, systems_under_test
from faceaudit.systems.under_test.common.http_ready import read_description, ready_descriptions
from faceaudit.types import FaceSet
from helpers.faces import blocks
from helpers.http_server import Asked, Reply, Server, photo_of
from helpers.notes import Notes

NAMES = ("Ann", "Bob", "Cid")


@pytest.fixture
def few() -> FaceSet:
    """Six photos of three people, 24 x 20."""
    return blocks(people=3, photos=2, size=(24, 20))


def brightness(asked: Asked) -> float:
    return float(photo_of(asked.json()["photo"]).mean())


IDENTIFIER: dict[str, Any] = {
    "title": "Bright",
    "size": [24, 20],
    "names": list(NAMES),
    "identifier": {
        "request": {"path": "/who", "body": {"photo": "{photo}"}},
        "answer": {"label": "found.name", "scores": "found.scores"},
        "no_answer": [{"status": 400, "value": "error", "contains": "no face"}],
    },
}


def identify(asked: Asked) -> Reply:
    mean = brightness(asked)
    scores = {name: mean / (number + 1) for number, name in enumerate(NAMES)}
    return Reply({"found": {"name": "Bob", "scores": scores}})


def opened(description: dict[str, Any], server: Server, cache: Path, **options: Any) -> Any:
    values = {"system": "http", "path": description, "url": server.url, **options}
    return systems_under_test.build(values).open(cache=cache)


def test_an_identifier_gives_labels_and_scores(few: FaceSet, tmp_path: Path) -> None:
    with Server(identify) as server:
        system = opened(IDENTIFIER, server, tmp_path)
        assert (system.role, system.title, system.size) == ("identifier", "Bright", (24, 20))
        assert system.access == {Access.LABELS, Access.SCORES}
        assert system.names == NAMES
        np.testing.assert_array_equal(system.labels(few), [1] * 6)
        scores = system.scores(few, np.array([4, 0]))
    expected = few.images[[4, 0]].mean((1, 2, 3))[:, None] / [1, 2, 3]
    np.testing.assert_array_equal(scores, expected.astype(np.float32))
    assert scores.dtype == np.float32
    assert {one.path for one in server.asked} == {"/who"}


def test_nothing_is_asked_twice_not_even_by_another_run(few: FaceSet, tmp_path: Path) -> None:
    with Server(identify) as server:
        first = opened(IDENTIFIER, server, tmp_path)
        first.labels(few, np.array([0, 1, 1]))
        assert len(server.asked) == 2
        again = opened(IDENTIFIER, server, tmp_path)
        labels = again.labels(few)
        assert len(server.asked) == 6
        server.die()
        np.testing.assert_array_equal(opened(IDENTIFIER, server, tmp_path).labels(few), labels)


def test_another_revision_value_or_address_is_asked_anew(few: FaceSet, tmp_path: Path) -> None:
    with Server(identify) as one, Server(identify) as two:
        ids = {
            opened(IDENTIFIER, one, tmp_path).id,
            opened(IDENTIFIER, one, tmp_path, revision="2").id,
            opened({**IDENTIFIER, "values": {"model": "a"}}, one, tmp_path).id,
            opened({**IDENTIFIER, "names": [*NAMES, "Dan"]}, one, tmp_path).id,
            opened(IDENTIFIER, two, tmp_path).id,
        }
    assert len(ids) == 5
    assert opened({**IDENTIFIER, "title": "Other"}, one, tmp_path).id in ids


def test_no_face_is_no_answer(few: FaceSet, tmp_path: Path) -> None:
    dark = few.images.mean((1, 2, 3)) < np.sort(few.images.mean((1, 2, 3)))[2]

    def behave(asked: Asked) -> Reply:
        if brightness(asked) < np.sort(few.images.mean((1, 2, 3)))[2]:
            return Reply({"error": "sorry, no face here"}, status=400)
        return identify(asked)

    with Server(behave) as server:
        system = opened(IDENTIFIER, server, tmp_path)
        np.testing.assert_array_equal(system.labels(few) == -1, dark)
        np.testing.assert_array_equal(np.isnan(system.scores(few)).all(1), dark)
        assert len(server.asked) == 6
    assert dark.sum() == 2


VERIFIER: dict[str, Any] = {
    "size": [24, 20],
    "verifier": {
        "request": {"path": "/same", "body": {"a": "{photo1}", "b": "data:;base64,{photo2}"}},
        "answer": {"score": "distance", "direction": "distance"},
    },
}


def distance(asked: Asked) -> Reply:
    first, second = (photo_of(asked.json()[side]) for side in "ab")
    return Reply({"distance": float(first.mean() - second.mean())})


def test_a_verifier_by_distance_and_threshold(few: FaceSet, tmp_path: Path) -> None:
    first, second = np.array([0, 0, 3, 5]), np.array([1, 0, 2, 4])
    means = few.images.mean((1, 2, 3))
    expected = means[first] - means[second]
    limit = float(expected[2])
    with Server(distance) as server:
        system = opened(VERIFIER, server, tmp_path, threshold=limit)
        assert system.access == {Access.LABELS, Access.SCORES}
        np.testing.assert_array_equal(
            system.scores(few, first, second), -expected.astype(np.float32)
        )
        np.testing.assert_array_equal(system.decide(few, first, second), expected <= limit)
        assert len(server.asked) == 4
        without = opened(VERIFIER, server, tmp_path)
        assert without.access == {Access.SCORES}
        with pytest.raises(InputError, match="expected a system that gives labels"):
            without.decide(few, first, second)


def test_the_decision_and_the_threshold_of_the_server(few: FaceSet, tmp_path: Path) -> None:
    answers = iter([{"s": 0.4, "t": 0.5}, {"s": 0.5, "t": 0.5}, {"s": 0.5, "t": 0.51}])
    description = {
        **VERIFIER,
        "verifier": {**VERIFIER["verifier"], "answer": {"score": "s", "threshold": "t"}},
    }
    rows = np.array([0, 1, 2])
    with Server(lambda _: Reply(next(answers))) as server:
        system = opened(description, server, tmp_path, concurrency=1)
        np.testing.assert_array_equal(system.decide(few, rows, rows + 1), [0, 1, 0])
    decided = iter([True, False, "true", 0])
    description["verifier"] = {**VERIFIER["verifier"], "answer": {"decision": "same"}}
    with Server(lambda _: Reply({"same": next(decided)})) as server:
        system = opened(description, server, tmp_path, concurrency=1)
        assert system.access == {Access.LABELS}
        rows = np.arange(4)
        np.testing.assert_array_equal(system.decide(few, rows, rows + 1), [1, 0, 1, 0])
        with pytest.raises(InputError, match="gives scores"):
            system.scores(few, rows, rows)


EMBEDDER: dict[str, Any] = {
    "size": [24, 20],
    "embedder": {
        "request": {"path": "/embed", "body": {"data": ["{photo}"]}},
        "answer": {"embedding": "$.data[0].faces[0].vec"},
        "no_answer": [{"value": "data[0].faces", "equals": []}],
    },
}


def test_an_embedder(few: FaceSet, tmp_path: Path) -> None:
    def behave(asked: Asked) -> Reply:
        photo = photo_of(asked.json()["data"][0])
        faces = [] if (photo == few.images[3]).all() else [{"vec": photo.mean((0, 1)).tolist()}]
        return Reply({"data": [{"faces": faces}]})

    with Server(behave) as server:
        system = opened(EMBEDDER, server, tmp_path)
        found = system.embed(few)
        expected = few.images.mean((1, 2)).astype(np.float32)
        expected[3] = np.nan
        np.testing.assert_array_equal(found, expected)
        cosines = system.scores(few, np.array([0, 1]), np.array([3, 2]))
        assert np.isnan(cosines[0])
        assert 0.5 < cosines[1] <= 1.000001
        assert np.isnan(system.embed(few, np.array([3]))).all()


def test_photos_as_files_of_a_form(few: FaceSet, tmp_path: Path) -> None:
    description: dict[str, Any] = {
        **VERIFIER,
        "photo": {"format": "jpeg", "quality": 90},
        "values": {"strict": True},
        "verifier": {
            "request": {
                "path": "/same",
                "query": {"limit": 1},
                "files": {"one": "{photo1}", "two": "{photo2}"},
                "fields": {"strict": "{strict}"},
            },
            "answer": {"score": "s"},
        },
    }
    with Server(lambda _: Reply({"s": 1})) as server:
        opened(description, server, tmp_path).scores(few, np.array([0]), np.array([1]))
    asked = server.asked[0]
    assert asked.path == "/same?limit=1"
    assert asked.headers["Content-Type"].startswith("multipart/form-data")
    assert asked.body.count(b"\xff\xd8\xff") == 2
    assert re.search(rb'name="strict"\r\n\r\ntrue\r\n', asked.body)
    assert re.search(rb'name="two"; filename="photo.jpeg"', asked.body)


def test_keys_come_from_the_environment_and_are_never_shown(
    few: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BRIGHT_KEY", "s3cret-0123")
    description = {**IDENTIFIER, "headers": {"x-api-key": "${BRIGHT_KEY}"}}
    with Server(lambda asked: Reply({"key": asked.headers["x-api-key"]}, status=403)) as server:
        system = opened(description, server, tmp_path)
        with pytest.raises(InputError, match="status 403") as told:
            system.labels(few)
    assert server.asked[0].headers["x-api-key"] == "s3cret-0123"
    assert "s3cret" not in str(told.value)
    assert "${BRIGHT_KEY}" in str(told.value)
    assert "s3cret" not in repr(system)
    kept = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    assert not any(b"s3cret" in data for data in kept)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": "deepfase"}, "got 'deepfase'; try 'deepface'"),
        ({"path": "nowhere.yaml"}, "expected a path that can be read"),
        ({"url": "127.0.0.1:8000"}, "expected the server's address, got '127.0.0.1:8000'"),
        ({"url": "http://me:pw@host"}, "without a name and password, got one with"),
        ({"url": "ftp://host"}, "expected the server's address"),
        ({"headers": {"Authorization": "Bearer abc"}}, "in the header 'Authorization'"),
        ({"headers": {"X": "${NOT_SET_ANYWHERE}"}}, "NOT_SET_ANYWHERE to hold a key, got none"),
        ({"values": {"modell": "a"}}, "got 'modell'; try 'model'"),
        ({"role": "embedder"}, "expected role=identifier, got embedder"),
        ({"threshold": 0.5}, "expected a threshold for a server that makes no decision"),
        ({"concurrency": 0}, "concurrency: expected greater than or equal to 1, got 0"),
        ({"rate": 0}, "rate: expected greater than 0, got 0"),
    ],
)
def test_wrong_options_are_refused_before_anything_is_sent(
    options: dict[str, Any], message: str, tmp_path: Path
) -> None:
    with Server(identify) as server, pytest.raises(InputError, match=re.escape(message)):
        opened({**IDENTIFIER, "values": {"model": "b"}}, server, tmp_path, **options)
    assert not server.asked


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"identifier": None}, "expected how an identifier, a verifier or an embedder is asked"),
        ({"size": None}, "expected the size of the photos"),
        ({"names": []}, "expected the names of the people"),
        ({"names": ["Ann", "Ann"]}, "got one twice"),
        ({"headers": {"x-api-key": "abc"}}, "keys do not belong into files"),
        ({"request": {"body": {"photo": "{foto}"}}}, "expected {photo} in the body or files"),
        ({"request": {"body": ["{photo}", "{model}"]}}, "got 'model'"),
        ({"request": {"body": "{photo}", "files": {"a": "{photo}"}}}, "got both"),
        ({"request": {"files": {"a": "photo"}}}, "for the file 'a'"),
        ({"answer": {"label": "a..b"}}, "expected where a value stands"),
        ({"answer": {}}, "expected a label or scores"),
        ({"no_answer": [{"value": "a"}]}, "expected a value with one of equals"),
        ({"no_answer": [{"equals": 1}]}, "expected a status or a value"),
    ],
)
def test_wrong_descriptions_are_refused(
    change: dict[str, Any], message: str, tmp_path: Path
) -> None:
    description = {**IDENTIFIER, "identifier": dict(IDENTIFIER["identifier"])}
    for key, value in change.items():
        inner = description["identifier"] if key in ("request", "answer", "no_answer") else None
        (description if inner is None else inner)[key] = value
    with Server(identify) as server, pytest.raises(OptionError, match=re.escape(message)):
        opened(description, server, tmp_path)
    assert not server.asked
    file = tmp_path / "bright.yaml"
    file.write_text(yaml.safe_dump(description))
    with pytest.raises(OptionError, match=re.escape(message)):
        systems_under_test.build({"system": "http", "path": str(file), "url": "http://h"}).open(
            cache=tmp_path
        )


def test_photos_of_another_size_are_refused(tmp_path: Path) -> None:
    with Server(identify) as server:
        system = opened(IDENTIFIER, server, tmp_path)
        with pytest.raises(InputError, match="expected photos of 24 x 20, as Bright"):
            system.labels(blocks(people=1, photos=1, size=(20, 24)))
    assert not server.asked


def test_scores_by_list_and_label_by_threshold(few: FaceSet, tmp_path: Path) -> None:
    named = {"each": "all", "name": "who", "score": "sure", "lacking": 0.0}
    description = {
        **IDENTIFIER,
        "identifier": {
            **IDENTIFIER["identifier"],
            "answer": {"scores": named, "threshold": 0.5},
        },
    }
    replies = iter([0.5, 0.49])
    reply = lambda _: Reply({"all": [{"who": "Cid", "sure": next(replies)}]})  # noqa: E731
    with Server(reply) as server:
        system = opened(description, server, tmp_path, concurrency=1)
        np.testing.assert_array_equal(system.labels(few, np.array([0, 1])), [2, -1])
        np.testing.assert_array_equal(
            system.scores(few, np.array([0, 1])), np.float32([[0, 0, 0.5], [0, 0, 0.49]])
        )


def test_distances_of_people_and_pairs_by_the_thresholds_described(
    few: FaceSet, tmp_path: Path
) -> None:
    answer = {"scores": "far", "direction": "distance", "threshold": 0.5}
    description = {**IDENTIFIER, "identifier": {**IDENTIFIER["identifier"], "answer": answer}}
    replies = iter([[2, 0.5, 3], [2, 0.51, 3]])
    with Server(lambda _: Reply({"far": next(replies)})) as server:
        system = opened(description, server, tmp_path, concurrency=1)
        rows = np.array([0, 1])
        np.testing.assert_array_equal(system.labels(few, rows), [1, -1])
        np.testing.assert_array_equal(
            system.scores(few, rows), np.float32([[-2, -0.5, -3], [-2, -0.51, -3]])
        )
    answer = {"score": "far", "direction": "distance", "threshold": 0.5}
    description = {**VERIFIER, "verifier": {**VERIFIER["verifier"], "answer": answer}}
    far = iter([0.5, 0.51])
    with Server(lambda _: Reply({"far": next(far)})) as server:
        system = opened(description, server, tmp_path, concurrency=1)
        np.testing.assert_array_equal(system.decide(few, rows, rows + 1), [1, 0])


def test_a_spec_rebuilds_the_door() -> None:
    door = systems_under_test.build(
        {"system": "http", "path": IDENTIFIER, "url": "http://h", "max_queries": 3}
    )
    again = door.spec().build()
    assert again == door
    json.dumps(door.spec().as_json())


@pytest.mark.parametrize("name", ready_descriptions())
def test_ready_descriptions_are_sound(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    description = read_description(name)
    assert description.url.startswith("http://127.0.0.1:")
    assert description.size or description.about


def test_it_can_be_asked_inside_a_running_loop(few: FaceSet, tmp_path: Path) -> None:
    with Server(identify) as server:
        system = opened(IDENTIFIER, server, tmp_path)

        async def notebook() -> Any:
            return system.labels(few)

        np.testing.assert_array_equal(asyncio.run(notebook()), [1] * 6)


@pytest.mark.parametrize("where", ["door", "description", "request"])
def test_another_header_is_another_system(
    where: str, few: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def behave(asked: Asked) -> Reply:
        scores = dict.fromkeys(NAMES, 1.0)
        return Reply({"found": {"name": asked.headers["x-model"], "scores": scores}})

    def system(model: str, key: str = "${A_KEY}") -> Any:
        headers = {"x-model": model, "x-api-key": key}
        if where == "door":
            return opened(IDENTIFIER, server, tmp_path, headers=headers)
        if where == "description":
            return opened({**IDENTIFIER, "headers": headers}, server, tmp_path)
        asked = IDENTIFIER["identifier"]
        request = {**asked["request"], "headers": headers}
        return opened({**IDENTIFIER, "identifier": {**asked, "request": request}}, server, tmp_path)

    monkeypatch.setenv("A_KEY", "one")
    with Server(behave) as server:
        assert set(system("Ann").labels(few)) == {0}
        assert set(system("Bob").labels(few)) == {1}
        asked = len(server.asked)
        monkeypatch.setenv("A_KEY", "two")
        assert set(system("Ann").labels(few)) == {0}, "another key is no other system"
        assert len(server.asked) == asked
        assert system("Ann").id != system("Bob").id


def test_other_photos_or_another_size_are_another_system(tmp_path: Path) -> None:
    with Server(identify) as server:
        ids = {
            opened({**IDENTIFIER, **change}, server, tmp_path, **options).id
            for change, options in (
                ({}, {}),
                ({"photo": {"format": "jpeg", "quality": 90}}, {}),
                ({"photo": {"format": "jpeg", "quality": 80}}, {}),
                ({"size": [24, 21]}, {}),
                ({}, {"size": [23, 20]}),
            )
        }
        assert len(ids) == 5
        assert opened(IDENTIFIER, server, tmp_path, size=[24, 20]).id in ids


def test_a_pair_turned_round_is_another_question(few: FaceSet, tmp_path: Path) -> None:
    first, second = np.array([0, 3]), np.array([3, 0])
    means = few.images.mean((1, 2, 3))
    with Server(distance) as server:
        found = opened(VERIFIER, server, tmp_path).scores(few, first, second)
        assert len(server.asked) == 2
    np.testing.assert_array_equal(found, -(means[first] - means[second]).astype(np.float32))
    assert found[0] == -found[1] != 0


KEY = "sk-0123456789abcdefghijklmnopqrstuvwxyz-\\\"'-SECRET"


@pytest.mark.parametrize("before", range(0, 81, 20))
@pytest.mark.parametrize("asked", ["about", "photo", "redirect", "label", "fault"])
def test_no_part_of_a_key_is_shown(
    asked: str, before: int, few: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def behave(given: Asked) -> Reply:
        text = "." * before + given.headers["x-api-key"]
        if asked == "redirect":
            return Reply(status=302, headers={"Location": text})
        if asked == "label":
            return Reply({"found": {"name": text, "scores": dict.fromkeys(NAMES, 1)}})
        return Reply({"e": text}, status=500 if asked == "fault" else 401)

    monkeypatch.setenv("GATE_KEY", KEY)
    description = {**IDENTIFIER, "headers": {"x-api-key": "${GATE_KEY}"}}
    if asked == "about":
        about = {"request": {"method": "GET", "path": "/n"}, "names": "names"}
        description["identifier"] = {**IDENTIFIER["identifier"], "about": about}
    with Server(behave) as server, pytest.raises(InputError, match="expected") as told:
        opened(description, server, tmp_path).labels(few, np.array([0]))
    assert "sk-0" not in str(told.value)
    assert before > 60 or "${GATE_KEY}" in str(told.value)


def test_keys_go_where_a_server_wants_them(
    few: FaceSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "s3cret-1")
    request: dict[str, Any] = {
        "path": "/who",
        "query": {"token": "${A_KEY}"},
        "files": {"photo": "{photo}"},
        "fields": {"api_key": "a ${A_KEY}", "api_secret": "{api_secret}"},
    }
    description = {
        **IDENTIFIER,
        "values": {"api_secret": "${A_KEY}"},
        "identifier": {**IDENTIFIER["identifier"], "request": request},
    }
    with Server(lambda _: Reply({"s3cret-1": 1})) as server:
        system = opened(description, server, tmp_path)
        with pytest.raises(InputError, match=r"a mapping of '\$\{A_KEY\}'") as told:
            system.labels(few, np.array([0]))
        asked = server.asked[0]
        monkeypatch.setenv("A_KEY", "s3cret-2")
        assert opened(description, server, tmp_path).id == system.id
    assert "s3cret" not in str(told.value)
    assert asked.path == "/who?token=s3cret-1"
    assert re.search(rb'name="api_key"\r\n\r\na s3cret-1\r\n', asked.body)
    assert re.search(rb'name="api_secret"\r\n\r\ns3cret-1\r\n', asked.body)
    request |= {"files": {}, "fields": {}, "query": {}}
    request["body"] = {"photo": "{photo}", "auth": [{"apiKey": "${A_KEY}"}]}
    with Server(identify) as server:
        assert set(opened(description, server, tmp_path).labels(few)) == {1}
    assert server.asked[0].json()["auth"] == [{"apiKey": "s3cret-2"}]


@pytest.mark.parametrize(
    "change",
    [
        {"fields": {"api_key": "abc"}, "files": {"photo": "{photo}"}},
        {"query": {"access_token": "abc"}, "body": "{photo}"},
        {"body": {"photo": "{photo}", "auth": [{"apiKey": "abc"}]}},
    ],
)
def test_keys_that_are_written_out_are_refused(change: dict[str, Any], tmp_path: Path) -> None:
    asked = {**IDENTIFIER["identifier"], "request": {"path": "/who", **change}}
    with Server(identify) as server:
        with pytest.raises(OptionError, match="keys do not belong into files"):
            opened({**IDENTIFIER, "identifier": asked}, server, tmp_path)
        with pytest.raises(OptionError, match="keys do not belong into files"):
            opened({**IDENTIFIER, "values": {"api_key": "abc"}}, server, tmp_path)
        fine = {"api_key": "", "max_tokens": "3", "keypoints": "x", "key": 3, "token": "${A_B}"}
        systems_under_test.build(
            {"system": "http", "path": {**IDENTIFIER, "values": fine}, "url": server.url}
        )


def test_what_stands_after_a_path_is_refused_and_values_stay_in_theirs(
    few: FaceSet, tmp_path: Path
) -> None:
    def described(path: str, **values: Any) -> dict[str, Any]:
        asked = IDENTIFIER["identifier"]
        request = {**asked["request"], "path": path}
        return {**IDENTIFIER, "values": values, "identifier": {**asked, "request": request}}

    with Server(identify) as server:
        for path in ("/who?model=big", "/who#big"):
            with pytest.raises(OptionError, match=r"without \? and #.*as `query`"):
                opened(described(path), server, tmp_path)
        system = opened(described("/coll/{c}/{n}/who%20", c="a#b?c/é %", n=3), server, tmp_path)
        system.labels(few, np.array([0]))
    assert server.asked[0].path == "/coll/a%23b%3Fc%2F%C3%A9%20%25/3/who%20"


@pytest.mark.parametrize(
    ("url", "key", "said"),
    [
        ("http://faces.example.org", False, "photos go to http://faces.example.org unencrypted"),
        ("HTTP://faces.example.org:80", True, "keys and photos go to HTTP://faces.example.org:80"),
        ("http://[2001:db8::1]/a", False, "photos go to http://[2001:db8::1]/a"),
        ("https://faces.example.org", True, None),
        ("http://[::1]:9", True, None),
        ("http://LOCALHOST", True, None),
        ("http://127.0.0.1:9", False, None),
    ],
)
def test_what_goes_unencrypted_is_warned_of(
    url: str, key: bool, said: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("A_KEY", "one")
    headers = {"x-api-key": "${A_KEY}"} if key else {}
    door = systems_under_test.build(
        {"system": "http", "path": IDENTIFIER, "url": url, "headers": headers}
    )
    notes = Notes()
    door.open(cache=tmp_path, progress=notes)
    if said is None:
        assert not notes.said
    else:
        assert [text.startswith(said) for text in notes.said] == [True]


def test_a_server_is_asked_what_it_is_with_the_body_described(tmp_path: Path) -> None:
    def behave(asked: Asked) -> Reply:
        return Reply({"names": [asked.json()["group"]]})

    about = {"request": {"path": "/n", "body": {"group": "{group}"}}, "names": "names"}
    asked = {**IDENTIFIER["identifier"], "about": about}
    description = {**IDENTIFIER, "values": {"group": "staff"}, "identifier": asked}
    with Server(behave) as server:
        assert opened(description, server, tmp_path).names == ("staff",)
