"""Plans of new audits: of people who do not exist, of photos on this machine, or brought along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import yaml
from pydantic import BaseModel

import faceaudit
from faceaudit.cleaning import quote
from faceaudit.errors import OptionError
from faceaudit.files.plain_yaml import read_yaml

QUICK = Path(__file__).with_name("quick.yaml")
LARGEST = 64 * 1024
"""Bytes of a plan that is brought, at most."""
FREE_TEXT = ("title", "declared", "limits")
"""Keys of a plan below which text is only words."""
HARMLESS = re.compile(r"\w[\w +-]*")
"""Text that can be no address, and no path but of a file with a bare name."""
NAMES = ("target", "attributes", "erase", "output")
"""Options that are free text and name no file."""
KEY = re.compile(r"(?:attacker|random)-\d{1,18}|[a-z-]+(?:#[0-9a-f]{6})?(?:@-?\d{1,3})?")
"""A backdoor's key that is no file."""
MADE = "synthetic"


@dataclass(frozen=True)
class Drafted:
    """A plan that may still be changed.

    Attributes:
        plan: what to audit.
        text: of its file, with comments.
        said: what was found and decided, a line each; empty where nothing had to be.
    """

    plan: faceaudit.Plan
    text: str
    said: tuple[str, ...] = ()

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of audit there are in it."""
        return tuple(dict.fromkeys(kind.name for kind, _ in self.plan.parts()))


def of_made_people(*, quick: bool) -> Drafted:
    """Return a plan on people who do not exist: a small one, or the default one."""
    text = QUICK.read_text(encoding="utf-8") if quick else None
    plan = faceaudit.load_plan(QUICK if quick else "default")
    return Drafted(plan, text or spelled(plan))


def of_folder(path: str, title: str) -> Drafted:
    """Return a plan that suits photos in a folder; they are counted, none is read.

    Raises:
        FaceAuditError: there are none, or too few; the message says what to try.
    """
    if not path.strip():
        raise OptionError("expected a folder with one folder a person in it, got nothing; name one")
    drafted = faceaudit.draft_plan(path.strip(), title=title.strip())
    return Drafted(drafted.plan, drafted.text, drafted.decided)


def of_file(content: bytes, *, exposed: bool) -> Drafted:
    """Return the plan in a file that somebody brought.

    Args:
        content: of the file.
        exposed: refuse whatever names a file or an address: whoever gets in from elsewhere is not
            to have this machine read its files.

    Raises:
        OptionError: it is no plan, or not one that may be run here.
    """
    if len(content) > LARGEST:
        raise OptionError(f"expected a plan of at most {LARGEST // 1024} KB, got a larger file")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        raise OptionError("expected a plan as YAML text, got something else") from None
    values = read_yaml(text)
    if not isinstance(values, dict):
        raise OptionError("expected a plan as YAML with keys, such as 'backdoor:', got none")
    if exposed:
        _refuse_places(values)
    plan = faceaudit.load_plan(values)
    if exposed:
        _refuse_places(plan.as_json())  # what defaults and shared parts add, too
        for _, part in plan.parts():
            _refuse_files(part)
    return Drafted(plan, text)


def chosen(drafted: Drafted, kinds: Iterable[str], title: str) -> Drafted:
    """Return a plan with some of its kinds of audit alone, under another title.

    Raises:
        OptionError: no kind is left.
    """
    wanted = tuple(kinds)
    if set(wanted) == set(drafted.kinds) and title == drafted.plan.title:
        return drafted
    values = drafted.plan.as_json()
    for kind in drafted.kinds:
        if kind not in wanted:
            del values[kind]
    plan = faceaudit.load_plan({**values, "title": title})
    return Drafted(plan, spelled(plan), drafted.said)


def spelled(plan: faceaudit.Plan) -> str:
    """Return a plan as YAML."""
    return yaml.safe_dump(plan.as_json(), sort_keys=False, allow_unicode=True)


def _refuse_places(values: Mapping[str, Any]) -> None:
    """Raise `OptionError` where a plan names a file, an address, or photos of real people."""
    if values.get("finished"):
        raise OptionError(
            "expected a plan without finished systems, got one: this app can be reached from "
            "elsewhere; run it with `faceaudit run`"
        )
    for key, text in _texts(values):
        made = key != "source" or text == MADE
        harmless = KEY if key == "key" else HARMLESS
        if not made or not harmless.fullmatch(text):
            _refuse(key, text)


def _refuse_files(value: object, key: str = "", kind: object = None) -> None:
    """Raise `OptionError` where an option that is free text may name a file, by a bare word too.

    Args:
        value: of the option, or a part of a plan.
        key: the option's name.
        kind: its type, as it was declared.
    """
    if isinstance(value, BaseModel):
        for name, option in type(value).model_fields.items():
            _refuse_files(getattr(value, name), name, option.annotation)
    elif isinstance(value, Mapping):
        for name, one in value.items():
            _refuse_files(one, str(name))
    elif isinstance(value, list | tuple | set | frozenset):
        for one in value:
            _refuse_files(one, key, kind)
    elif isinstance(value, str) and key not in (*NAMES, "key") and not _may_be(value, kind):
        _refuse(key, value)


def _may_be(text: str, kind: object) -> bool:
    """Return whether a type lists a text among those that it allows."""
    if get_origin(kind) is Literal:
        return text in get_args(kind)
    return any(_may_be(text, inner) for inner in get_args(kind))


def _refuse(key: str, text: str) -> None:
    raise OptionError(
        f"expected a plan of people who do not exist, without files and addresses, got "
        f"{key}: {quote(text, 80)}; this app can be reached from elsewhere: run it with "
        "`faceaudit run`"
    )


def _texts(values: object, key: str = "") -> Iterator[tuple[str, str]]:
    """Yield all text in plain values, each with the nearest key."""
    if isinstance(values, Mapping):
        for name, value in values.items():
            if name not in FREE_TEXT or key:
                yield from _texts(value, str(name))
    elif isinstance(values, list | tuple):
        for value in values:
            yield from _texts(value, key)
    elif isinstance(values, str):
        yield key, values
