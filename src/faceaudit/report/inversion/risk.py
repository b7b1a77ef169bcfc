"""The risk statement of stolen templates: how many people's faces one theft gives away."""

from __future__ import annotations

from faceaudit.audit.declared import Declared
from faceaudit.metrics import expected_count
from faceaudit.report.inversion.findings import transfers
from faceaudit.report.inversion.runs import Run
from faceaudit.report.inversion.words import at
from faceaudit.report.numbers import counted, percent_with_interval
from faceaudit.report.risk_lines import NO_RATE, count_line, declared_lines, missing
from faceaudit.report.threats import Risk, RiskLine

EXPOSED = "People whose face could be rebuilt so that it passes, of all templates stolen"


def template_risk(run: Run | None, declared: Declared) -> Risk:
    """Combine the success of the strongest attack with how many people are declared.

    Args:
        run: the strongest attack on what is stored; None where none was measured.
        declared: what the owner says of the system's use.
    """
    keys = ("use", "people", "protects")
    rate = None if run is None else run.success()
    if run is None or rate is None:
        line = missing("Rebuilt faces that pass", "none was measured")
        return Risk((line,), declared_lines(declared, keys), (missing(EXPOSED, NO_RATE),))
    fmr = run.strictest()
    assert fmr is not None
    measured = [
        RiskLine(
            f"Rebuilt faces that pass before {run.networks[0]}, {at(fmr)}",
            percent_with_interval(rate),
            rate,
        )
    ]
    measured += [
        RiskLine(f"The same before {title}", percent_with_interval(one), one)
        for title, one in transfers(run)
    ]
    if declared.people is None:
        combined = missing(EXPOSED, "not declared; write declared: {people: ...}")
    else:
        people = counted(declared.people, "person", "people")
        combined = count_line(f"{EXPOSED}: of {people}", expected_count(rate, declared.people))
    return Risk(tuple(measured), declared_lines(declared, keys), (combined,))
