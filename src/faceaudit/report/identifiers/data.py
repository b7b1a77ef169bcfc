"""The data file of identifiers, read and checked once."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Literal, NamedTuple

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

Fit = Literal["exact", "near", "none"]
FILE = "identifiers.yaml"


class _Checked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SchemeEntry(_Checked):
    """Where names are from; see the head of the file."""

    title: str
    release: str
    draft: bool = False
    url: str | None = None


class NameEntry(_Checked):
    """An identifier; its key is its id where none is given."""

    scheme: str
    name: str
    id: str = ""


class _SchemeOnly(_Checked):
    scheme: str


class SubjectEntry(NamedTuple):
    """One line of a subject: an identifier's key, or a scheme that has none."""

    key: str | _SchemeOnly
    fit: Fit
    note: str = ""


class AiActEntry(_Checked):
    """What is said of the AI Act, by declared use."""

    always: tuple[str, ...]
    verification: tuple[str, ...]
    identification: tuple[str, ...]
    undeclared: tuple[str, ...]


class IdentifierFile(_Checked):
    """The whole file; a name that leads nowhere is refused."""

    schemes: dict[str, SchemeEntry]
    names: dict[str, NameEntry]
    retired: dict[str, str]
    subjects: dict[str, tuple[SubjectEntry, ...]]
    art_15_5: tuple[str, ...]
    ai_act: AiActEntry

    @model_validator(mode="after")
    def _refuse_loose_ends(self) -> IdentifierFile:
        named = {entry.scheme for entry in self.names.values()}
        keys = set(self.art_15_5)
        for lines in self.subjects.values():
            for line in lines:
                if isinstance(line.key, str):
                    keys.add(line.key)
                else:
                    named.add(line.key.scheme)
                if isinstance(line.key, str) == (line.fit == "none"):
                    raise ValueError(f"expected a scheme with the fit none, got {line}")
        for missing in sorted((named - self.schemes.keys()) | (keys - self.names.keys())):
            raise ValueError(f"expected a scheme or name of the file, got {missing!r}")
        for repeated in sorted(self.names.keys() & self.retired.keys()):
            raise ValueError(f"expected a name in use, got the retired {repeated!r}")
        return self


@cache
def read_file() -> IdentifierFile:
    """Return the data file, checked."""
    text = resources.files(__package__).joinpath(FILE).read_text("utf-8")
    return IdentifierFile.model_validate(yaml.safe_load(text))
