"""The forms to get in and out: plain pages that work without scripts, in every language."""

from __future__ import annotations

import asyncio
import hmac
import math
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib import resources
from string import Template
from urllib.parse import parse_qsl, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from faceaudit.app import texts
from faceaudit.app.door.attempts import Attempts
from faceaudit.app.door.headers import FORMS
from faceaudit.app.door.password import Password
from faceaudit.app.door.sessions import HOURS, Session, Sessions
from faceaudit.app.look import variables

IN, OUT = FORMS
"""Addresses of the forms."""
BODY = 8 * 1024
"""Bytes of a form at most."""


@dataclass
class Login:
    """Lets in who knows the password.

    Args:
        password: that lets in.
        tls: whether cookies go by encrypted connections only.
        suffix: of the cookies' names: a browser gives the cookies of one port to all.
        pause: waits for so many seconds.
    """

    password: Password
    tls: bool = False
    suffix: str = ""
    attempts: Attempts = field(default_factory=Attempts)
    sessions: Sessions = field(default_factory=Sessions)
    pause: Callable[[float], Awaitable[None]] = asyncio.sleep
    _key: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)

    def session(self, cookies: dict[str, str]) -> Session | None:
        """Return the session that a browser's cookies belong to."""
        return self.sessions.find(cookies.get(self._cookie("session")))

    async def answer(self, request: Request) -> Response:
        """Return the answer to a request for one of the forms."""
        leaving = request.url.path == OUT
        if request.method in {"GET", "HEAD"}:
            return self._form(request, leaving=leaving)
        if request.method != "POST":
            return Response(status_code=405, headers={"Allow": "GET, HEAD, POST"})
        sent = await _read_form(request)
        if sent is None or not self._is_own_form(request, sent):
            return self._form(request, "door_stale", leaving=leaving, status=400)
        return self._leave(request) if leaving else await self._enter(request, sent)

    async def _enter(self, request: Request, sent: dict[str, str]) -> Response:
        address = request.client.host if request.client else ""
        to = _own_path(sent.get("to", ""))
        wait = self.attempts.wait(address)
        if wait > 0 and self.attempts.is_in_line(address):
            await self.pause(wait)
            wait = self.attempts.wait(address)
        if wait > 0:
            return self._wait(request, wait, to)
        # Counted before it is tried, so that many at once count as many.
        self.attempts.count(address)
        if not await run_in_threadpool(self.password.matches, sent.get("password", "")):
            wait = self.attempts.wait(address)
            if wait > 0:
                return self._wait(request, wait, to)
            return self._form(request, "door_wrong", status=401, to=to)
        self.attempts.forget(address)
        response = RedirectResponse(to, status_code=303)
        self._set(request, response, "session", self.sessions.start(), HOURS * 3600)
        return response

    def _wait(self, request: Request, seconds: float, to: str) -> Response:
        response = self._form(request, "door_wait", status=429, to=to, seconds=math.ceil(seconds))
        response.headers["Retry-After"] = str(math.ceil(seconds))
        return response

    def _leave(self, request: Request) -> Response:
        self.sessions.end(request.cookies.get(self._cookie("session")))
        response = RedirectResponse(IN, status_code=303)
        self._set(request, response, "session", "", 0)
        response.headers["Clear-Site-Data"] = '"cache", "storage"'
        return response

    def _form(
        self,
        request: Request,
        complaint: str = "",
        *,
        leaving: bool = False,
        status: int = 200,
        to: str | None = None,
        **values: object,
    ) -> Response:
        language = language_of(request)
        known = request.cookies.get(self._cookie("form"))
        form = known or secrets.token_urlsafe(32)

        def say(key: str) -> str:
            return escape(texts.fill(language, f"app.{key}", values))

        said = (
            f'<p class="complaint" id="complaint" role="alert">{say(complaint)}</p>'
            if complaint
            else ""
        )
        field = _FIELD.format(
            label=say("door_password"),
            described=' aria-invalid="true" aria-describedby="complaint"' if complaint else "",
        )
        page = _template().substitute(
            language=language,
            variables=variables(),
            title=say("door_out_title" if leaving else "door_title"),
            words=say("door_out_words" if leaving else "door_words"),
            clear="" if leaving or self._is_private(request) else f"<p>{say('door_clear')}</p>",
            complaint=said,
            action=OUT if leaving else IN,
            field="" if leaving else field,
            button=say("door_out" if leaving else "door_in"),
            token=self._token(form),
            to=escape(_own_path(to or request.query_params.get("to", ""))),
        )
        response = HTMLResponse(page, status_code=status, headers={"Cache-Control": "no-store"})
        if known is None:
            self._set(request, response, "form", form, 3600)
        return response

    def _is_own_form(self, request: Request, sent: dict[str, str]) -> bool:
        form = request.cookies.get(self._cookie("form"))
        return form is not None and hmac.compare_digest(
            self._token(form).encode(), sent.get("token", "").encode("utf-8", "surrogatepass")
        )

    def _token(self, form: str) -> str:
        return hmac.new(self._key, form.encode("utf-8", "surrogatepass"), "sha256").hexdigest()

    def _cookie(self, name: str) -> str:
        return f"{'__Host-' if self.tls else ''}faceaudit-{name}{self.suffix}"

    def _is_private(self, request: Request) -> bool:
        """Return whether nobody on the way can read; browsers send that header only then.

        It is how encryption by a proxy before the app comes to light.
        """
        return self.tls or "sec-fetch-site" in request.headers

    def _set(
        self, request: Request, response: Response, name: str, value: str, seconds: int
    ) -> None:
        response.set_cookie(
            self._cookie(name),
            value,
            max_age=seconds,
            path="/",
            httponly=True,
            samesite="strict",
            secure=self.tls or request.headers.get("origin", "").startswith("https:"),
        )


def language_of(request: Request) -> str:
    """Return the first language of a browser that there are words in, or the fallback."""
    for wanted in request.headers.get("accept-language", "").split(",")[:20]:
        code = wanted.split(";")[0].strip()
        if code.split("-")[0].lower() in texts.languages():
            return texts.nearest(code)
    return texts.FALLBACK


async def _read_form(request: Request) -> dict[str, str] | None:
    """Return the fields of a form, or None where it is too long or none."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY:
            return None
    try:
        return dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=10))
    except ValueError:
        return None


def _own_path(wanted: str) -> str:
    r"""Return a path of the app that somebody wanted to see, or its first page.

    >>> _own_path("/about?x=1"), _own_path("//a.org"), _own_path("/\\a.org"), _own_path("x:y")
    ('/about?x=1', '/', '/', '/')
    """
    plain = wanted.startswith("/") and not wanted.startswith("//") and wanted.isprintable()
    return wanted if plain and "\\" not in wanted and not urlsplit(wanted).netloc else "/"


@cache
def _template() -> Template:
    return Template((resources.files(__package__) / "login.html").read_text(encoding="utf-8"))


_FIELD = """<label for="password">{label}</label>
<input id="password" name="password" type="password" autocomplete="current-password" required
  autofocus{described}>"""
