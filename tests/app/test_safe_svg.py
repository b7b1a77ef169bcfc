"""Drawings out of files: our own come through as they are, and nothing else does."""

import re
from html.parser import HTMLParser

import pytest

import faceaudit
from faceaudit.app.parts import safe_svg as module
from faceaudit.app.parts.safe_svg import safe_svg
from report.backdoor.samples import case, write_store
from report.membership.samples import membership_case


class _Reader(HTMLParser):
    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        plain = [(key, " ".join((value or "").split()).rstrip("; ")) for key, value in attrs]
        self.found.append((tag, sorted(plain)))

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag):
        self.found.append(tag)

    def handle_data(self, data):
        if data.strip():
            self.found.append(data.strip())


def read(svg):
    reader = _Reader()
    reader.feed(svg)
    reader.close()
    return reader.found


def test_our_own_charts_come_through_whole(tmp_path):
    stores = [
        write_store(tmp_path / "backdoor", [case(), case(seed=1)]),
        write_store(tmp_path / "membership", [membership_case()]),
    ]
    drawings = [
        svg
        for store in stores
        for chart in faceaudit.report_parts(store).charts
        for svg in (chart.svg, *(mark for mark, _ in chart.legend))
    ]
    assert len(drawings) >= 4
    for svg in drawings:
        assert read(safe_svg(svg))[1:-1] == read(svg)


BOX = '<svg viewBox="0 0 9 9"'
HOSTILE = {
    "script": BOX + "><script>fetch('/x')</script></svg>",
    "handler": BOX + ' onload="x()"><path d="M0 0" onclick="x()"/></svg>',
    "form": BOX + '><foreignObject><form action="/sign-out"><button>x</button></form>'
    "</foreignObject></svg>",
    "loose form": BOX + '><form action="/x"><input name="password"></form></svg>',
    "link": BOX + '><a href="https://example.org"><text>x</text></a></svg>',
    "inner script link": BOX + '><a xlink:href="javascript:x()"><path d="M0 0"/></a></svg>',
    "picture": BOX + '><image href="https://example.org/x.png"/></svg>',
    "use": BOX + '><use href="https://example.org/x.svg#a"/><use xlink:href="data:x#a"/></svg>',
    "style": BOX + "><style>body{display:none}@import 'https://example.org/x.css'</style></svg>",
    "cover": '<svg style="position:fixed;inset:0;z-index:9;fill:url(https://example.org/x)"></svg>',
    "spelled": BOX + r'><path style="fill:u\72l(https://example.org/x)"/></svg>',
    "entity": BOX + '><path fill="url&#40;https://example.org/x)"/></svg>',
    "size": '<svg width="9999" height="9999" viewBox="0 0 9 9"></svg>',
    "class": BOX + ' class="stApp chart"><g class="stMain" id="root"/></svg>',
    "moving": BOX + '><path><animate attributeName="d"/><set attributeName="href"/></path></svg>',
    "filter": BOX + '><filter id="a"><feImage href="https://example.org/x"/></filter></svg>',
    "comment": BOX + "><!--><script>x()</script>--></svg>",
    "data section": BOX + "><![CDATA[<script>x()</script>]]></svg>",
    "title": BOX + "><title><script>x()</script></title></svg>",
    "two": BOX + '></svg><form action="/x"></form>',
    "nested": BOX + '><svg style="position:fixed" viewBox="0 0 1 1"></svg></svg>',
    "iframe": BOX + '><iframe src="/audits"></iframe></svg>',
    "no drawing": '<form action="/x"><input name="password"></form>',
}


@pytest.mark.parametrize("svg", HOSTILE.values(), ids=HOSTILE)
def test_nothing_else_comes_through(svg):
    safe = safe_svg(svg)
    known = {"div", *map(str.lower, module.ELEMENTS)}
    for found in read(safe):
        if isinstance(found, tuple):
            tag, attributes = found
            assert tag in known
            for key, value in attributes:
                assert not key.startswith("on")
                assert (key, value) == ("class", "chart") or key != "class"
                assert "example.org" not in value
                assert not re.search(r"position|z-index|inset|javascript|data:", value)
                assert not (tag == "svg" and key in ("width", "height", "id"))
    assert len(re.findall("<svg", safe)) <= 1
    assert not re.search("<(script|form|a|image|style|iframe|input|foreignObject)", safe)


def test_a_drawing_stays_in_its_place():
    safe = safe_svg(BOX + '><rect x="-9999" y="-9999" width="99999" height="99999"/></svg>')
    assert safe.startswith('<div style="overflow: clip;')


def test_a_drawing_cannot_grow_without_end():
    groups = '<g id="a"><path d="M0 0h9"/></g>' + "".join(
        f'<g id="{"ab"[n % 2]}">{f"""<use href="#{"ba"[n % 2]}"/>""" * 9}</g>' for n in range(9)
    )
    assert 'id="' not in safe_svg(f"{BOX}>{groups}</svg>")
    marks = '<defs><clipPath id="c"><use href="#m"/></clipPath></defs>'
    assert "use" not in safe_svg(f"{BOX}>{marks}</svg>")
    assert " d=" not in safe_svg(f'{BOX}><path id="m" d="M{"0 0 " * module.MARK}"/></svg>')
    assert safe_svg(f"{BOX}>{'<g>' * 99}{'</g>' * 99}</svg>") == ""
    assert safe_svg(f"{BOX}>{'<g></g>' * module.MOST}</svg>") == ""
    assert safe_svg(f"{BOX}><desc>{'x' * module.LARGEST}</desc></svg>") == ""
    assert safe_svg(f"{BOX}><g>") == safe_svg(f"{BOX}></g></svg>") == safe_svg("") == ""
