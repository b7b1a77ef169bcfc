"""What became of limits as JUnit XML, which GitHub, GitLab, Jenkins and others show."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from io import BytesIO

from junitparser import Error, Failure, JUnitXml, TestCase, TestSuite

from faceaudit.report.judging import Judgement, verdict
from faceaudit.report.limit_words import reason
from faceaudit.report.spelling import spelled_out

BROKEN, INCONCLUSIVE, FAILED = "broken", "inconclusive", "failed"
"""The `type` of a failure and of errors."""


def junit_xml(judgements: Sequence[Judgement], unfinished: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return JUnit XML: a test case for each limit and each figure that it speaks of.

    A broken limit is a `failure`. What is inconclusive is an `error`, not `skipped`: servers show
    skipped tests as green, and doubt is none. Cases of the audit that failed are errors, too. What
    passed is listed like the rest.

    Characters that XML forbids are spelled out: of a file with one servers show no test, in green.

    Args:
        judgements: limits held against figures.
        unfinished: title and reason of cases of the audit that gave no figures.
    """
    document = JUnitXml()
    limits = TestSuite("faceaudit limits")
    for judgement in judgements:
        limits.add_testcases(_test_cases(judgement))
    document.add_testsuite(limits)
    failed = [
        _test_case("faceaudit.cases", title, Error(spelled_out(why), FAILED))
        for title, why in unfinished
    ]
    if failed:
        cases = TestSuite("faceaudit cases")
        cases.add_testcases(failed)
        document.add_testsuite(cases)
    document.update_statistics()  # type: ignore[no-untyped-call]
    file = BytesIO()
    document.write(file)
    return file.getvalue()


def _test_cases(judgement: Judgement) -> list[TestCase]:
    limit = judgement.limit
    place = f"faceaudit.limits.{limit.measure}"
    if not judgement.measures:
        doubt = Error(spelled_out(judgement.why_none), INCONCLUSIVE)
        return [_test_case(place, limit.text, doubt)]
    found = []
    for measure in judgement.measures:
        outcome, words = verdict(limit, measure), spelled_out(reason(limit, measure))
        results = {
            "broken": Failure(words, BROKEN),
            "inconclusive": Error(words, INCONCLUSIVE),
            "kept": None,
        }
        case = _test_case(place, f"{limit.text}: {measure.title}", results[outcome])
        if outcome == "kept":
            case.system_out = words
        found.append(case)
    return found


def _test_case(place: str, name: str, result: Error | Failure | None) -> TestCase:
    case = TestCase(spelled_out(name), place)
    if result is not None:
        result.text = result.message
        case.result = [result]
    return case
