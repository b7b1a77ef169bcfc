"""Treatments: mitigations of backdoors with what they may use, as a plan lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny

from faceaudit.audit.common.systems import plain_values
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


Removals = Annotated[Removal, BeforeValidator(_read_removal)]


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
    """

    mitigation: BackdoorMitigation
    clean_photos: int
    reserved: int
    removal: Removal | None = None
    false_alarms: tuple[float, ...] = ()

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
            **removal,
            **allowed,
        }

    @property
    def versions(self) -> dict[str, int]:
        """The versions of what determines its figures."""
        return {"mitigation": self.mitigation.version, "treatment": VERSION}

    @property
    def title(self) -> str:
        """The treatment in a few words, so that no two of a section read alike."""
        photos = f"{self.clean_photos} clean photo{'' if self.clean_photos == 1 else 's'} a person"
        more = [photos] if self.clean_photos else []
        if self.removal is not None:
            more.append(f"{self.removal.title} left out")
        return ", ".join([title_of(self.mitigation), *more])


def needed_photos(mitigation: BackdoorMitigation) -> int:
    """Return how many clean photos of a person a mitigation needs at least."""
    if isinstance(mitigation, InputFilter):
        return max(FIT_AND_SET, FIT_AND_SET * mitigation.clean_photos)
    return mitigation.clean_photos


def treatments_of(
    mitigations: Sequence[BackdoorMitigation],
    clean_photos: Sequence[int],
    removals: Sequence[Removal],
    false_alarms: Sequence[float],
) -> Iterator[Treatment]:
    """Yield every mitigation with each budget that it can use.

    One that has no use for clean photos has none; others are tried with each number that is enough.
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


def _budgets(mitigation: BackdoorMitigation, clean_photos: Sequence[int]) -> list[int]:
    needed = needed_photos(mitigation)
    if not needed and not mitigation.uses_clean:
        return [0]
    return sorted({photos for photos in clean_photos if photos >= needed})


def require_budgets(mitigations: Sequence[BackdoorMitigation], clean_photos: Sequence[int]) -> None:
    """Refuse mitigations that no number of clean photos is enough for.

    Raises:
        ValueError: one needs more.
    """
    for one in mitigations:
        if not _budgets(one, clean_photos):
            raise ValueError(
                f"expected clean_photos of {needed_photos(one)} or more for {one.name}, got "
                f"{list(clean_photos)}; add {needed_photos(one)}"
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
        if item is not None
    ]
    return f"{values['mitigation']}({', '.join(parts)})"
