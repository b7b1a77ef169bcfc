"""The part of the report that belongs to one kind of audit: the class that it fills.

A kind names a module, such as `faceaudit.report.backdoor.section`. That module holds `SECTION`, and
in the folder `templates` beside it lie, each called after the kind:

    <kind>.html.j2            the body: <section> elements, each with an <h2>
    <kind>_reading.html.j2    what words mean, folded in "How to read this report"; may be absent
    <kind>_limits.html.j2     what the section does not show, as a list; may be absent
    <kind>_run.html.j2        a part of "What was run"; may be absent

All of them see `view`, the values that `SECTION.part` made for them, and may import the macros of
report/templates/parts.html.j2. Everything they print is escaped. A section in full:

    class PhotoSection(Section):
        navigation = (("photos", "Photos"),)

        def part(
            self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]
        ) -> Part:
            photos = [PhotoFacts.of(record).photos for record in records if not record.error]
            title = f"{counted(sum(photos), 'photo')} were counted"
            return Part(Headline(title, f"In {counted(len(photos), 'case')}."), view=photos)

        def line(self, record: CaseRecord) -> CaseLine:
            return CaseLine(f"Photos of {record.spec['faces']['source']}")

    SECTION = PhotoSection()

and its body:

    {% import "parts.html.j2" as part %}
    <section id="photos" aria-labelledby="photos-title">
      <h2 id="photos-title">Photos</h2>
      <p>{{ view | join(", ") }}</p>
    </section>
"""

from __future__ import annotations

import importlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from faceaudit.audit.declared import Declared
from faceaudit.report.elements import Headline
from faceaudit.report.judging import Judgement
from faceaudit.report.measures import Measure
from faceaudit.report.threats import Threat
from faceaudit.store import CaseRecord, Store


@dataclass(frozen=True)
class CaseLine:
    """One case in a few words.

    Attributes:
        title: the case, as the table of all cases has it.
        columns: further columns of that table, by their heads.
        details: words that tell the case apart where there is no table, such as its seed.
    """

    title: str
    columns: Mapping[str, str] = field(default_factory=dict)
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Audited:
    """The systems and faces that were audited, for the line below the headline.

    Attributes:
        networks: names of networks, in words.
        sources: registered names of the sources of the faces.
        people: how many people a case is about; one number for each that occurs.
        more: further phrases, such as "2,400 training photos".
    """

    networks: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    people: tuple[int, ...] = ()
    more: tuple[str, ...] = ()


class Later:
    """Values that are made when a template shows them: charts take long, and few reports have any.

    Args:
        make: makes them.
    """

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    @cached_property
    def made(self) -> object:
        """The values."""
        return self._make()


@dataclass(frozen=True, eq=False)
class Part:
    """All that one kind contributes to the page.

    Attributes:
        headline: its first words.
        view: the values its templates show, or a `Later` that makes them.
        audited: what was audited.
    """

    headline: Headline
    view: object
    audited: Audited = Audited()


class Section(ABC):
    """A kind's section of the report; see this module for an example."""

    @property
    @abstractmethod
    def navigation(self) -> Sequence[tuple[str, str]]:
        """Return the id and the name of each of its places that the navigation leads to."""

    @abstractmethod
    def part(self, records: Sequence[CaseRecord], store: Store, run: Mapping[str, Any]) -> Part:
        """Return everything that the page shows of the kind's cases.

        Args:
            records: the kind's cases in the order of the plan, at least one; failed ones too.
            store: what they are from, for training curves and the like.
            run: the store's account of the last run, of all kinds.
        """

    @abstractmethod
    def line(self, record: CaseRecord) -> CaseLine:
        """Return one of the kind's cases in a few words; a failed one has a spec, but no facts."""

    def measures(self, records: Sequence[CaseRecord]) -> Sequence[Measure]:
        """Return the figures that limits and comparisons may speak of, over all trainings.

        Args:
            records: as `part` takes them; evidence and pictures may have been left in the store.
        """
        del records
        return ()

    def threats(
        self,
        records: Sequence[CaseRecord],
        judgements: Sequence[Judgement],
        declared: Declared,
    ) -> Sequence[Threat]:
        """Return what the first screen says, a card a threat; without any it has the headline.

        Args:
            records: as `part` takes them; evidence and pictures may have been left in the store.
            judgements: the limits on the kind's measures, held against them.
            declared: what the owner says of the system's use.
        """
        del records, judgements, declared
        return ()


def section_of(module: str) -> Section:
    """Return the section of a kind, given the dotted name of the module that holds it."""
    section: Section = importlib.import_module(module).SECTION
    return section
