"""The Markdown summary, read back by a Markdown parser of another package."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from faceaudit.report.summary.escaping import escape
from faceaudit.report.summary.markdown import FAILED_SHOWN, markdown_of
from report.summary.made_values import made_values

PARSER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
ADDRESS = re.compile(r"(?<!\\)://|www\.")
"""What GitHub makes a link of, wherever it stands."""
SHOWN = (
    *("title", "verdict", "system", "faces", "incomplete", "said first", "threat", "of what"),
    *(
        "interval",
        "n",
        "allowed",
        "what happened",
        "explanation",
        "why open",
        "tried",
        "figure",
        "opened",
    ),
    *("advice", "rate in words", "people", "openings in words", "other title"),
    *("other detail", "broken", "limit", "note", "why this number", "source", "untested"),
    *(
        "what it is",
        "why untested",
        "list",
        "entry",
        "nearly",
        "remark",
        "failed case",
        "detail",
        "error",
    ),
)
"""What the summary says; values that are not here are left to report.json."""
HOSTILE = st.one_of(
    st.text(max_size=12),
    st.text(alphabet="|`*_#<>[]()!\\~&$-+=.:1 \n\t\r\x1b/@w", max_size=12),
    st.sampled_from(
        [
            *("a|b", "`x`", "```", "~~~", "<script>x</script>", "<!--", "-->", "&lt;", "&#124;"),
            *("[a](b)", "![a](b)", "[a]: b", "1. a", "2) a", "- a", "+ a", "# a", "===", "---"),
            *("a\n\n# b", "a  \nb", "\\", "\\|", "|---|", ":--", "**a**", "_a_", "~~a~~", "$a$"),
            *("http://a.b", "www.a.bc", "<http://a.b>", "\x1b[31m", "a\u2028b", "\u202eb", "    a"),
        ]
    ),
)


def flat(tokens: list[Token]) -> Iterator[Token]:
    for token in tokens:
        yield token
        yield from flat(token.children or [])


def read(text: str) -> str:
    """Return the text that a reader of the page sees, and fail where anything acts."""
    tokens = list(flat(PARSER.parse(text)))
    kinds = {token.type for token in tokens}
    assert not [kind for kind in kinds if kind.startswith(("html", "link", "image", "code", "s_"))]
    assert "fence" not in kinds
    return "\n".join(token.content for token in tokens if token.type == "text")


def as_read(text: str) -> str:
    """Return a text as it is to be read: one line, what cannot be printed spelled out."""
    letters = (one if one.isprintable() or one.isspace() else repr(one)[1:-1] for one in text)
    return " ".join("".join(letters).split())


@settings(max_examples=300, deadline=None)
@given(HOSTILE)
@example("a\\")
@example("1.")
def test_escaped_text_reads_as_itself_wherever_it_stands(text: str) -> None:
    wanted = as_read(text)
    for before, after in (("", ""), ("- ", ""), ("# ", ""), ("word ", " word"), ("> ", "")):
        shown = read(f"{before}{escape(text)}{after}\n").replace("\n", "")
        around = ("word ", " word") if after else ("", "")
        assert shown == f"{around[0]}{wanted}{around[1]}".strip()
    assert not ADDRESS.search(escape(text))
    table = f"| a | b |\n| --- | --- |\n| {escape(text)} | x |\n"
    cells = [token.type for token in PARSER.parse(table)].count("td_open")
    assert cells == 2
    assert read(table).replace("\n", "") == f"ab{wanted}x"


@settings(max_examples=100, deadline=None)
@given(HOSTILE, st.integers(0, len(SHOWN) - 1))
def test_no_text_changes_the_shape_of_the_page(text: str, place: int) -> None:
    """Headings, tables, cells and bullets are the same whatever one text is."""

    def shape(markdown: str) -> list[str]:
        return [token.type for token in PARSER.parse(markdown)]

    def hostile(name: str) -> str:
        return f"{text} x" if name == SHOWN[place] else name

    page = markdown_of(made_values(hostile))
    assert shape(page) == shape(markdown_of(made_values()))
    assert as_read(f"{text} x") in read(page).replace("\n", "")


@pytest.mark.parametrize("name", SHOWN)
def test_the_page_says_each_thing(name: str) -> None:
    page = markdown_of(made_values(lambda text: "XYZ" if text == name else text))
    assert "XYZ" in page


def test_the_page_is_one_page_and_its_parts_are_in_order() -> None:
    page = markdown_of(made_values())
    assert re.findall(r"^#+ (.*)$", page, re.MULTILINE) == [
        "title",
        "threat: limit broken",
        "other title",
        "Limits",
        "What was not tested",
        "Identifiers",
        "AI Act",
        "Cases that failed",
    ]
    assert "| model flaws | not tested |" in page
    assert "| X1 entry |" in page
    assert "| threat | limit broken | 50 % of what | interval | n | allowed |" in page
    assert page.endswith("\n")
    assert "\n\n\n" not in page


def test_what_is_not_there_leaves_no_empty_part() -> None:
    values = made_values().model_copy(
        update={"cards": (), "cases": (), "others": (), "demonstration": False, "incomplete": ""}
    )
    page = markdown_of(values)
    for absent in ("threat", "Limits", "Identifiers", "failed", "demonstration", "\n\n\n"):
        assert absent not in page


def test_many_failures_are_counted() -> None:
    values = made_values()
    failed = values.cases[1]
    page = markdown_of(values.model_copy(update={"cases": (failed,) * (FAILED_SHOWN + 2)}))
    assert page.count("failed case, detail: error") == FAILED_SHOWN
    assert "- and 2 more" in page
    page = markdown_of(values.model_copy(update={"cases": (failed,) * (FAILED_SHOWN + 1)}))
    assert "- and 1 more" in page
    page = markdown_of(values.model_copy(update={"cases": (failed,) * FAILED_SHOWN}))
    assert "more" not in page.partition("Cases that failed")[2]
