"""`faceaudit serve` and the call behind it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from faceaudit import cli
from faceaudit.api.serve import is_exposed, serve
from faceaudit.errors import InputError
from faceaudit.serving import Server
from helpers.stub_systems import Stub, stub_door


@pytest.fixture(autouse=True)
def _stub() -> Iterator[None]:
    with stub_door():
        yield


@pytest.mark.parametrize(
    "system", ["stub:there", {"system": "stub", "path": "there"}, Stub(path="there")]
)
def test_a_system_is_served_by_name_mapping_or_itself(system: Any, tmp_path: Any) -> None:
    with serve(system, port=0, cache=tmp_path, role="verifier") as server:
        assert server.address == f"http://127.0.0.1:{server.port}"
        assert httpx.get(server.address, trust_env=False).json()["role"] == "verifier"
    with pytest.raises(httpx.ConnectError):
        httpx.get(server.address, trust_env=False)


@pytest.mark.parametrize(
    ("system", "options", "message"),
    [
        ("stubb:there", {}, "try 'stub'"),
        ("stub", {}, "expected stub:PATH, got 'stub'"),
        ("stub:away", {}, "expected there, got away"),
        ("stub:there", {"rolle": "x"}, "try 'role'"),
        (3, {}, "expected a system under test, got 3"),
        ("answers:a.csv", {}, "expected a system that looks at photos"),
        ("stub:there", {"port": 65536}, "expected a port of 0 to 65535, got 65536"),
        ("stub:there", {"port": "80"}, "expected a port"),
        ("stub:there", {"host": ""}, "expected a host to listen on, got ''"),
    ],
)
def test_what_cannot_be_served_is_said(
    system: Any, options: dict[str, Any], message: str, tmp_path: Any
) -> None:
    with pytest.raises(InputError, match=re.escape(message)):
        serve(system, cache=tmp_path, **options)


def test_others_than_this_machine() -> None:
    assert not any(map(is_exposed, ("127.0.0.1", "::1", "localhost")))
    assert all(map(is_exposed, ("0.0.0.0", "::", "192.168.0.2", "example.org")))


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("0.0.0.0", True)])
def test_the_command_says_where_and_warns(
    host: str, warned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(self: Server) -> None:
        assert httpx.get(f"http://127.0.0.1:{self.port}", trust_env=False).status_code == 200
        raise KeyboardInterrupt

    monkeypatch.setattr(Server, "wait", stop)
    arguments = ["serve", "stub:there", "--port", "0", "--host", host, "--system", "role=embedder"]
    done = CliRunner().invoke(cli.app, arguments)
    assert done.exit_code == 0, done.output
    assert re.search(rf"Stub, at http://{re.escape(host)}:\d+ until Ctrl-C", done.output)
    assert ("warning: anybody who reaches 0.0.0.0" in done.output) == warned


def test_the_command_refuses_what_is_no_system() -> None:
    for system, message in (("stubb:there", "try 'stub'"), ("model.onnx", "try onnx:model.onnx")):
        done = CliRunner().invoke(cli.app, ["serve", system])
        assert message in str(done.exception)
