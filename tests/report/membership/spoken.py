"""What the report says of made-up cases, in plain letters."""

from __future__ import annotations

from typing import Any

from faceaudit.report.elements import Headline
from faceaudit.report.membership.cases import ComparableCases, comparable_cases
from faceaudit.report.membership.findings import membership_findings
from faceaudit.report.membership.headline import membership_headline
from faceaudit.report.membership.recommendation import recommendation
from faceaudit.report.numbers import DASH, MINUS, SPACE
from faceaudit.store import CaseRecord
from report.membership.samples import membership_case


def plain(text: str) -> str:
    return text.replace(SPACE, " ").replace(DASH, "-").replace(MINUS, "-")


def base(**options: Any) -> CaseRecord:
    return membership_case("none", **{"served": 0.66, "adaptive": 0.66, **options})


def setting(*records: CaseRecord) -> ComparableCases:
    (one,) = comparable_cases(records)
    return one


def said(record: CaseRecord, *others: CaseRecord) -> dict[str, str]:
    """Return the findings about a case that stands among others."""
    one = setting(*others, record)
    return {each.about: plain(each.text) for each in membership_findings(one.cases[-1], one)}


def advice(*records: CaseRecord) -> str:
    return plain(" ".join(recommendation(setting(*records))))


def head(*records: CaseRecord) -> Headline:
    found = membership_headline(comparable_cases(records))
    return Headline(*(plain(text) for text in vars(found).values()))
