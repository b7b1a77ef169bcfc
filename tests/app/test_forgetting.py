"""Memory is tidied between answers, in the place of Streamlit's own tidying after each."""

from __future__ import annotations

import asyncio

import pytest

from faceaudit.app import forgetting
from faceaudit.app.forgetting import Register


async def _looked(count: int, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return at which looks memory is tidied, after a page was run before the first."""
    looks, tidied = 0, []

    class Runtime:
        def is_active_session(self, session_id: str) -> bool:
            return True

    async def sleep(_: float) -> None:
        nonlocal looks
        looks += 1
        if looks > count:
            raise asyncio.CancelledError

    register = Register()
    register.enter("one")
    monkeypatch.setattr(forgetting, "_register", register)
    monkeypatch.setattr(forgetting, "get_instance", Runtime)
    monkeypatch.setattr(forgetting.asyncio, "sleep", sleep)
    monkeypatch.setattr(forgetting.gc, "collect", lambda: tidied.append(looks))
    with pytest.raises(asyncio.CancelledError):
        await forgetting.forget_who_left()
    return tidied


def test_memory_is_tidied_at_the_first_looks_after_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert asyncio.run(_looked(9, monkeypatch)) == list(range(1, forgetting.LOOKS + 1))
