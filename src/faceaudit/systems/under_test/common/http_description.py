"""The description of a system behind an HTTP API: what to send, and where the answer stands."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from faceaudit.registry import Options
from faceaudit.systems.under_test.common.json_path import JsonPath

Role = Literal["identifier", "verifier", "embedder"]
Value = str | int | float | bool
Edge = Annotated[int, Field(ge=1, le=4096)]
Size = tuple[Edge, Edge]

_SECRET = re.compile(r"auth|cookie|key|token|secret|password", re.IGNORECASE)
_SECRET_VALUE = re.compile(
    r".*(api_?key|access_?key|token|secret|password)|auth|authorization|key", re.IGNORECASE
)
_VARIABLE = re.compile(r"\$\{\w+\}")
_FILLED_IN = re.compile(r"\{\w+\}")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


def _checked(headers: Mapping[str, str]) -> Mapping[str, str]:
    """Refuse what cannot be sent, and keys written out: what is in a plan is kept and shown."""
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name) or not value.isascii() or not value.isprintable():
            raise ValueError(f"expected a header that can be sent, got {name!r:.60}")
        if _SECRET.search(name) and not _VARIABLE.search(value):
            raise ValueError(
                f"expected ${{NAME}}, an environment variable, in the header {name!r}, got a value "
                "that is written out; keys do not belong into files"
            )
    return headers


def _refuse_keys(values: Any) -> Any:
    """Refuse keys written out in what is sent beside photos."""
    if isinstance(values, Mapping):
        for name, value in values.items():
            named = isinstance(name, str) and _SECRET_VALUE.fullmatch(name)
            if named and isinstance(value, str) and value and not _FILLED_IN.search(value):
                raise ValueError(
                    f"expected ${{NAME}}, an environment variable, for {name!r:.60}, got a value "
                    "that is written out; keys do not belong into files"
                )
            _refuse_keys(value)
    elif isinstance(values, list | tuple):
        for value in values:
            _refuse_keys(value)
    return values


Headers = Annotated[dict[str, str], AfterValidator(_checked)]
"""Headers of requests; `${NAME}` is taken from the environment."""

Fields = Annotated[dict[str, Value], AfterValidator(_refuse_keys)]
"""Values by name, keys among them as `${NAME}`."""


def _path_alone(path: str) -> str:
    """Refuse what would be cut off a path."""
    if "?" in path or "#" in path:
        raise ValueError(
            f"expected a path without ? and #, got {path!r:.80}; give what follows ? as `query`"
        )
    return path


class PhotoFormat(Options):
    """How a photo is written into a request."""

    format: Literal["png", "jpeg"] = Field("png", description="png keeps every pixel as it is")
    quality: int = Field(95, ge=1, le=100, description="of a JPEG")


class Request(Options):
    """A request, with `{photo}`, or `{photo1}` and `{photo2}`, where photos go.

    `{people}` is the number of people that an identifier knows; other words in braces are those of
    `values`; `${NAME}` is taken from the environment, but in paths. Photos are base64 in a body and
    files in `files`.
    """

    method: Literal["GET", "POST", "PUT"] = Field("POST", description="the method")
    path: Annotated[str, AfterValidator(_path_alone)] = Field(
        "/", description="what is added to the server's address"
    )
    query: Fields = Field(default_factory=dict, description="after the path's `?`")
    headers: Headers = Field(default_factory=dict, description="as those of all requests")
    body: Annotated[Any, AfterValidator(_refuse_keys)] = Field(None, description="a body of JSON")
    files: dict[str, str] = Field(
        default_factory=dict, description="instead: photos as files of a form, by field"
    )
    fields: Fields = Field(default_factory=dict, description="other fields of that form")

    @model_validator(mode="after")
    def _one_body(self) -> Self:
        if self.body is not None and (self.files or self.fields):
            raise ValueError("expected a body or files, got both; choose one")
        for name, text in self.files.items():
            if text not in ("{photo}", "{photo1}", "{photo2}"):
                raise ValueError(
                    f"expected {{photo}}, {{photo1}} or {{photo2}} for the file {name!r}, got "
                    f"{text!r:.80}; other fields belong into `fields`"
                )
        return self


class NoAnswer(Options):
    """What an answer looks like that says: no face found. All that is given must be so."""

    status: int | None = Field(None, ge=100, le=599, description="the status; any when left out")
    value: JsonPath | None = Field(None, description="where a value stands that tells")
    equals: Any = Field(None, description="that the value is just this")
    contains: str | None = Field(None, description="that the value is text with this in it")
    missing: bool = Field(default=False, description="that nothing or null stands there")

    @model_validator(mode="after")
    def _tells(self) -> Self:
        given = sum([self.equals is not None, self.contains is not None, self.missing])
        if self.value is None and self.status is None:
            raise ValueError("expected a status or a value that tells, got neither")
        if given != (self.value is not None):
            raise ValueError(
                "expected a value with one of equals, contains and missing, got "
                f"{'a' if self.value is not None else 'no'} value with {given} of them"
            )
        return self


class NamedScores(Options):
    """Scores in a list of mappings, each with a name and a score."""

    each: JsonPath = Field(description="where the list stands")
    name: JsonPath = Field(description="where the name stands in each")
    score: JsonPath = Field(description="where the score stands in each")
    lacking: float | None = Field(
        None, description="the score of people that the list lacks; a fault when left out"
    )


class IdentifierAnswer(Options):
    """Where an identifier's answer stands."""

    label: JsonPath | None = Field(None, description="the name, or its number among the names")
    unknown: tuple[str, ...] = Field((), description="names that stand for nobody it knows")
    scores: JsonPath | NamedScores | None = Field(
        None, description="a mapping of names to scores, a list in the names' order, or named ones"
    )
    direction: Literal["similarity", "distance"] = Field(
        "similarity", description="distance where a smaller score is surer"
    )
    threshold: float | None = Field(
        None, description="without a label: the score from which on it knows the best person"
    )
    embedding: JsonPath | None = Field(None, description="a list of numbers")

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        if self.label is None and self.scores is None:
            raise ValueError("expected a label or scores of an identifier, got neither")
        return self


