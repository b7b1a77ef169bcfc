"""The cases of any kind's section that are run, and cases that `include` adds to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from faceaudit.audit.common.kind import AuditKind
from faceaudit.audit.common.selection import Part, Section, require_matches, select, unknown_parts
from faceaudit.audit.sweeps import write_out
from faceaudit.errors import OptionError
from faceaudit.registry import Options


def chosen(kind: AuditKind[Any], section: Options, seeds: Sequence[int]) -> list[bool] | None:
    """Return of each job of a section whether it is run; None where all are."""
    if not isinstance(section, Section) or not section.chooses:
        return None
    return select(section, list(kind.combinations(section, seeds)))


def require_chosen(kind: AuditKind[Any], section: Options, seeds: Sequence[int]) -> None:
    """Refuse entries of `exclude` and `include` that no case answers to.

    Raises:
        OptionError: one does not, or no case is left.
    """
    if isinstance(section, Section) and section.chooses:
        require_matches(section, list(kind.combinations(section, seeds)))


def widened(kind: AuditKind[Any], section: Options) -> Options:
    """Return a section with the parts that `include` names and its lists lack.

    Such a part has no case but those of the entry: `exclude` leaves out all others.

    Raises:
        OptionError: a part is none that the section could have.
    """
    if not isinstance(section, Section):
        return section
    combinations = list(kind.combinations(section, (0,))) if section.include else []
    wide: Options = section
    for place, entry in enumerate(section.include):
        told = {part: wanted for part, wanted in entry.items() if part != "seed"}
        lacking = [part for part in unknown_parts(told, combinations) if part in kind.lists]
        if not lacking:
            continue
        values = wide.model_dump(mode="json")
        wider = _with_parts(kind, values, {part: told[part] for part in lacking}, place)
        known = {part: {_spelled(one.get(part)) for one in combinations} for part in lacking}
        combinations = list(kind.combinations(wider, (0,)))
        others = [
            {part: value.values if isinstance(value, Part) else value}
            for part in lacking
            for value in {_spelled(one[part]): one[part] for one in combinations}.values()
            if _spelled(value) not in known[part]
        ]
        wide = kind.plan(
            **{**wider.model_dump(mode="json"), "exclude": [*values.get("exclude", ()), *others]}
        )
    return wide


def _with_parts(
    kind: AuditKind[Any], values: dict[str, Any], parts: Mapping[str, object], place: int
) -> Options:
    """Return a section with further parts, what is wrong with them said as the entry's."""
    more = {kind.lists[part]: [*values[kind.lists[part]], parts[part]] for part in parts}
    try:
        [written] = write_out(kind.plan, {**values, **more}).sections
        wider = kind.plan(**written)
    except OptionError as error:
        message = str(error)
        for part in parts:
            where = f"{kind.lists[part]}.{len(more[kind.lists[part]]) - 1}"
            if message.startswith(where):
                message = f"include.{place}.{part}{message.removeprefix(where)}"
        raise OptionError(message) from None
    return wider


def _spelled(value: object) -> str:
    return str(value)
