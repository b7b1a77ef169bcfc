"""What is looked at once while a plan is checked, and again afterwards."""

from __future__ import annotations

import pytest

from faceaudit.audit.common.looking import look_once, looking_once
from faceaudit.errors import SourceError


def test_within_a_block_each_thing_is_looked_at_once() -> None:
    seen: list[str] = []

    def look(what: str) -> str:
        return look_once(what, lambda: seen.append(what) or what)  # type: ignore[func-returns-value]

    with looking_once():
        assert [look(one) for one in "abaab"] == list("abaab")
    assert seen == ["a", "b"]
    assert look("a") == look("a") == "a"
    assert seen == ["a", "b", "a", "a"]
    with looking_once():
        look("a")
    assert seen == ["a", "b", "a", "a", "a"]


def test_an_error_is_not_remembered() -> None:
    def fail() -> int:
        raise SourceError("gone")

    with looking_once():
        with pytest.raises(SourceError, match="gone"):
            look_once("x", fail)
        assert look_once("x", lambda: 3) == 3


def test_a_block_ends_when_it_raises() -> None:
    with pytest.raises(SourceError, match="gone"):
        _fail_within_a_block()
    assert look_once("x", lambda: 2) == 2


def _fail_within_a_block() -> None:
    with looking_once():
        look_once("x", lambda: 1)
        raise SourceError("gone")
