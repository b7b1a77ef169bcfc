"""Replies of a server, and what may be told of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Never, TypeVar
from urllib.parse import quote

from faceaudit.errors import InputError

Read = TypeVar("Read")

_REMEDIES = {
    401: "check the key in `headers`",
    403: "check the key in `headers`",
    404: "check `url` and the request's path",
    405: "check the request's method",
    413: "try smaller photos or format: jpeg",
    415: "try files instead of a body, or the other way round",
    422: "check the request's body",
}


class WrongAnswerError(InputError):
    """A server's reply is not what its description says."""


@dataclass(frozen=True)
class Reply:
    """What a server sent back: the status, the media type, where it sends one on, the body."""

    status: int
    kind: str
    location: str
    body: bytes

    def without(self, secrets: Mapping[str, str]) -> Reply:
        """Return it with names in place of secrets, before it is shown in part.

        Args:
            secrets: names by what must not be shown.
        """
        location, body = self.location, self.body.decode("utf-8", "surrogateescape")
        for secret, name in spellings(secrets):
            location, body = location.replace(secret, name), body.replace(secret, name)
        return replace(self, location=location, body=body.encode("utf-8", "surrogateescape"))

    def values(self) -> Any:
        """Return the body as JSON.

        Raises:
            WrongAnswerError: it is none, or has numbers that are none.
        """
        try:
            return json.loads(self.body, parse_constant=_refuse_constant)
        except (ValueError, RecursionError) as error:
            if isinstance(error, WrongAnswerError):
                raise
            raise WrongAnswerError(f"expected JSON, got {self.shown()}") from None

    def shown(self) -> str:
        """Return what kind of body it is and how it starts."""
        start = self.body[:80].decode("utf-8", "replace")
        page = "html" in self.kind or start.lstrip()[:9].lower().startswith(("<!doctype", "<html"))
        what = "a page of HTML" if page else "a body"
        return f"{what} that starts {start!a}" if self.body else "an empty body"


def check_status(reply: Reply) -> None:
    """Raise `WrongAnswerError` for a reply that is no success."""
    if 300 <= reply.status < 400:
        raise WrongAnswerError(
            f"expected an answer, got a redirect to {ascii(reply.location)[:120]}, which is not "
            "followed; give that address as `url`"
        )
    if not 200 <= reply.status < 300:
        remedy = _REMEDIES.get(
            reply.status, "say in `no_answer` if that means that there is no face"
        )
        raise WrongAnswerError(
            f"expected an answer, got status {reply.status} with {reply.shown()}; {remedy}"
        )


def read_untold(reply: Reply, read: Callable[[Reply], Read], secrets: Mapping[str, str]) -> Read:
    """Return what is read from a reply; the error where it is wrong shows no part of a secret.

    Raises:
        WrongAnswerError: of `read`.
    """
    try:
        return read(reply)
    except WrongAnswerError as error:
        told = str(error)
    try:
        read(reply.without(secrets))  # messages cut what they show; what may be shown is cut here
    except WrongAnswerError as error:
        told = str(error)
    raise WrongAnswerError(untold(told, secrets))


def untold(text: str, secrets: Mapping[str, str]) -> str:
    """Return a text with names in place of secrets."""
    for secret, name in spellings(secrets):
        text = text.replace(secret, name)
    return text


def spellings(secrets: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return secrets, also as JSON, Python and addresses spell them, longest first, with names."""
    found = {
        each: name
        for secret, name in secrets.items()
        for each in (secret, json.dumps(secret)[1:-1], ascii(secret)[1:-1], quote(secret, safe=""))
    }
    return sorted(found.items(), key=lambda item: -len(item[0]))


def _refuse_constant(name: str) -> Never:
    raise WrongAnswerError(f"expected numbers, got {name}, which is none")
