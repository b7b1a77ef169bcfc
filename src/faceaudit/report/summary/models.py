"""Everything that a report says as typed values: what `report.json` holds.

Its JSON Schema is docs/report.schema.json. Unknown is null, and what is beside it says why. A
change of what is here raises `SCHEMA_VERSION`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from faceaudit.report.first_screen.card import Card, NotTested
from faceaudit.report.identifiers import Coverage, Identifier
from faceaudit.report.judging import Outcome
from faceaudit.types import Estimate

SCHEMA_VERSION: Final = 1
"""Of `ReportValues`: raised by every change that a reader of the last version would trip over."""


class Values(BaseModel):
    """A part of the report; nothing in it is NaN or infinite."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Product(Values):
    """The program that wrote the report."""

    name: Literal["faceaudit"] = "faceaudit"
    version: str = Field(description="of the program that wrote the report, not of the run")


class ListedValues(Values):
    """Photos, people or pairs that were left out, or used but not as they were."""

    count: int
    first: tuple[tuple[str, str], ...] = Field(description="id and reason of the first of them")


class RunValues(Values):
    """How the figures came about."""

    title: str = Field(description="the plan's; empty where it has none")
    plan: Mapping[str, Any] = Field(description="with all defaults filled in")
    started: str = Field(description="ISO 8601, with time zone; empty where it was not recorded")
    seconds: float | None = Field(description="null where the run did not end")
    versions: Mapping[str, str] = Field(description="of packages that figures depend on")
    machine: Mapping[str, Any]
    commit: str = Field(description="empty where it was not recorded")
    said_first: tuple[str, ...] = Field(description="what to know before figures are read")
    left_out: ListedValues
    remarks: ListedValues


class CaseValues(Values):
    """One case of the plan and what became of it."""

    id: str
    kind: str = Field(description="of audit; empty of a case that is not in the store or damaged")
    title: str
    details: tuple[str, ...]
    state: Literal["measured", "failed", "not in the store", "damaged"]
    error: str = Field(description="why it failed; empty where it did not")


class MeasureValues(Values):
    """A figure that limits may speak of."""

    title: str = Field(description="kind, name and labels, as a limit spells them")
    kind: str
    name: str
    labels: Mapping[str, str | int | float]
    estimate: Estimate | None
    why_none: str = Field(description="why there is no estimate; empty where there is one")
    caution: str = Field(description="why no verdict may rest on it; usually empty")
    cases: tuple[str, ...] = Field(description="ids of the cases that it is from")
    anchor: str = Field(description="id of the element of the HTML report that shows it")


class JudgementValues(Values):
    """A limit, and what the measures that it speaks of say of it."""

    limit: str = Field(description="as it was written: what must not be")
    measure: str
    labels: Mapping[str, str]
    sign: Literal["<", ">"]
    bound: float
    default: bool = Field(description="whether it is one of faceaudit's, for want of one in a plan")
    outcome: Outcome
    why_none: str = Field(description="why it speaks of no measure; usually empty")
    deciding: tuple[str, ...] = Field(description="titles of the measures it was decided by")
    measures: tuple[str, ...] = Field(description="titles of all measures it speaks of")


class AiActValues(Values):
    """The words of Art. 15(5) beside what was tested; no assessment of conformity."""

    remarks: tuple[str, ...]
    coverage: tuple[Coverage, ...]


class SubjectValues(Values):
    """What other vocabularies call something that was audited or done."""

    subject: str
    identifiers: tuple[Identifier, ...]


class ReportValues(Values):
    """Everything that the report of a store says."""

    schema_version: Literal[1] = SCHEMA_VERSION
    product: Product
    verdict: str = Field(description="of the whole audit, in one sentence")
    incomplete: str = Field(description="which cases have no figures; empty where all have")
    system: tuple[str, ...] = Field(description="the audited systems and faces, in words")
    demonstration: bool = Field(
        description="whether all of it is about synthetic people and networks trained here"
    )
    run: RunValues
    cards: tuple[Card, ...] = Field(description="one a threat")
    others: tuple[tuple[str, str], ...] = Field(
        description="title and detail of what kinds of audit without threats found"
    )
    not_tested: tuple[NotTested, ...]
    judgements: tuple[JudgementValues, ...]
    measures: tuple[MeasureValues, ...]
    identifiers: tuple[SubjectValues, ...]
    ai_act: AiActValues
    cases: tuple[CaseValues, ...]
