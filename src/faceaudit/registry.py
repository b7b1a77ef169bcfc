"""Components by name: one typed registry per family, its modules discovered.

A component is a frozen value whose fields are its options. That one list of fields gives the
defaults, the checks, the spelling in a plan and the help on the command line. Other packages add
components by an entry point of the group `faceaudit.components` that names a module of theirs.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import pkgutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import Any, ClassVar, Generic, Self, TypeVar, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    ModelWrapValidatorHandler,
    ValidationError,
    model_validator,
)

from faceaudit.cleaning import quote
from faceaudit.errors import OptionError, UnknownName, closest

FAMILIES: dict[str, Registry[Any]] = {}
ENTRY_POINTS = "faceaudit.components"
"""The group of entry points by which other packages add components."""


@dataclass(frozen=True)
class Spec:
    """A component's family, name and options: enough to rebuild, hash and print it.

    Attributes:
        family: e.g. "source".
        name: the component's name in that family.
        arguments: every option with its value, defaults included; JSON values only.
    """

    family: str
    name: str
    arguments: Mapping[str, Any]

    def build(self) -> Component:
        """Return the component this spec was taken from."""
        return cast(Component, FAMILIES[self.family].build(self.as_json()))

    def as_json(self) -> dict[str, Any]:
        """Return the spec as plain values, the way a plan spells it."""
        return {FAMILIES[self.family].plan_key: self.name, **self.arguments}


def digest(value: object) -> str:
    """Return the sha256 of a JSON value; equal values give equal digests.

    >>> digest({"b": 1, "a": 2}) == digest({"a": 2, "b": 1})
    True
    """
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).hexdigest()


def has_repeats(values: Iterable[object]) -> bool:
    """Return whether a value is there twice: plain values, or options.

    >>> has_repeats([{"a": 1}, {"a": 2}]), has_repeats([{"a": 1, "b": 2}, {"b": 2, "a": 1}])
    (False, True)
    """
    plain = [
        (type(one).__name__, one.model_dump(mode="json")) if isinstance(one, BaseModel) else one
        for one in values
    ]
    spelled = [json.dumps(one, sort_keys=True) for one in plain]
    return len(set(spelled)) < len(spelled)


class Options(BaseModel):
    """A frozen value whose fields are checked; wrong ones raise `OptionError`.

    A path may be given as text or as a `pathlib.Path`; it is kept as text.

    Attributes:
        merges: the option, a component, that may stand in one mapping with the other options;
            none where it is empty.
    """

    merges: ClassVar[str] = ""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False
    )

    def __init__(self, **options: Any) -> None:
        try:
            super().__init__(
                **{
                    key: os.fspath(value) if isinstance(value, os.PathLike) else value
                    for key, value in options.items()
                }
            )
        except ValidationError as error:
            raise OptionError(explain(error, type(self))) from None

    @model_validator(mode="wrap")
    @classmethod
    def _check_names(cls, options: Any, build: ModelWrapValidatorHandler[Self]) -> Self:
        """Refuse a name that is no text before it becomes a keyword of `__init__`."""
        return build(check_keys(options) if isinstance(options, Mapping) else options)


class Component(Options):
    """A registered component: its options, its name, and the paper it implements.

    Attributes:
        family: the registry it belongs to.
        plan_key: the word that a plan spells its name under; the family unless said otherwise.
        colon: the option that may stand behind the name and a colon, as in `onnx:FILE`.
        name: what a plan calls it.
        paper: authors, year and title, or where else it is from.
        version: of its algorithm. Raise it with every change that alters an answer under the same
            options: ids of cases and systems hold it, so that no older answer is taken for a new.
    """

    family: ClassVar[str]
    plan_key: ClassVar[str]
    colon: ClassVar[str] = "path"
    name: ClassVar[str]
    paper: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Let the family's name be the key where none is given."""
        if hasattr(cls, "family") and not hasattr(cls, "plan_key"):
            cls.plan_key = cls.family

    def spec(self) -> Spec:
        """Return what rebuilds this component."""
        return Spec(self.family, self.name, self.model_dump(mode="json"))

    def identity(self) -> dict[str, Any]:
        """Return what determines the component's answers: spelling, options and version.

        Of an option that is a component itself, its version is among them.
        """
        parts = {
            name: value.identity()
            for name in type(self).model_fields
            if isinstance(value := getattr(self, name), Component)
        }
        return {**self.spec().as_json(), **parts, "version": self.version}

    @classmethod
    def summary(cls) -> str:
        """Return the first line of the docstring."""
        return (cls.__doc__ or "").strip().split("\n", 1)[0]


C = TypeVar("C", bound=Component)


