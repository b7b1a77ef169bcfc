"""Tables taken out of a page: their grid, their numbers, their names."""

from __future__ import annotations

from html import escape

from hypothesis import given
from hypothesis import strategies as st

from faceaudit.report.exports.page_tables import PageCell, page_tables

TWO_HEADS = """
<section id="compared"><table><caption>Success <b>here</b></caption>
<thead>
<tr><th rowspan="2">Attack</th><th colspan="2">Success</th><th rowspan="2"></th></tr>
<tr><th>Measured</th><th>Null</th></tr>
</thead>
<tbody>
<tr><th>Blended<span>DeepID</span></th>
<td><span data-value="0.95" data-low="0.9" data-high="0.975" data-n="57">95.0&nbsp;%</span></td>
<td>not measured</td><td>x</td></tr>
</tbody></table>
<table><tbody><tr><td rowspan="2">a</td><td>b</td></tr><tr><td>c</td></tr></tbody></table></section>
"""


def test_headings_that_span_columns_and_rows_stand_over_each_of_them() -> None:
    table = page_tables(TWO_HEADS)[0]
    assert table.heads == ("Attack", "Success: Measured", "Success: Null", "column 4")
    assert table.caption == "Success here"
    assert table.id == "compared"


def test_a_figure_keeps_all_its_digits_and_words_stay_words() -> None:
    ((attack, success, null, last),) = page_tables(TWO_HEADS)[0].rows
    assert attack == PageCell("Blended DeepID")
    assert success == PageCell("95.0 %", 0.95, 0.9, 0.975, 57)
    assert null == PageCell("not measured")
    assert last.text == "x"


def test_a_cell_that_spans_rows_stands_in_each_of_them() -> None:
    table = page_tables(TWO_HEADS)[1]
    assert [[cell.text for cell in row] for row in table.rows] == [["a", "b"], ["a", "c"]]


def test_a_second_table_of_one_place_has_a_name_of_its_own() -> None:
    assert [table.id for table in page_tables(TWO_HEADS)] == ["compared", "compared-2"]


def test_void_elements_and_folded_parts_do_not_lose_the_place() -> None:
    page = '<div id="a"><br><img alt=""><details><p id="b">x</p><table></table></details></div>'
    assert [table.id for table in page_tables(page)] == ["a"]


@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=["C", "Z"])), min_size=2, max_size=2),
        min_size=1,
        max_size=4,
    )
)
def test_any_text_comes_out_as_it_went_in(rows: list[list[str]]) -> None:
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}</tr>" for row in rows
    )
    (table,) = page_tables(f"<table id='t'>{body}</table>")
    assert [[cell.text for cell in row] for row in table.rows] == rows