class VerifierAnswer(Options):
    """Where a verifier's answer stands."""

    score: JsonPath | None = Field(None, description="a number")
    direction: Literal["similarity", "distance"] = Field(
        "similarity", description="distance where a smaller score is more alike"
    )
    decision: JsonPath | None = Field(None, description="true for one person, false for two")
    threshold: float | JsonPath | None = Field(
        None, description="without a decision: the score from which on both are one person"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.score is None and self.decision is None:
            raise ValueError("expected a score or a decision of a verifier, got neither")
        return self


class EmbedderAnswer(Options):
    """Where an embedder's answer stands."""

    embedding: JsonPath = Field(description="a list of numbers")


class About(Options):
    """What a server says about its system when it is asked, before any photo."""

    request: Request = Field(description="without photos")
    role: JsonPath | None = Field(None, description="identifier, verifier or embedder")
    names: JsonPath | None = Field(None, description="a list of the people that it knows")
    size: JsonPath | None = Field(None, description="height and width of its photos")
    title: JsonPath | None = Field(None, description="how to name it")
    id: JsonPath | None = Field(None, description="a digest of what determines its answers")
    access: JsonPath | None = Field(None, description="a list of what it gives, in our words")


class Identifier(Options):
    """How an identifier is asked."""

    request: Request
    answer: IdentifierAnswer
    no_answer: tuple[NoAnswer, ...] = ()
    about: About | None = Field(None, description="where the server says whom it knows")


class Verifier(Options):
    """How a verifier is asked."""

    request: Request
    answer: VerifierAnswer
    no_answer: tuple[NoAnswer, ...] = ()


class Embedder(Options):
    """How an embedder is asked."""

    request: Request
    answer: EmbedderAnswer
    no_answer: tuple[NoAnswer, ...] = ()


class Description(Options):
    """A system behind an HTTP API."""

    title: str = Field("a server", description="how to name the system")
    url: str = Field("", description="the server's address")
    size: Size | None = Field(None, description="height and width of the photos it is sent")
    photo: PhotoFormat = Field(default_factory=PhotoFormat, description="how photos are written")
    headers: Headers = Field(
        default_factory=dict, description="of all requests; ${NAME} is taken from the environment"
    )
    values: Fields = Field(default_factory=dict, description="words that requests have in braces")
    names: tuple[str, ...] = Field((), description="the people that an identifier knows")
    about: About | None = Field(None, description="where the server says what it is")
    identifier: Identifier | None = None
    verifier: Verifier | None = None
    embedder: Embedder | None = None

    @model_validator(mode="after")
    def _has_a_role(self) -> Self:
        if not self.roles:
            raise ValueError("expected how an identifier, a verifier or an embedder is asked")
        if len(set(self.names)) < len(self.names):
            raise ValueError("expected names of different people, got one twice")
        return self

    @property
    def roles(self) -> tuple[Role, ...]:
        """What can be asked."""
        every: tuple[Role, ...] = ("identifier", "verifier", "embedder")
        return tuple(role for role in every if getattr(self, role) is not None)
