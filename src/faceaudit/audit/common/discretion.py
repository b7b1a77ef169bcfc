"""What an audit keeps of real people: pseudonyms in the place of names, and no photos.

Whoever loads faces makes their names known to the workspace's `Discretion`; whatever is written
into a store or said goes through it. People of a source that is not `real` are shown as they are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, TypeGuard

from pydantic import BaseModel

from faceaudit.audit.common.names_in_texts import is_edge, is_short, spellings_of
from faceaudit.audit.common.outline import outline_faces
from faceaudit.errors import FaceAuditError, UnknownName
from faceaudit.faces.loaded import LeftOut, Loaded, Remark
from faceaudit.faces.sources.base import Source, sources
from faceaudit.files.paths import cache_folder
from faceaudit.records.pictures import shows_nobody
from faceaudit.store import CaseRecord
from faceaudit.store.pseudonyms import pseudonym, read_secret
from faceaudit.types import Evidence

Kind = Literal["person", "photo"]

PEOPLE = frozenset({"target", "person", "names"})
"""Keys of plans, specs and facts whose text is a person's name; `by_person` has it under `name`."""
PROSE = frozenset({"message", "reason", "said_first", "verdict", "why"})
"""Keys of facts whose text is a sentence, which may name people or photos."""
SEPARATORS = (" ", "|")
"""What stands between the two photos of a pair in evidence."""
MADE_UP = re.compile(r"synthetic-\d{4,}")
"""Names of synthetic people: a system may know more of them than an audit loads."""
LINE = re.compile(r"(?:line|pair) \d+")
"""What stands for a pair of a list that is left out; the reason quotes photos by their names."""
QUOTED = re.compile(r"""'((?:[^'\\]|\\.)*)'|"((?:[^"\\]|\\.)*)\"""")
QUOTES = ("'", '"', "/")
"""What stands around a short name: quotes, or the slashes of a path."""


