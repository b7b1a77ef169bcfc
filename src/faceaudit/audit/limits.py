"""Limits: the most, or the least, that a figure of an audit may be, as a plan spells it.

    backdoor.success > 0.05                 too much, whatever the attack
    membership.auc(level=person) > 0.6      of the figures of people alone
    backdoor.clean_accuracy < 0.9           too little

A limit names what must *not* be: it is broken where the figure lies beyond its bound. A label's
value that holds a comma, a bracket or the like stands in double quotes, as a JSON string does:

    membership.auc(mitigation="facebone (backbones 2, query average)") > 0.6
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

import yaml

from faceaudit.cleaning import quote
from faceaudit.errors import LISTED, OptionError, closest

_WORD = r"[a-z][a-z0-9_]*"
_QUOTED = r'"(?:[^"\\]|\\.)*"'
_LIMIT = re.compile(
    rf"\s*(?P<kind>{_WORD})\.(?P<name>{_WORD})\s*(?:\((?P<labels>(?:{_QUOTED}|[^()\"])*)\))?"
    r"\s*(?P<sign>[<>])\s*(?P<bound>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*",
    re.DOTALL,
)
_LABEL = re.compile(
    rf"\s*(?P<key>{_WORD})\s*=\s*(?P<value>{_QUOTED}|[^\"=,]+?)\s*(?:,\s*|$)", re.DOTALL
)
_BARE = re.compile(r"[^\s\"=,()]+(?: [^\s\"=,()]+)*")
"""A label's value that needs no quotes."""
LONGEST = 1000
"""Characters of a limit, at most: to look for its parts takes the square of that."""
EXAMPLE = "membership.auc(level=person)>0.6"
DEFAULTS = "default_limits.yaml"


@dataclass(frozen=True)
class Limit:
    """One limit.

    Attributes:
        text: as it was written.
        kind: the kind of audit, such as "backdoor".
        name: the measure, such as "success".
        sign: ">" where figures above the bound break the limit, "<" where those below do.
        bound: the number that is compared with.
        labels: of which of the measure's figures; all of them where it is empty.
    """

    text: str
    kind: str
    name: str
    sign: Literal["<", ">"]
    bound: float
    labels: Mapping[str, str] = field(default_factory=dict)

    @property
    def measure(self) -> str:
        """The kind and the name: `backdoor.success`."""
        return f"{self.kind}.{self.name}"

    @property
    def meaning(self) -> tuple[object, ...]:
        """What it says, however it is spelled."""
        return self.measure, self.sign, self.bound, frozenset(self.labels.items())


@dataclass(frozen=True)
class SourcedLimit:
    """A limit, and where it is from.

    Attributes:
        limit: what must not be.
        default: whether it is ours, for want of one in the plan; such a limit says how severe a
            finding is and never changes how a run ends.
        why: why this number, in a sentence; empty of a plan's limit.
        source: what the number was taken from; empty where there is no such text.
        url: the source's address; empty where there is none.
    """

    limit: Limit
    default: bool = False
    why: str = ""
    source: str = ""
    url: str = ""


def parse_limit(text: str) -> Limit:
    """Read a limit.

    Raises:
        OptionError: it is none.

    >>> limit = parse_limit("membership.auc(level=person) > 0.6")
    >>> limit.measure, dict(limit.labels), limit.sign, limit.bound
    ('membership.auc', {'level': 'person'}, '>', 0.6)
    """
    found = _LIMIT.fullmatch(text) if len(text) <= LONGEST else None
    if found is None or not _is_unicode(text):
        raise OptionError(
            f"expected a limit as KIND.MEASURE>NUMBER or KIND.MEASURE(LABEL=VALUE)<NUMBER, got "
            f"{quote(text)}; try {EXAMPLE!r}"
        )
    labels: dict[str, str] = {}
    rest = (found["labels"] or "").strip()
    while rest:
        label = _LABEL.match(rest)
        if label is None or label["key"] in labels:
            raise OptionError(
                f'expected each label of a limit once, as LABEL=VALUE or LABEL="VALUE", got '
                f"{quote(rest)} in {quote(text)}; try {EXAMPLE!r}"
            )
        labels[label["key"]] = _read_value(label["value"], text)
        rest = rest[label.end() :]
    sign: Literal["<", ">"] = "<" if found["sign"] == "<" else ">"
    bound = float(found["bound"])
    if not math.isfinite(bound):
        raise OptionError(
            f"expected a limit with a finite bound, got {quote(text)}; try {EXAMPLE!r}"
        )
    return Limit(text.strip(), found["kind"], found["name"], sign, bound, labels)


