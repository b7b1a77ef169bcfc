"""What a server says about its system, before it is asked about any photo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from faceaudit.errors import InputError
from faceaudit.systems.under_test.base import Access
from faceaudit.systems.under_test.common.http_description import About, Description, Role, Size
from faceaudit.systems.under_test.common.http_reply import (
    Reply,
    WrongAnswerError,
    check_status,
    read_untold,
)
from faceaudit.systems.under_test.common.json_path import NothingThereError, find, outline

_EDGE = 4096
_NAMES = 1_000_000
_TEXT = 200


@dataclass(frozen=True)
class Told:
    """What a server said; None or empty where it said nothing.

    Attributes:
        role: what its system is.
        names: the people an identifier knows.
        size: height and width of its photos.
        title: how it names itself.
        id: digest of what determines its answers.
        access: what it gives.
    """

    role: Role | None = None
    names: tuple[str, ...] = ()
    size: Size | None = None
    title: str = ""
    id: str = ""
    access: frozenset[Access] | None = None


def read_told(
    reply: Reply, about: About, description: Description, secrets: Mapping[str, str]
) -> Told:
    """Return what a reply says.

    Args:
        reply: of the server.
        about: where things stand in it.
        description: of the server.
        secrets: names by the texts that no message may show.

    Raises:
        InputError: it is none, or says something else than described.
    """

    def read(reply: Reply) -> Told:
        check_status(reply)
        values = reply.values()
        role = _at(values, about.role)
        return Told(
            None if role is None else _role(role, description),
            _names(_at(values, about.names)),
            _size(_at(values, about.size)),
            _text(_at(values, about.title)),
            _text(_at(values, about.id)),
            _access(_at(values, about.access)),
        )

    try:
        return read_untold(reply, read, secrets)
    except WrongAnswerError as error:
        request = about.request
        raise InputError(f"what the server is ({request.method} {request.path}): {error}") from None


def _at(values: Any, path: str | None) -> Any:
    """Return what stands at a path; None where nothing was described or null stands there."""
    if path is None:
        return None
    try:
        return find(values, path)
    except NothingThereError as error:
        raise WrongAnswerError(
            f"expected {path} in the answer, got {error}; see whether that server runs there"
        ) from None


def _role(found: Any, description: Description) -> Role:
    for role in description.roles:
        if found == role:
            return role
    raise WrongAnswerError(f"expected one of {', '.join(description.roles)}, got {outline(found)}")


def _names(found: Any) -> tuple[str, ...]:
    if found is None:
        return ()
    if (
        not isinstance(found, list)
        or len(found) > _NAMES
        or not all(isinstance(name, str) for name in found)
        or len(set(found)) < len(found)
    ):
        raise WrongAnswerError(f"expected a list of names, each once, got {outline(found)}")
    return tuple(found)


def _size(found: Any) -> Size | None:
    if found is None:
        return None
    if (
        isinstance(found, list)
        and len(found) == 2
        and all(type(edge) is int and 1 <= edge <= _EDGE for edge in found)
    ):
        return found[0], found[1]
    raise WrongAnswerError(f"expected height and width in pixels, got {outline(found)}")


def _text(found: Any) -> str:
    if found is None:
        return ""
    if isinstance(found, str) and found.isprintable() and len(found) <= _TEXT:
        return found
    raise WrongAnswerError(f"expected a short text, got {outline(found)}")


def _access(found: Any) -> frozenset[Access] | None:
    if found is None:
        return None
    if isinstance(found, list) and all(item in list(Access) for item in found):
        return frozenset(Access(item) for item in found)
    raise WrongAnswerError(
        f"expected a list of what the system gives ({', '.join(Access)}), got {outline(found)}"
    )
