"""Plans: a title, seeds, and a section for each kind of audit."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Self, TypeGuard

from pydantic import Field, SerializeAsAny, field_validator, model_validator

from faceaudit.audit.choosing import require_chosen, widened
from faceaudit.audit.common.kind import AuditKind
from faceaudit.audit.declared import Declared, Shown
from faceaudit.audit.kinds import KINDS
from faceaudit.audit.limits import check_limit, distinct_limits
from faceaudit.audit.presets import PRESET, with_preset
from faceaudit.audit.sweeps import Swept, write_out
from faceaudit.cleaning import quote
from faceaudit.errors import OptionError, closest
from faceaudit.registry import Options, check_keys, has_repeats

FACES = "faces"


class Plan(Options):
    """A title and seeds, then one section a kind of audit under its name.

    Faces that several sections share are written once, at the top: a section without faces of its
    own takes those. A list where an option takes one value is a sweep: see
    `faceaudit.audit.sweeps`. A kind has several sections where something outside of lists is swept,
    such as its faces or its split. A section may rest on a preset: see
    `faceaudit.audit.presets`.

    >>> plan = Plan(
    ...     faces={"source": "synthetic", "people": 5},
    ...     backdoor={"systems": [{"network": "deepid"}], "attacks": ["accessory"]},
    ... )
    >>> plan.section("backdoor").faces.people
    5
    """

    title: str = Field("", description="what the report is headed with")
    seeds: tuple[Annotated[int, Field(ge=0, lt=2**63)], ...] = Field(
        (0,), min_length=1, description="one run of everything for each"
    )
    declared: Declared = Field(
        default_factory=Declared, description="what the owner says of the system's use"
    )
    limits: tuple[str, ...] = Field(
        (), description="what must not be, as in backdoor.success>0.05; broken ones fail the run"
    )
    show: Shown = Field(
        default_factory=Shown, description="whether real faces and names are kept and shown"
    )
    sections: Mapping[str, tuple[SerializeAsAny[Options], ...]] = Field(
        default_factory=dict, description="what to audit, by kind"
    )

    def __init__(self, **values: Any) -> None:
        refuse_moved_keys(values)
        _refuse_unknown_keys(values)
        sections = {kind.name: values.pop(kind.name) for kind in KINDS if kind.name in values}
        sections = {name: section for name, section in sections.items() if section is not None}
        shared, preset = values.pop(FACES, None), values.pop(PRESET, None)
        if shared is not None and not any(
            _takes_faces(kind, sections[kind.name]) for kind in KINDS if kind.name in sections
        ):
            raise OptionError(
                f"expected a section that uses the faces at the top of the plan, got "
                f"{', '.join(sections) or 'no section'}; leave those faces out, or the section's"
            )
        built = {
            kind.name: _build_sections(kind, sections[kind.name], shared, preset)
            for kind in KINDS
            if kind.name in sections
        }
        if not built:
            names = ", ".join(kind.name for kind in KINDS)
            raise OptionError(
                f"expected a section for a kind of audit ({names}), got none; give one"
            )
        super().__init__(**values, sections=built)

    @field_validator("seeds")
    @classmethod
    def _refuse_repeated_seeds(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds):
            raise ValueError(
                f"expected every seed once, got {quote(list(seeds))}; leave repeats out"
            )
        return seeds

    @model_validator(mode="after")
    def _refuse_idle_entries(self) -> Self:
        for kind, section in self.parts():
            try:
                require_chosen(kind, section, self.seeds)
            except OptionError as error:
                raise ValueError(f"{kind.name}.{error}") from None
        return self

    @model_validator(mode="after")
    def _refuse_wrong_limits(self) -> Self:
        self.with_limits(())
        return self

    @model_validator(mode="after")
    def _refuse_what_cannot_be_written(self) -> Self:
        try:
            json.dumps(self.as_json(), ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            letter = error.object[error.start]
            raise ValueError(f"expected text in Unicode, got {letter!r} in it") from None
        return self

    def section(self, name: str) -> Any:
        """Return the section of a kind of audit, or None where the plan has none.

        Raises:
            OptionError: the plan has several.
        """
        found = self.sections.get(name, ())
        if len(found) > 1:
            raise OptionError(
                f"expected one section {name!r}, got {len(found)}; leave out what is swept outside "
                "of its lists"
            )
        return found[0] if found else None

    def parts(self) -> Iterator[tuple[AuditKind[Any], Any]]:
        """Yield each kind of audit with its section, several times where it has several."""
        for kind in KINDS:
            for section in self.sections.get(kind.name, ()):
                yield kind, section

    def as_json(self) -> dict[str, Any]:
        """Return the plan with all defaults, as plain values that `Plan(**values)` takes."""
        values = self.model_dump(mode="json")
        sections = values.pop("sections")
        return {
            **values,
            **{name: some[0] if len(some) == 1 else some for name, some in sections.items()},
        }

    def with_limits(self, more: Iterable[str]) -> Self:
        """Return the plan with further limits.

        Raises:
            OptionError: a limit is none, or speaks of what the plan does not ask for.
        """
        limits = distinct_limits((*self.limits, *more))
        known = {kind.name: kind.measures for kind, _ in self.parts()}
        for limit in limits:
            check_limit(limit, known)
        return self.model_copy(update={"limits": tuple(limit.text for limit in limits)})

    def showing(self, *, faces: bool = False, names: bool = False) -> Self:
        """Return the plan, with faces and names of real people shown where it did not say so."""
        show = Shown(faces=self.show.faces or faces, names=self.show.names or names)
        return self.model_copy(update={"show": show})

    def strict(self) -> Self:
        """Return the plan with every section refusing figures that a validity gate finds flawed.

        Raises:
            OptionError: no section has such a gate.
        """
        strict = {
            kind.name: tuple(
                section.model_copy(update={"strict": True}) for section in self.sections[kind.name]
            )
            for kind in KINDS
            if kind.name in self.sections and "strict" in kind.plan.model_fields
        }
        if not strict:
            able = [kind.name for kind in KINDS if "strict" in kind.plan.model_fields]
            raise OptionError(
                f"expected a plan with a section that has a validity gate ({', '.join(able)}) for "
                "--strict, got none; leave it out"
            )
        return self.model_copy(update={"sections": {**self.sections, **strict}})


def sections_in(plan: Mapping[str, Any], kind: str) -> tuple[Mapping[str, Any], ...]:
    """Return the sections of a kind in a plan that is plain values: none, one, or several.

    >>> sections_in({"backdoor": [{"unseen": 5}, {"unseen": 9}]}, "backdoor")
    ({'unseen': 5}, {'unseen': 9})
    """
    found = plan.get(kind) or ()
    return (found,) if isinstance(found, Mapping) else tuple(found)


def plan_keys() -> list[str]:
    """Return the keys that a plan may have at its top."""
    return [
        "title",
        "seeds",
        "declared",
        "limits",
        "show",
        FACES,
        PRESET,
        *(kind.name for kind in KINDS),
    ]


def refuse_moved_keys(values: Mapping[str, Any]) -> None:
    """Raise `OptionError` for a plan as it was spelled before there were sections."""
    moved = {old: new for kind in KINDS for old, new in kind.moved.items()}
    for key in values:
        if key in moved:
            raise OptionError(
                f"expected a section for each kind of audit, got {key!r} at the top of the plan; "
                f"write {moved[key]}"
            )


def _refuse_unknown_keys(values: Mapping[str, Any]) -> None:
    """Raise `OptionError` for a key that no plan has, with the closest that one has."""
    keys = plan_keys()
    for key in values:
        if key not in keys:
            close = closest(key, keys)
            line = f"expected an option ({', '.join(keys)}), got {quote(key)}"
            raise OptionError(f"{line}; try {close!r}" if close else line)


def _takes_faces(kind: AuditKind[Any], section: object) -> bool:
    """Return whether a section, or one of several, uses the faces at the top of the plan."""
    if _are_several(section):
        return any(_takes_faces(kind, one) for one in section)
    if FACES not in kind.plan.model_fields or isinstance(section, kind.plan):
        return False
    return not isinstance(section, Mapping) or section.get(FACES) is None


def _are_several(section: object) -> TypeGuard[Sequence[object]]:
    """Return whether plain values are several sections of one kind."""
    if not isinstance(section, list | tuple) or not section:
        return False
    return all(isinstance(one, Mapping | Options) for one in section)


def _build_sections(
    kind: AuditKind[Any], section: object, shared: object, preset: object
) -> tuple[Options, ...]:
    """Return the sections that plain values are, presets and sweeps written out."""
    if isinstance(section, kind.plan):
        return (section,)
    if _are_several(section):
        built = [one for each in section for one in _build_sections(kind, each, shared, preset)]
        return _each_once(kind, built)
    if not isinstance(section, Mapping):
        raise OptionError(f"{kind.name}: expected a mapping of options, got {quote(section)}")
    given = check_keys(section)
    for key in given:
        if key in kind.renamed:
            raise OptionError(
                f"{kind.name}: expected an option, got {key!r}, which was renamed; write "
                f"{kind.renamed[key]}"
            )
    if shared is not None and _takes_faces(kind, section):
        given[FACES] = shared
    swept = Swept()
    try:
        swept = write_out(kind.plan, with_preset(kind.name, given, preset))
        built = [widened(kind, kind.plan(**one)) for one in swept.sections]
    except OptionError as error:
        message = swept.as_written(str(error))
        between = ": " if message.startswith("expected ") else "."
        raise OptionError(f"{kind.name}{between}{message}") from None
    return _each_once(kind, built)


def _each_once(kind: AuditKind[Any], sections: Sequence[Options]) -> tuple[Options, ...]:
    """Return sections as they are; values that are spelled in two ways make one twice."""
    if has_repeats(sections):
        raise OptionError(
            f"{kind.name}: expected every section once, got one twice; leave repeats out"
        )
    return tuple(sections)