class Registry(Generic[C]):
    """The members of one family.

    Args:
        base: the class every member derives from; its `family` names the registry.
        package: where the members' modules are; each is imported when a name is first asked for.
    """

    def __init__(self, base: type[C], package: str) -> None:
        self.base = base
        self.family = base.family
        self.plan_key = base.plan_key
        self._package = package
        self._members: dict[str, type[C]] = {}
        self._discovered = False
        FAMILIES[self.family] = self

    def register(self, member: type[C]) -> type[C]:
        """Add a member under its `name`; a class decorator."""
        known = self._members.get(member.name)
        if known is not None and _place_of(known) != _place_of(member):
            raise OptionError(
                f"expected a {self.family} name of its own, got {member.name!r} a second time"
            )
        self._members[member.name] = member
        return member

    def names(self) -> tuple[str, ...]:
        """Return every member's name, sorted."""
        self._discover()
        return tuple(sorted(self._members))

    def get(self, name: str) -> type[C]:
        """Return the member called `name`, or raise `UnknownName` with the closest."""
        self._discover()
        try:
            return self._members[name]
        except KeyError:
            raise UnknownName(self.family.replace("_", " "), name, self._members) from None

    def build(self, value: str | Mapping[str, Any] | C) -> C:
        """Return a member from its name, or from its name under the family's key and options.

        NAME:PATH is the name with the option that the member says may stand there.

        Raises:
            UnknownName: nothing is registered under that name.
            OptionError: an option is misspelled, of a wrong type or out of range.
        """
        if isinstance(value, self.base):
            return value
        if isinstance(value, str):
            value = {self.plan_key: value}
        if not isinstance(value, Mapping) or not isinstance(value.get(self.plan_key), str):
            raise OptionError(
                f"expected {_a(self.plan_key)}'s name or a mapping with "
                f"'{self.plan_key}: <name>' and its options, got {quote(value)}"
            )
        options = {key: item for key, item in value.items() if key != self.plan_key}
        name, colon, behind = value[self.plan_key].partition(":")
        member = self.get(name)
        if colon:
            if member.colon not in member.model_fields or member.colon in options:
                raise OptionError(
                    f"expected the name of {_a(self.plan_key)} alone, got "
                    f"{quote(value[self.plan_key])}; try {name!r}"
                )
            options[member.colon] = behind
        return member(**check_keys(options))

    def _discover(self) -> None:
        if self._discovered:
            return
        package = importlib.import_module(self._package)
        for module in pkgutil.iter_modules(package.__path__, f"{self._package}."):
            if not module.ispkg:
                importlib.import_module(module.name)
        _load_other_packages()
        self._discovered = True


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def check_keys(options: Mapping[Any, Any]) -> dict[str, Any]:
    """Return options by name.

    Raises:
        OptionError: a name is no text, as YAML reads `1:`.
    """
    for key in options:
        if not isinstance(key, str):
            raise OptionError(f"expected names of options, got {quote(key)}; check the spelling")
    return dict(options)


def _place_of(member: type) -> tuple[str, str]:
    """Return where a class is defined: the same when its module is loaded again."""
    return member.__module__, member.__qualname__


@cache
def _load_other_packages() -> None:
    """Import the modules in which other packages register components, each once.

    Raises:
        OptionError: one cannot be imported.
    """
    for point in metadata.entry_points(group=ENTRY_POINTS):
        try:
            point.load()
        except Exception as error:
            where = point.dist.name if point.dist else "another package"
            raise OptionError(
                f"expected components from {point.value!r} of {where}, got "
                f"{type(error).__name__}: {error}; mend or uninstall {where}"
            ) from error


_LISTS = {
    "tuple_type": "a list",
    "too_short": "a list that is not empty",
    "model_type": "a mapping of options",
    "model_attributes_type": "a mapping of options",
}
"""What to write, where pydantic's own words name Python's types."""


def explain(error: ValidationError, model: type[BaseModel]) -> str:
    """Turn the first complaint of a validation into one line that says what to write."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "extra_forbidden":
        key = str(first["loc"][-1])
        known = _fields_at(model, first["loc"][:-1])
        close = closest(key, known)
        line = f"expected an option ({', '.join(sorted(known)) or 'there are none'}), got {where!r}"
        return f"{line}; try {close!r}" if close else line
    if first["type"] == "missing":
        return f"expected a value for {where!r}, got none; give it one"
    message = first["msg"]
    if first["type"] == "value_error":  # raised by us: complete, or one level further down
        message = message.removeprefix("Value error, ")
        if not where:
            return message
        return f"{where}: {message}" if message.startswith("expected ") else f"{where}.{message}"
    wanted = _LISTS.get(first["type"]) or message.removeprefix("Input should be ")
    return f"{where}: expected {wanted}, got {quote(first['input'])}"


def _fields_at(model: type[BaseModel], path: tuple[int | str, ...]) -> list[str]:
    """Return the field names of the model reached by `path`, else of `model` itself."""
    for part in path:
        field = model.model_fields.get(str(part))
        annotation = field.annotation if field else None
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    return list(model.model_fields)
