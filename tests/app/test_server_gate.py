"""Who gets through the gate, under which name, and what every answer says."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocket, WebSocketDisconnect

from faceaudit.app.door import attempts, headers, password
from faceaudit.app.door.attempts import Attempts
from faceaudit.app.door.gate import Gate
from faceaudit.app.door.hosts import Hosts, entrances, hosts_of
from faceaudit.app.door.login import IN, OUT, Login
from faceaudit.app.door.sessions import HOURS, Sessions
from faceaudit.errors import InputError

HERE = "http://127.0.0.1:8501"
STREAM = "ws://127.0.0.1:8501/_stcore/stream"
WORDS = "correct horse battery"
PAGE = {"Accept": "text/html", "Accept-Language": "en"}
OWN = {"Origin": HERE}


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def kept() -> password.Password:
    return password.keep(WORDS)


async def file(_: Request) -> PlainTextResponse:
    return PlainTextResponse(
        "behind", headers={"Access-Control-Allow-Origin": "*", "Cache-Control": "public"}
    )


async def changed(request: Request) -> JSONResponse:
    return JSONResponse(len(await request.body()))


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    try:
        while True:
            await websocket.send_text(await websocket.receive_text())
    except WebSocketDisconnect:
        return


def client(
    login: Login | None = None, *, hosts: Hosts | None = None, tls: bool = False
) -> TestClient:
    routes = [
        WebSocketRoute("/_stcore/stream", socket),
        Route("/{path:path}", file, methods=["GET"]),
        Route("/{path:path}", changed, methods=["POST", "PUT", "DELETE"]),
    ]
    gate = Gate(
        Starlette(routes=routes), hosts=hosts or hosts_of("127.0.0.1"), login=login, tls=tls
    )
    base = HERE.replace("http:", "https:") if tls else HERE
    return TestClient(gate, base_url=base, follow_redirects=False)


@pytest.fixture
def login(clock: Clock, kept: password.Password) -> Login:
    return Login(kept, attempts=Attempts(clock), sessions=Sessions(clock))


@pytest.fixture
def closed(login: Login) -> Iterator[TestClient]:
    with client(login) as one:
        yield one


def enter(one: TestClient, tried: str = WORDS, **fields: str) -> int:
    """Fill the form in as a browser does; return the status of the answer."""
    form = one.get(IN, headers=PAGE)
    token = re.search(r'name="token" value="([^"]+)"', form.text)
    assert token is not None
    sent = {"token": token[1], "to": "/about", "password": tried, **fields}
    return one.post(IN, data=sent, headers=OWN | PAGE).status_code


@pytest.mark.parametrize(
    ("host", "allowed"),
    [
        ("127.0.0.1:8501", True),
        ("LOCALHOST:1", True),
        ("localhost.", True),
        ("[::1]:8501", True),
        ("rebound.example.org", False),
        ("127.0.0.1.example.org", False),
        ("example.org@127.0.0.1", False),
        ("127.0.0.1/x", False),
        ("127.0.0.1:port", False),
        ("192.0.2.7", False),
        ("", False),
    ],
)
def test_an_app_for_this_machine_answers_to_its_own_names(host: str, allowed: bool) -> None:
    assert hosts_of("127.0.0.1").allows(host) is allowed
    assert client().get("/", headers={"Host": host}).status_code == (200 if allowed else 421)


def test_an_exposed_app_answers_to_addresses_and_names_that_were_given() -> None:
    hosts = hosts_of("0.0.0.0", ["Faces.example.org"])
    assert hosts.allows("192.0.2.7:8501")
    assert hosts.allows("faces.example.org")
    assert not hosts.allows("rebound.example.org")
    assert not hosts.allows(None)


def test_others_get_in_by_an_address_or_by_the_name_of_a_proxy() -> None:
    assert entrances("127.0.0.1", ["localhost", "::1"]) == ()
    assert entrances("0.0.0.0") == ("0.0.0.0",)
    assert entrances("127.0.0.1", ["faces.example.org"]) == ("faces.example.org",)


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.org", "http://localhost:8501", "http://["]
)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_only_its_own_page_may_change_anything(method: str, origin: str | None) -> None:
    sent = {} if origin is None else {"Origin": origin}
    assert client().request(method, "/x", headers=sent).status_code == 403
    assert client().request(method, "/x", headers=OWN).status_code == 200


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.org", "file://127.0.0.1:8501", "http://["]
)
def test_no_other_page_gets_a_websocket(origin: str | None) -> None:
    sent = {} if origin is None else {"Origin": origin}
    with (
        pytest.raises(WebSocketDisconnect),
        client().websocket_connect(STREAM, headers=sent),
    ):
        pass
    with client().websocket_connect(STREAM, headers=OWN) as open_one:
        open_one.send_text("there")
        assert open_one.receive_text() == "there"


@pytest.mark.parametrize("path", ["/_stcore/agent/interact", "/_stcore/metrics", "/component/x"])
def test_what_the_app_has_no_use_for_is_closed(path: str) -> None:
    assert client().get(path).status_code == 404


@pytest.mark.parametrize("path", ["/", "/static/x.js", "/media/x.png", "/nowhere", IN])
def test_every_answer_has_the_headers_of_safety(closed: TestClient, path: str) -> None:
    for one in (client(), closed, client(tls=True)):
        got = one.get(path, headers=PAGE).headers
        assert got["x-content-type-options"] == "nosniff"
        assert got["x-frame-options"] == "DENY"
        assert "camera=(self)" in got["permissions-policy"]
        assert got["referrer-policy"] in {"no-referrer", "same-origin"}
        policy = got["content-security-policy"]
        assert policy in {headers.POLICY, headers.FILE_POLICY}
        assert "unsafe-eval" not in policy
        assert "*" not in policy
        assert "access-control-allow-origin" not in got
    assert "strict-transport-security" in client(tls=True).get("/").headers


def test_photos_are_kept_nowhere() -> None:
    for path in ("/media/x.png", "/_stcore/upload_file/a/b"):
        assert client().get(path).headers["cache-control"] == "no-store"
    assert client().get("/static/x.js").headers["cache-control"] == "public"


def test_the_page_is_in_the_language_of_the_browser_and_runs_no_script_of_its_own() -> None:
    for language in ("en", "de"):
        page = client().get("/about", headers=PAGE | {"Accept-Language": f"xx,{language};q=0.5"})
        assert f'<html lang="{language}">' in page.text
        assert re.findall(r"<script(?![^>]* src=)", page.text) == []
        assert "<title>faceaudit</title>" in page.text
        assert "agent" not in page.text
        assert "googleapis" not in page.text


def test_the_first_page_is_found_by_its_name_too() -> None:
    gate = Gate(Starlette(), hosts=hosts_of("127.0.0.1"), first=lambda: "system")
    one = TestClient(gate, base_url=HERE, follow_redirects=False)
    assert one.get("/system", headers=PAGE).headers["location"] == "/"
    assert one.get("/", headers=PAGE).status_code == 200


def test_without_the_password_nothing_is_shown(closed: TestClient) -> None:
    got = closed.get("/about?x=1", headers=PAGE)
    assert (got.status_code, got.headers["location"]) == (303, f"{IN}?to=/about%3Fx%3D1")
    for path in ("/static/x.js", "/media/x.png", "/_stcore/health", "/"):
        answer = closed.get(path)
        assert answer.status_code == 401
        assert "behind" not in answer.text
    assert closed.put("/_stcore/upload_file/a/b", headers=OWN).status_code == 401
    with (
        pytest.raises(WebSocketDisconnect),
        closed.websocket_connect(STREAM, headers=OWN),
    ):
        pass


def test_the_password_lets_in_and_signing_out_ends_what_is_open(closed: TestClient) -> None:
    assert enter(closed) == 303
    assert closed.get("/media/x.png").text == "behind"
    with closed.websocket_connect(STREAM, headers=OWN) as open_one:
        open_one.send_text("there")
        assert open_one.receive_text() == "there"
        token = re.search(r'name="token" value="([^"]+)"', closed.get(OUT, headers=PAGE).text)
        assert token is not None
        assert closed.post(OUT, data={"token": token[1]}, headers=OWN).status_code == 303
        with pytest.raises(WebSocketDisconnect):
            open_one.receive_text()
    assert closed.get("/media/x.png").status_code == 401


def test_cookies_are_out_of_reach(closed: TestClient, kept: password.Password) -> None:
    enter(closed)
    for cookie in closed.get(IN).headers.get_list("set-cookie"):
        assert "HttpOnly" in cookie
        assert "SameSite=strict" in cookie
    with client(Login(kept, tls=True), tls=True) as encrypted:
        cookie = encrypted.get(IN).headers["set-cookie"]
    assert cookie.startswith("__Host-")
    assert "Secure" in cookie


def test_a_proxy_that_encrypts_comes_to_light(closed: TestClient) -> None:
    clear = "not encrypted"
    assert clear in closed.get(IN, headers=PAGE).text
    assert clear not in closed.get(IN, headers=PAGE | {"Sec-Fetch-Site": "none"}).text
    token = re.search(r'name="token" value="([^"]+)"', closed.get(IN, headers=PAGE).text)
    assert token is not None
    sent = {"token": token[1], "password": WORDS}
    answer = closed.post(IN, data=sent, headers={"Origin": HERE.replace("http:", "https:")})
    assert "Secure" in answer.headers["set-cookie"]


def test_nobody_stays_in_for_ever(closed: TestClient, clock: Clock) -> None:
    enter(closed)
    assert closed.get("/x").status_code == 200
    clock.now += HOURS * 3600
    assert closed.get("/x").status_code == 401


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"token": "x"}, 400), ({"token": "é"}, 400), ({"password": "p" * 9000}, 400)],
)
def test_a_form_that_is_not_its_own_is_refused(
    closed: TestClient, fields: dict[str, str], status: int
) -> None:
    assert enter(closed, **fields) == status
    assert closed.get("/x").status_code == 401


@pytest.mark.parametrize("to", ["//evil.org", "https://evil.org", "/\\evil.org", "javascript:1"])
def test_the_form_leads_nowhere_else(closed: TestClient, to: str) -> None:
    page = closed.get(IN, params={"to": to}, headers=PAGE)
    assert 'name="to" value="/"' in page.text
    assert enter(closed, to=to) == 303
    token = closed.post(IN, headers=OWN)  # no form at all
    assert token.status_code == 400


def test_wrong_passwords_are_slowed_down_and_the_right_one_works_after_the_wait(
    closed: TestClient, clock: Clock
) -> None:
    statuses = [enter(closed, f"wrong {number}") for number in range(20)]
    assert statuses == [401] * 4 + [429] * 16
    assert enter(closed) == 429
    clock.now += attempts.FIRST_WAIT - 1
    assert enter(closed) == 429
    clock.now += 1
    assert enter(closed) == 303


def test_waits_double_and_are_forgotten(clock: Clock) -> None:
    tried = Attempts(clock)
    waits = []
    for _ in range(14):
        tried.count("192.0.2.7")
        waits.append(tried.wait("192.0.2.7"))
        clock.now += waits[-1]
    assert waits == [0, 0, 0, 0, 15, 30, 60, 120, 240, 480, 900, 900, 900, 900]
    assert tried.wait("192.0.2.8") == 0
    clock.now += attempts.FORGOTTEN
    tried.count("192.0.2.7")
    assert tried.wait("192.0.2.7") == 0


def brake(tried: Attempts) -> None:
    """Try wrong passwords from so many sites that the brake goes on."""
    for number in range(attempts.EVERYBODY):
        assert tried.wait(f"2001:db8:{number}::1") == 0
        tried.count(f"2001:db8:{number}::1")


def test_many_addresses_gain_nothing(clock: Clock) -> None:
    tried = Attempts(clock)
    brake(tried)
    for number in range(attempts.EVERYBODY):
        assert tried.wait(f"2001:db8:{number}:ffff::1") == 60  # another network of the same site
        assert not tried.is_in_line(f"2001:db8:{number}::1")
    clock.now += 60
    assert tried.wait("2001:db8:7::1") == 0


def test_an_attack_from_everywhere_tries_little_and_keeps_nobody_out(clock: Clock) -> None:
    """A quarter of an hour of new sites without end, and how long those wait who come then."""
    tried, rng = Attempts(clock), random.Random(0)
    brake(tried)
    fresh = (f"2001:db9:{number:x}::1" for number in count())
    attackers = [next(fresh) for _ in range(attempts.IN_LINE - 1)]
    who, since, waited, wrong = 0, 0.0, [], 0
    for second in range(900):
        clock.now += 1
        since = since or clock.now * (second % 90 == 60)
        asked = [*range(len(attackers)), *([-1] if since else [])]
        rng.shuffle(asked)
        for number in asked:
            address = f"192.0.2.{who}" if number < 0 else attackers[number]
            if tried.wait(address) > 0:
                continue
            tried.count(address)
            if number < 0:
                tried.forget(address)
                waited.append(clock.now - since)
                who, since = who + 1, 0.0
            else:
                attackers[number] = next(fresh)
                wrong += 1
    assert who == 10
    assert max(waited) <= attempts.TURN * attempts.IN_LINE + 1
    assert wrong <= 900 / attempts.TURN + attempts.EVERYBODY


def test_who_has_the_right_password_gets_in_while_others_attack(
    closed: TestClient, login: Login, clock: Clock
) -> None:
    brake(login.attempts)
    for number in range(4):
        login.attempts.wait(f"192.0.2.{number}")  # they came before
    waits = []

    async def pause(seconds: float) -> None:
        waits.append(seconds)
        clock.now += seconds

    login.pause = pause
    assert enter(closed) == 303
    assert waits == [4 * attempts.TURN]


def test_the_line_has_an_end(closed: TestClient, login: Login, clock: Clock) -> None:
    brake(login.attempts)
    for number in range(attempts.IN_LINE):
        login.attempts.wait(f"192.0.2.{number}")
    assert enter(closed) == 429
    clock.now += 3600.0
    assert enter(closed) == 303


def test_addresses_are_not_remembered_without_end(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "ADDRESSES", 3)
    tried = Attempts(clock)
    for number in range(9):
        tried.count(f"192.0.2.{number}")
    assert len(tried._by_address) == 3


def test_a_password_is_kept_as_a_hash_alone(kept: password.Password) -> None:
    assert WORDS not in repr(kept)
    assert WORDS.encode() not in kept.digest + kept.salt
    assert kept.digest != password.keep(WORDS).digest
    assert kept.matches(WORDS)
    assert not kept.matches(WORDS + " ")
    assert not kept.matches("")


def test_a_password_file_is_one_that_only_its_owner_reads(tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(f"{WORDS}\nsecond line\n", encoding="utf-8")
    file.chmod(0o644)
    with pytest.raises(InputError, match="chmod 600"):
        password.read(file)
    file.chmod(0o600)
    assert password.read(file).matches(WORDS)
    file.write_text("short\n", encoding="utf-8")
    with pytest.raises(InputError, match="10 to 1024 characters, got 5"):
        password.read(file)
    with pytest.raises(InputError, match="expected a file"):
        password.read(tmp_path / "none")


def test_the_form_is_in_both_languages(closed: TestClient) -> None:
    german = closed.get(IN, headers=PAGE | {"Accept-Language": "de-AT,de;q=0.9"}).text
    assert '<html lang="de">' in german
    assert "Passwort" in german
    assert "<script" not in german
