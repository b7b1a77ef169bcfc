"""A report's values made by hand, every text in them of the caller's choosing."""

from __future__ import annotations

from collections.abc import Callable

from faceaudit.report.first_screen import Card, LimitLine, NotTested
from faceaudit.report.identifiers import Coverage, Identifier
from faceaudit.report.summary.models import (
    AiActValues,
    CaseValues,
    JudgementValues,
    ListedValues,
    MeasureValues,
    Product,
    ReportValues,
    RunValues,
    SubjectValues,
)
from faceaudit.report.threats import Advice, KeyFigure, Risk, RiskLine, Tried
from faceaudit.types import Estimate

ESTIMATE = Estimate(0.5, 0.25, 0.75, 12, "wilson 95 %")


def made_values(text: Callable[[str], str] = str) -> ReportValues:
    """Return a report whose every text is made of its name."""
    return ReportValues(
        product=Product(version="0.0.0"),
        verdict=text("verdict"),
        incomplete=text("incomplete"),
        system=(text("system"), text("faces")),
        demonstration=True,
        run=RunValues(
            title=text("title"),
            plan={"title": text("title")},
            started="2026-11-26T17:15:15+00:00",
            seconds=None,
            versions={"python": "3.11"},
            machine={"cores": 2},
            commit="",
            said_first=(text("said first"),),
            left_out=ListedValues(count=1, first=((text("photo"), text("reason")),)),
            remarks=ListedValues(count=0, first=()),
        ),
        cards=(made_card(text),),
        others=((text("other title"), text("other detail")),),
        not_tested=(
            NotTested(text("untested"), text("what it is"), text("why untested"), possible=False),
        ),
        judgements=(
            JudgementValues(
                limit="backdoor.success > 0.15",
                measure="backdoor.success",
                labels={},
                sign=">",
                bound=0.15,
                default=True,
                outcome="broken",
                why_none="",
                deciding=(text("measure"),),
                measures=(text("measure"),),
            ),
        ),
        measures=(
            MeasureValues(
                title=text("measure"),
                kind="backdoor",
                name="success",
                labels={"attack": text("attack"), "samples": 5, "fpr": 0.01},
                estimate=ESTIMATE,
                why_none="",
                caution=text("caution"),
                cases=("a" * 64,),
                anchor="attack",
            ),
            MeasureValues(
                title=text("unknown measure"),
                kind="backdoor",
                name="clean_accuracy",
                labels={},
                estimate=None,
                why_none=text("why none"),
                caution="",
                cases=(),
                anchor="",
            ),
        ),
        identifiers=(SubjectValues(subject="backdoor", identifiers=(made_identifier(text),)),),
        ai_act=AiActValues(
            remarks=(text("remark"),),
            coverage=(Coverage("data poisoning", ("backdoor",)), Coverage("model flaws", ())),
        ),
        cases=(
            CaseValues(
                id="a" * 64,
                kind="backdoor",
                title=text("case"),
                details=(),
                state="measured",
                error="",
            ),
            CaseValues(
                id="b" * 64,
                kind="backdoor",
                title=text("failed case"),
                details=(text("detail"),),
                state="failed",
                error=text("error"),
            ),
        ),
    )


def made_card(text: Callable[[str], str] = str) -> Card:
    """Return a card, everything on it filled in."""
    return Card(
        id="threat-backdoor",
        kind="backdoor",
        subject="backdoor",
        name=text("threat"),
        outcome="broken",
        word="limit broken",
        verdict=text("what happened"),
        explanation=text("explanation"),
        figure=KeyFigure(
            value="50 %",
            of=text("of what"),
            interval=text("interval"),
            n=text("n"),
            limit=text("allowed"),
            estimate=ESTIMATE,
            anchor="attack",
        ),
        tried=(
            Tried(name=text("tried"), figure=text("figure"), outcome="broken", word=text("opened")),
        ),
        advice=(Advice(text=text("advice"), rule="rule"),),
        why=text("why open"),
        limits=(
            LimitLine("backdoor.success > 0.15", "broken", text("broken"), note=text("note")),
            LimitLine(
                text("limit"),
                "none",
                "no verdict",
                default=True,
                why=text("why this number"),
                source=text("source"),
            ),
        ),
        risk=Risk(
            measured=(RiskLine(text("rate"), text("rate in words"), ESTIMATE),),
            declared=(RiskLine(text("people"), text("not declared"), known=False),),
            combined=(RiskLine(text("openings"), text("openings in words"), ESTIMATE),),
        ),
        identifiers=(made_identifier(text),),
        detail=text("field detail"),
    )


def made_identifier(text: Callable[[str], str] = str) -> Identifier:
    """Return an identifier of a list that does not exist."""
    return Identifier(text("list"), "X1", text("entry"), "2026", "near", text("nearly"))
