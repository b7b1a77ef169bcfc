"""Treatments: mitigations of backdoors with what they may use, as a plan lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny

from faceaudit.audit.common.systems import Faces, plain_values
from faceaudit.audit.common.titles import title_of
from faceaudit.mitigations.backdoor.base import (
    BackdoorMitigation,
    InputFilter,
    TrainingFilter,
    backdoor_mitigations,
)
from faceaudit.records.backdoor_mitigation import Way
from faceaudit.registry import Options

VERSION = 1
"""Of how clean photos are dealt, photos are left out and thresholds are set."""
FIT_AND_SET = 2
"""Clean photos of a person that a filter of inputs takes at least: it is fitted on half of them,
and its threshold is set on the others."""

OTHERS_VERSION = 1
"""Of how photos of other people are drawn, dealt and answered."""

Mitigation = Annotated[
    SerializeAsAny[BackdoorMitigation],
    BeforeValidator(backdoor_mitigations.build),
    PlainSerializer(plain_values),
]


class Removal(Options):
    """How many photos a filter of training sets leaves out."""

    share: float = Field(
        0.2, gt=0, lt=1, description="share of a person's photos, the most suspected ones"
    )
    people: int | None = Field(
        None,
        ge=1,
        description="of how many people, the most suspected ones; none means of everybody. A "
        "filter that suspects nobody then leaves nothing out",
    )

    @property
    def title(self) -> str:
        """The removal in a few words.

        >>> Removal(share=0.5, people=1).title
        '50 % of the photos of 1 person'
        """
        whose = "each person"
        if self.people is not None:
            whose = f"{self.people} {'person' if self.people == 1 else 'people'}"
        return f"{self.share * 100:g} % of the photos of {whose}"


def _read_removal(value: object) -> object:
    """Let a plan spell a removal of everybody's photos as its share alone."""
    plain = isinstance(value, int | float) and not isinstance(value, bool)
    return {"share": value} if plain else value


Removals = Annotated[
    Removal, BeforeValidator(_read_removal, json_schema_input_type=float | Removal)
]


class OtherPeople(Options):
    """Clean photos of people whom no system of the section knows, and how many of them."""

    faces: Faces = Field(description="where those people come from")
    photos: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (200,),
        min_length=1,
        description="how many of their photos whoever mitigates has, in all, each tried; drawn by "
        "seed, of as many people as there are",
    )


@dataclass(frozen=True)
class Treatment:
    """A mitigation, with what it may use.

    Attributes:
        mitigation: the mitigation.
        clean_photos: clean photos of each person that it has.
        reserved: the most clean photos of a person that any treatment of the section has; all are
            judged on the test photos that are left.
        removal: which photos are left out of a training set; None unless it is a filter of those.
        false_alarms: shares of clean photos that may be refused; empty unless it refuses photos.
        others: clean photos of other people that it has, in all, in the place of the others.
    """

    mitigation: BackdoorMitigation
    clean_photos: int
    reserved: int
    removal: Removal | None = None
    false_alarms: tuple[float, ...] = ()
    others: int = 0

    @property
    def way(self) -> Way:
        """What it does."""
        if isinstance(self.mitigation, TrainingFilter):
            return "training filter"
        return "input filter" if isinstance(self.mitigation, InputFilter) else "repair"

    @property
    def values(self) -> dict[str, Any]:
        """The treatment as plain values, as the spec of a case has them."""
        allowed = {"false_alarms": list(self.false_alarms)} if self.false_alarms else {}
        removal = {} if self.removal is None else {"removal": self.removal.model_dump(mode="json")}
        return {
            **self.mitigation.spec().as_json(),
            "clean_photos": self.clean_photos,
            "reserved": self.reserved,
            **({"others": {"photos": self.others}} if self.others else {}),
            **removal,
            **allowed,
        }

    @property
    def versions(self) -> dict[str, int]:
        """The versions of what determines its figures."""
        others = {"others": OTHERS_VERSION} if self.others else {}
        parts = {
            f"part {number}": one.version for number, one in enumerate(self.mitigation.parts, 1)
        }
        return {"mitigation": self.mitigation.version, "treatment": VERSION, **others, **parts}

    @property
    def title(self) -> str:
        """The treatment in a few words, so that no two of a section read alike."""
        photos = f"{self.clean_photos} clean photo{'' if self.clean_photos == 1 else 's'} a person"
        more = [photos] if self.clean_photos else []
        if self.others:
            more.append(f"{self.others} photo{'' if self.others == 1 else 's'} of other people")
        if self.removal is not None:
            more.append(f"{self.removal.title} left out")
        return ", ".join([title_of(self.mitigation), *more])


