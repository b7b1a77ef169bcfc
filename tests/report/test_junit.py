"""JUnit XML of limits, read back by a reader that did not write it."""

from __future__ import annotations

import xml.sax
from collections import Counter
from xml.dom import minidom

import pytest
from hypothesis import given
from hypothesis import strategies as st

from faceaudit.audit.limits import parse_limit
from faceaudit.report.judging import Judgement, judge
from faceaudit.report.junit import junit_xml
from faceaudit.report.measures import Measure
from faceaudit.types import Estimate

LIMIT = parse_limit("backdoor.success>0.5")


def measure(low: float, high: float, key: str, caution: str = "") -> Measure:
    estimate = Estimate((low + high) / 2, low, high, 30, "wilson 95 %")
    return Measure("backdoor", "success", {"key": key}, estimate, caution=caution)


BROKEN, KEPT, OPEN = measure(0.6, 0.7, "a"), measure(0.1, 0.2, "b"), measure(0.4, 0.6, "c")
UNMEASURED = Measure("backdoor", "success", {"key": "d"}, None, why_none="nobody was tried")


def cases_of(document: bytes) -> dict[str, list[tuple[str, str, str]]]:
    """Return what a reader sees: of each test case the tags, types and messages in it."""
    root = minidom.parseString(document)
    return {
        case.getAttribute("name"): [
            (child.tagName, child.getAttribute("type"), child.getAttribute("message"))
            for child in case.childNodes
            if isinstance(child, minidom.Element)
        ]
        for case in root.getElementsByTagName("testcase")
    }


def test_each_limit_and_figure_is_a_test_case_and_only_what_is_kept_is_green() -> None:
    judgement = judge(LIMIT, [BROKEN, KEPT, OPEN, UNMEASURED])
    found = cases_of(junit_xml([judgement]))
    assert list(found) == [
        f"backdoor.success>0.5: backdoor.success(key={key})" for key in ("a", "b", "c", "d")
    ]
    broken, kept, open_, unmeasured = found.values()
    assert [(tag, type_) for tag, type_, _ in broken] == [("failure", "broken")]
    assert broken[0][2] == "is 0.65 (0.6 to 0.7), n = 30: the whole interval lies above 0.5"
    assert [tag for tag, _, _ in kept] == ["system-out"]
    for doubtful in (open_, unmeasured):
        assert [(tag, type_) for tag, type_, _ in doubtful] == [("error", "inconclusive")]


def test_counts_are_those_of_the_cases() -> None:
    document = junit_xml([judge(LIMIT, [BROKEN, KEPT, OPEN])], [("deepid, seed 1", "no memory")])
    counted = Counter[str]()

    class Counting(xml.sax.ContentHandler):
        def startElement(self, name: str, attrs: xml.sax.xmlreader.AttributesImpl) -> None:
            counted[name] += 1
            if name == "testsuites":
                self.said = {key: attrs[key] for key in ("tests", "failures", "errors", "skipped")}

    reader = Counting()
    xml.sax.parseString(document, reader)
    assert reader.said == {"tests": "4", "failures": "1", "errors": "2", "skipped": "0"}
    assert counted["testcase"] == 4
    assert counted["failure"] == 1
    assert counted["error"] == 2
    assert counted["skipped"] == 0, "servers show skipped tests as green"


def test_failed_cases_and_limits_that_nothing_was_found_for_are_errors() -> None:
    nothing = Judgement(LIMIT, "inconclusive", why_none="no finished case has such a figure")
    found = cases_of(junit_xml([nothing], [("deepid pristine", "expected room")]))
    assert found == {
        "backdoor.success>0.5": [
            ("error", "inconclusive", "no finished case has such a figure"),
        ],
        "deepid pristine": [("error", "failed", "expected room")],
    }


ANYTHING = st.one_of(
    st.text(max_size=20),
    st.text("a<>&\"' ]]>\t\r\n\x00\x01\x0b\x1b\x7f\x85\ud800\ufffe\uffff\U0001f600", max_size=12),
)


@given(ANYTHING, ANYTHING, ANYTHING)
def test_no_name_or_error_makes_the_file_unreadable(key: str, caution: str, error: str) -> None:
    """One character that XML 1.0 forbids, and servers show no test at all, in green."""
    judgement = judge(LIMIT, [measure(0.6, 0.7, key), measure(0.6, 0.7, key + "'", caution + ".")])
    found = cases_of(junit_xml([judgement], [(error + "x", error)]))
    assert len(found) == 3
    assert sum(tag == "failure" for each in found.values() for tag, _, _ in each) >= 1
    assert sum(tag == "error" for each in found.values() for tag, _, _ in each) >= 1


@pytest.mark.parametrize("code", [*range(32), 0x7F, 0x9B, 0xD800, 0xDFFF, 0xFFFE, 0xFFFF, 0x1FFFF])
def test_every_control_character_is_spelled_out_or_harmless(code: int) -> None:
    found = cases_of(junit_xml([], [("case", f"a{chr(code)}b")]))
    ((_, _, message),) = found["case"]
    assert message == (f"a{chr(code)}b" if chr(code) in "\t\n" else f"a{ascii(chr(code))[1:-1]}b")