def distinct_limits(texts: Iterable[str]) -> tuple[Limit, ...]:
    """Read limits, each once however often and in whatever spelling it is there; the first stays.

    Raises:
        OptionError: one is none.

    >>> [one.text for one in distinct_limits(["a.b > 1", "a.b>1.0", "a.b(c=d)>1"])]
    ['a.b > 1', 'a.b(c=d)>1']
    """
    found: dict[tuple[object, ...], Limit] = {}
    for limit in map(parse_limit, texts):
        found.setdefault(limit.meaning, limit)
    return tuple(found.values())


def spell_measure(kind: str, name: str, labels: Mapping[str, object]) -> str:
    """Return a measure as a limit spells it; `parse_limit` reads the same labels from it.

    >>> spell_measure("backdoor", "success", {"attack": "blended", "options": "blend 0.2, key a"})
    'backdoor.success(attack=blended, options="blend 0.2, key a")'
    """
    shown = ", ".join(f"{key}={_spell_value(str(value))}" for key, value in labels.items())
    return f"{kind}.{name}({shown})" if shown else f"{kind}.{name}"


@cache
def default_limits() -> tuple[SourcedLimit, ...]:
    """Return the limits that the report goes by where a plan has none, each with its source.

    >>> [one.limit.text for one in default_limits()][:2]
    ['backdoor.success > 0.15', 'membership.auc(level=person) > 0.6']
    """
    text = resources.files("faceaudit.audit").joinpath(DEFAULTS).read_text("utf-8")
    return tuple(
        SourcedLimit(
            parse_limit(entry["limit"]),
            default=True,
            why=entry["why"],
            source=entry["source"] or "",
            url=entry["url"] or "",
        )
        for entry in yaml.safe_load(text)
    )


def limits_of(plan: Mapping[str, Any]) -> tuple[SourcedLimit, ...]:
    """Return the limits that an audit is seen by: the plan's, and the default ones.

    A kind of audit that the plan has limits on goes by those alone; the default ones stand in for
    kinds without any.

    Args:
        plan: as plain values: `Plan.as_json()`, or `plan` of a store's account of its run.
    """
    own = distinct_limits(plan.get("limits") or ())
    kinds = {limit.kind for limit in own}
    missing = (
        one for one in default_limits() if one.limit.kind in plan and one.limit.kind not in kinds
    )
    return (*map(SourcedLimit, own), *missing)


def check_limit(limit: Limit, known: Mapping[str, Mapping[str, Iterable[str]]]) -> None:
    """Refuse a limit on what an audit does not measure; values of labels are not looked at.

    Args:
        limit: what must not be.
        known: the keys of labels of each measure of each kind of audit.

    Raises:
        OptionError: there is no such kind, measure or label; the message has the closest one.
    """
    names = {
        f"{kind}.{name}": keys
        for kind, measures in known.items()
        for name, keys in measures.items()
    }
    if limit.measure not in names:
        raise unknown("a measure of this audit", limit.measure, limit, names)
    for key in limit.labels:
        if key not in (keys := set(names[limit.measure])):
            raise unknown(f"a label of {limit.measure}", key, limit, keys)


def unknown(what: str, given: str, limit: Limit, known: Iterable[str]) -> OptionError:
    """Return the error for a part of a limit that is not there, with those that are."""
    choices = sorted(known)
    close = closest(given, choices)
    listed = ", ".join(choices[:LISTED]) + (", ..." if len(choices) > LISTED else "")
    line = f"expected {what} ({listed}), got {quote(given)} in the limit {quote(limit.text)}"
    return OptionError(f"{line}; try {close!r}" if close else line)


def _is_unicode(text: str) -> bool:
    """Return whether a text can be written: bytes of a terminal may be no letters at all."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _spell_value(value: str) -> str:
    if _BARE.fullmatch(value) and value.isprintable():
        return value
    # JSON spells every control character but DEL.
    return json.dumps(value, ensure_ascii=not value.isprintable()).replace("\x7f", r"\u007f")


def _read_value(spelled: str, text: str) -> str:
    if not spelled.startswith('"'):
        return spelled
    try:
        value: str = json.loads(spelled, strict=False)
        value.encode()  # JSON may spell half a character, which no file can hold
    except ValueError:
        raise OptionError(
            f"expected a label's value in quotes as JSON has it (\\\" for a quote, \\\\ for a "
            f"backslash), got {quote(spelled)} in {quote(text)}"
        ) from None
    return value