def needed_photos(mitigation: BackdoorMitigation) -> int:
    """Return how many clean photos of a person a mitigation needs at least."""
    if isinstance(mitigation, InputFilter):
        return max(FIT_AND_SET, FIT_AND_SET * mitigation.clean_photos)
    return mitigation.clean_photos


def needed_others(mitigation: BackdoorMitigation) -> int | None:
    """Return how many photos of other people a mitigation needs; None where they are of no use."""
    needed = mitigation.other_photos
    if needed is None or not isinstance(mitigation, InputFilter):
        return needed
    return max(FIT_AND_SET, FIT_AND_SET * needed)


def treatments_of(
    mitigations: Sequence[BackdoorMitigation],
    clean_photos: Sequence[int],
    removals: Sequence[Removal],
    false_alarms: Sequence[float],
    others: Sequence[int] = (),
) -> Iterator[Treatment]:
    """Yield every mitigation with each budget that it can use.

    One that has no use for clean photos has none; the rest are tried with each number that is
    enough, of photos of the people whom a system knows, then of other people.
    """
    reserved = max(
        (photos for one in mitigations for photos in _budgets(one, clean_photos)), default=0
    )
    for mitigation in mitigations:
        for photos in _budgets(mitigation, clean_photos):
            if isinstance(mitigation, TrainingFilter):
                for removal in removals:
                    yield Treatment(mitigation, photos, reserved, removal)
            elif isinstance(mitigation, InputFilter):
                yield Treatment(
                    mitigation, photos, reserved, false_alarms=tuple(map(float, false_alarms))
                )
            else:
                yield Treatment(mitigation, photos, reserved)
        allowed = tuple(map(float, false_alarms)) if isinstance(mitigation, InputFilter) else ()
        for photos in _others(mitigation, others):
            yield Treatment(mitigation, 0, reserved, false_alarms=allowed, others=photos)


def _others(mitigation: BackdoorMitigation, others: Sequence[int]) -> list[int]:
    needed = needed_others(mitigation)
    return [] if needed is None else sorted({photos for photos in others if photos >= needed})


def _budgets(mitigation: BackdoorMitigation, clean_photos: Sequence[int]) -> list[int]:
    needed = needed_photos(mitigation)
    if not needed and not mitigation.uses_clean:
        return [0]
    return sorted({photos for photos in clean_photos if photos >= needed})


def require_budgets(
    mitigations: Sequence[BackdoorMitigation],
    clean_photos: Sequence[int],
    others: Sequence[int] = (),
) -> None:
    """Refuse mitigations that no number of clean photos is enough for, whoever is on them.

    Raises:
        ValueError: one needs more, or photos of other people are of no use to any.
    """
    for one in mitigations:
        if not _budgets(one, clean_photos) and not _others(one, others):
            needed = needed_others(one)
            why, more = "", ""
            if others and needed is None:
                why = ", which has no use for photos of other people"
            elif others:
                more = f", or {needed} of other people"
            raise ValueError(
                f"expected clean_photos of {needed_photos(one)} or more for {one.name}{why}, got "
                f"{list(clean_photos)}; add {needed_photos(one)}{more}"
            )
    if others and all(needed_others(one) is None for one in mitigations):
        raise ValueError(
            "expected a mitigation that has a use for photos of other people, got "
            f"{', '.join(one.name for one in mitigations) or 'none'}; add one such as 'strip', or "
            "leave others out"
        )
    enough = [photos for photos in others if any(_others(one, [photos]) for one in mitigations)]
    if len(enough) < len(others):
        raise ValueError(
            "expected as many photos of other people as a mitigation needs, got others.photos of "
            f"{list(others)}; leave {min(set(others).difference(enough))} out"
        )


def titled(spec: Mapping[str, Any]) -> str:
    """Return the mitigation of a case's spec with all its options; "none" where there is none.

    >>> titled({"mitigation": None})
    'none'
    >>> titled({"mitigation": {"mitigation": "wash", "clean_photos": 5, "removal": {"share": 0.2}}})
    'wash(clean_photos=5, removal.share=0.2)'
    """
    values = spec.get("mitigation")
    if values is None:
        return "none"
    parts = [
        f"{name}.{inner}={item}" if inner else f"{name}={item}"
        for name, value in sorted(values.items())
        if name not in ("mitigation", "reserved")
        for inner, item in (sorted(value.items()) if isinstance(value, Mapping) else [("", value)])
        if item is not None and (name, inner) != ("others", "fingerprint")
    ]
    return f"{values['mitigation']}({', '.join(parts)})"