class Discretion:
    """Knows the names of real people and photos, and says pseudonyms instead.

    Args:
        faces: whether pictures of real people are kept.
        secret: of the pseudonyms; that of the user's cache unless given.

    >>> discretion = Discretion(secret=bytes(32))
    >>> discretion.know_people(["Ada Lovelace"])
    >>> discretion.text("'Ada Lovelace' has no photo")
    "'person-eac14b447029f1ad' has no photo"
    """

    def __init__(self, *, faces: bool = False, secret: bytes | None = None) -> None:
        self.faces = faces
        self._given = secret
        self._known: dict[str, Kind] = {}
        self._quoted: dict[str, str] = {}
        self._made: dict[str, str] = {}
        self._made_up: set[str] = set()
        self._options: set[str] = set()
        self._seen: set[str] = set()
        self._lengths: tuple[int, ...] = ()

    @cached_property
    def _secret(self) -> bytes:
        return read_secret(cache_folder()) if self._given is None else self._given

    # what is known

    def know(self, source: Source, loaded: Loaded) -> None:
        """Learn the names of a source's people and photos, those left out too.

        Raises:
            InputError: they are real and the secret cannot be had.
        """
        faces = loaded.faces
        if faces.fingerprint in self._seen:
            return
        self._seen.add(faces.fingerprint)
        if not source.real:
            self._made_up.update(faces.names)
            return
        options = source.spec().as_json()
        self._options.update(options, filter(_is_text, options.values()))
        self.know_people((*faces.names, *(out.person for out in loaded.left_out)))
        left_out = (out.id for out in loaded.left_out if out.id not in self._options)
        self.know_photos((*faces.ids, *left_out))

    def know_outline(self, source: Source) -> None:
        """Learn the names of a source whose photos cannot be loaded, as far as they can be seen."""
        with suppress(FaceAuditError, OSError):
            faces = outline_faces(source)
            if faces is not None:
                self.know(source, Loaded(faces=replace(faces, fingerprint=f"outline {source!r}")))

    def know_people(self, names: Iterable[str]) -> None:
        """Learn names of real people."""
        real = (name for name in names if name not in self._made_up)
        self._learn((name for name in real if not MADE_UP.fullmatch(name)), "person")

    def know_photos(self, ids: Iterable[str]) -> None:
        """Learn ids of photos, and names of files that say more than their folder does."""
        ids = tuple(ids)
        files = []
        for id_ in ids:
            folder, _, file = id_.rpartition("/")
            stem, person = file.partition(".")[0], folder.rpartition("/")[2]
            told = file.startswith(person) and is_edge(file, len(person))
            if not stem.isdigit() and (not told or is_short(person)):
                files += [file, stem]
        self._learn([*ids, *files], "photo")

    def _learn(self, names: Iterable[str], kind: Kind) -> None:
        lengths = set(self._lengths)
        for name in filter(None, names):
            self._known.setdefault(name, kind)
            lengths.add(len(name))
            for spelled in spellings_of(name) - {name}:
                self._quoted[spelled] = name
                lengths.add(len(spelled))
        if self._known:
            self._secret  # noqa: B018 - that there is none is found out before anything long
        if len(lengths) > len(self._lengths):
            self._lengths = tuple(sorted(lengths, reverse=True))

    @property
    def names(self) -> dict[str, str]:
        """Every name that is known, by its pseudonym."""
        return {self.label(name): name for name in self._known}

    @property
    def shared_secret(self) -> bytes | None:
        """What other machines need to say the same pseudonyms; None where nobody real is known."""
        return self._secret if self._known else None

    @property
    def tag(self) -> str:
        """What tells secrets apart and gives none away; empty where nobody real is known."""
        return pseudonym("person", "", self._secret)[-8:] if self._known else ""

    # what is said instead

    def label(self, text: str) -> str:
        """Return the pseudonym of a person or photo; a text that is no known name as it is."""
        made = self._made.get(text)
        if made is None:
            name = self._quoted.get(text, text)
            kind = self._known.get(name)
            if kind is None:
                return text
            made = self._made[text] = pseudonym(kind, name, self._secret)
        return made

    def text(self, text: str) -> str:
        """Return a text with every name in it replaced, the longest one first.

        A name ends where letters or digits do. Very short ones are words of their own, or numbers,
        and are replaced in quotes and paths alone.
        """
        if not self._known:
            return text
        said: list[str] = []
        at = done = 0
        while at < len(text):
            found = self._name_at(text, at) if is_edge(text, at) else ""
            if found:
                said += (text[done:at], self.label(found))
                done = at + len(found)
            at += max(1, len(found))
        return "".join([*said, text[done:]])

    def _name_at(self, text: str, at: int) -> str:
        for length in self._lengths:
            part = text[at : at + length]
            known = len(part) == length and (part in self._known or part in self._quoted)
            if known and is_edge(text, at + length):
                around = text[at - 1 : at], text[at + length : at + length + 1]
                if not is_short(part) or all(one in QUOTES for one in around):
                    return part
        return ""

    def values(self, value: Any, key: str = "") -> Any:
        """Return plain values as a store keeps them; see `PEOPLE` and `PROSE`."""
        if isinstance(value, str):
            return self.label(value) if key in PEOPLE else self._prose(value, key)
        if isinstance(value, Mapping):
            person = key == "by_person"
            return {
                name: self.values(one, "person" if person and name == "name" else name)
                for name, one in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.values(one, key) for one in value]
        return value

    def _prose(self, text: str, key: str) -> str:
        return self.text(text) if key in PROSE else text

    def item(self, item: LeftOut | Remark) -> dict[str, str]:
        """Return what happened to a photo, person or pair, as plain values.

        What was only listed, and is not among the faces, gets a pseudonym, too. A line of a list,
        or an option by which a source leaves photos out, is none of them.
        """
        id_ = self._row(item.id)
        if LINE.fullmatch(item.id) and self._known:
            quoted = (one[1] or one[2] for one in QUOTED.finditer(item.reason))
            self._learn((one for one in quoted if self.text(one) == one), "photo")
        elif id_ == item.id and self._known and not self._is_no_name(id_):
            self._learn([item.id], "photo")
            id_ = self.label(item.id)
        return {"id": id_, "reason": self.text(item.reason)}

    def _is_no_name(self, text: str) -> bool:
        return text in self._made_up or text in self._options

    def record(self, record: CaseRecord) -> CaseRecord:
        """Return a record as a store keeps it."""
        pictures = {
            name: content
            for name, content in record.pictures.items()
            if self.faces or shows_nobody(name) or not is_real(record.spec)
        }
        record = replace(
            record,
            pictures=pictures,
            withheld=record.withheld + len(record.pictures) - len(pictures),
        )
        if not self._known:
            return record
        return replace(
            record,
            spec=self.values(record.spec),
            facts=self.values(record.facts),
            figures=tuple(replace(one, why_none=self.text(one.why_none)) for one in record.figures),
            evidence=None if record.evidence is None else self._evidence(record.evidence),
            error=None if record.error is None else self.text(record.error),
            traceback=self.text(record.traceback),
        )

    def _evidence(self, evidence: Evidence) -> Evidence:
        said = {id_: self._row(id_) for id_ in dict.fromkeys(evidence.ids)}
        return replace(evidence, ids=tuple(map(said.__getitem__, evidence.ids)))

    def _row(self, id_: str) -> str:
        """Return the id of a row of evidence: of a photo, person or pair."""
        known, label = self._known, self.label
        if id_ in known:
            return label(id_)
        for separator in SEPARATORS:
            first, _, second = id_.partition(separator)
            if first in known and second in known:
                return f"{label(first)}{separator}{label(second)}"
        return self.text(id_)

    def soften(self, error: BaseException) -> None:
        """Replace the names in what an error says, and those that it came from."""
        for one in (error.__cause__, error.__context__):
            if one is not None:
                self.soften(one)
        args = error.args
        if isinstance(error, UnknownName):  # its list has no quotes to tell short names by
            args = UnknownName(error.kind, error.name, map(self.label, error.known)).args
        said = tuple(self.text(one) if isinstance(one, str) else one for one in args)
        if said != error.args and isinstance(error, FaceAuditError):
            error.args = (f"{said[0]} (names are left out; --show-names shows them)", *said[1:])
        elif said != error.args:
            error.args = said
        if isinstance(error, OSError) and isinstance(error.filename, str):
            error.filename = self.text(error.filename)


def _is_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str)


def is_real(spec: Mapping[str, Any]) -> bool:
    """Return whether a case is about people who exist, or may be.

    Args:
        spec: of the case.
    """
    faces = spec.get("faces")
    name = faces.get("source") if isinstance(faces, Mapping) else None
    try:
        return sources.get(str(name)).real
    except UnknownName:
        return True


def without_people(value: Any, key: str = "") -> Any:
    """Return plain values without the names of people, by which a plan is told from another."""
    if isinstance(value, Mapping):
        return {name: without_people(one, name) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [without_people(one, key) for one in value]
    return None if key in PEOPLE and isinstance(value, str) else value


def sources_in(value: object) -> Iterator[Source]:
    """Yield every source of faces in a plan, whatever it is for."""
    if isinstance(value, Source):
        yield value
    elif isinstance(value, BaseModel):
        yield from sources_in([getattr(value, name) for name in type(value).model_fields])
    elif isinstance(value, Mapping):
        yield from sources_in(list(value.values()))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for one in value:
            yield from sources_in(one)
