"""The gate: everything that is asked of the app passes it, or is refused."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import Request, cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from faceaudit.app.door.headers import safe
from faceaudit.app.door.hosts import Hosts
from faceaudit.app.door.index import ICON, SCRIPT, file, index
from faceaudit.app.door.login import IN, OUT, Login, language_of
from faceaudit.app.door.sessions import Session

CLOSED = ("/_stcore/agent/", "/_stcore/metrics", "/_stcore/script-health-check", "/component/")
"""What Streamlit would answer and the app has no use for."""
FILES = ("/_stcore/", "/media/", "/static/")
"""Where files are; anything else that a browser asks for as a page is the page."""
LOOKING = ("GET", "HEAD")
"""Methods that change nothing."""
REFUSED = 1008
"""The code of a websocket that is closed for a reason of policy."""


class Gate:
    """ASGI middleware that lets through only what the app should answer.

    In this order: the name it is asked for by; for anything that changes something, that one of its
    own pages asks; the files of its frame; the password, where there is one. Every answer gets the
    headers of safety.

    Args:
        app: what is behind it.
        hosts: names that it answers to.
        login: who asks for the password; None lets everybody in.
        tls: whether connections are encrypted.
        first: returns the name of the page that is shown at "/", which Streamlit does not find by
            its name.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        hosts: Hosts,
        login: Login | None = None,
        tls: bool = False,
        first: Callable[[], str] = str,
    ) -> None:
        self._app, self._hosts, self._login, self._tls = app, hosts, login, tls
        self._first = first

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request through, or refuse it."""
        if scope["type"] == "http":
            await self._http(scope, receive, self._safely(scope, send))
        elif scope["type"] == "websocket":
            await self._websocket(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = await self._own_answer(Request(scope, receive))
        await (answer or self._app)(scope, receive, send)

    async def _own_answer(self, request: Request) -> Response | None:
        """Return what the gate itself answers; None lets the request through."""
        refused = self._refuse(request)
        if refused is not None:
            return refused
        path, looking = request.url.path, request.method in LOOKING
        if looking and path in {SCRIPT, ICON}:
            content, kind = file(path)
            return Response(content, media_type=kind, headers={"Cache-Control": "no-cache"})
        if self._login is not None:
            if path in {IN, OUT}:
                return await self._login.answer(request)
            if self._login.session(request.cookies) is None:
                return _turn_away(request)
        if looking and _wants_page(request) and not path.startswith(FILES):
            return self._page(request)
        return None

    def _page(self, request: Request) -> Response:
        if request.url.path.strip("/") == self._first() and request.url.path != "/":
            return RedirectResponse("/", 303)
        page = index(language_of(request))
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language"}
        return Response(page, media_type="text/html", headers=headers)

    def _refuse(self, request: Request) -> Response | None:
        """Return a refusal of what nobody may ask, password or not."""
        host, origin = request.headers.get("host"), request.headers.get("origin")
        if not self._hosts.allows(host):
            return PlainTextResponse("This app is not known by that name.", status_code=421)
        if request.method not in LOOKING and not self._hosts.is_own_origin(origin, host):
            return PlainTextResponse("Expected a request of the app's own page.", status_code=403)
        if request.url.path.startswith(CLOSED):
            return PlainTextResponse("There is nothing here.", status_code=404)
        return None

    async def _websocket(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        session = None
        allowed = self._hosts.is_own_origin(headers.get("origin"), headers.get("host"))
        if allowed and self._login is not None:
            session = self._login.session(cookie_parser(headers.get("cookie", "")))
            allowed = session is not None
        if not allowed:
            await receive()  # the handshake, which is refused with 403
            await send({"type": "websocket.close", "code": REFUSED})
            return
        if session is not None:
            receive = self._until_ended(session, receive, send)
        await self._app(scope, receive, send)

    def _until_ended(self, session: Session, receive: Receive, send: Send) -> Receive:
        """Return `receive`, which ends the connection when its session is over."""
        assert self._login is not None
        sessions = self._login.sessions

        async def receive_or_end() -> Message:
            coming = asyncio.ensure_future(receive())
            ended = asyncio.ensure_future(session.ended.wait())
            try:
                done, _ = await asyncio.wait(
                    {coming, ended},
                    timeout=max(sessions.seconds_left(session), 0.0),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                if coming in done and not session.ended.is_set():
                    return coming.result()
                await send({"type": "websocket.close", "code": REFUSED})
                return {"type": "websocket.disconnect", "code": REFUSED}
            finally:
                coming.cancel()
                ended.cancel()

        return receive_or_end

    def _safely(self, scope: Scope, send: Send) -> Send:
        """Return `send`, which adds the headers of safety."""

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = safe(message.get("headers", ()), scope["path"], tls=self._tls)
                message = {**message, "headers": headers}
            await send(message)

        return send_safely


def _turn_away(request: Request) -> Response:
    """Return the way to the form for who looks at pages, and a refusal for anything else."""
    if request.method in LOOKING and _wants_page(request):
        query = f"?{request.url.query}" if request.url.query else ""
        return RedirectResponse(f"{IN}?to={quote(request.url.path + query, safe='/')}", 303)
    return PlainTextResponse("Sign in first.", status_code=401)


def _wants_page(request: Request) -> bool:
    """Return whether a browser asks for a page, and not for a file that a page needs."""
    return "text/html" in request.headers.get("accept", "")
