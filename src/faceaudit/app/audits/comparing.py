"""Two audits beside each other: what changed, and what did not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

import faceaudit
from faceaudit.app.audits.found import Audit
from faceaudit.app.audits.reading import stamp_of
from faceaudit.app.audits.verdicts import scroll
from faceaudit.app.damage import said
from faceaudit.app.language import say, written
from faceaudit.app.outside import shown
from faceaudit.errors import InputError

if TYPE_CHECKING:
    from faceaudit.report.comparison.rows import ComparedRow, Comparison
    from faceaudit.types import Estimate

VERDICTS = {
    "rises": ("rises", "\N{UPWARDS ARROW}"),
    "falls": ("falls", "\N{DOWNWARDS ARROW}"),
    "no difference shown": ("same", "="),
    "cannot be compared": ("unknown", "?"),
}


def show_comparison(audits: Sequence[Audit]) -> None:
    """Let two audits be chosen, and show what changed from one to the other."""
    readable = [audit for audit in audits if audit.readable]
    st.html(f'<div class="audits"><h2>{shown(say("audits.compare"))}</h2></div>')
    if len(readable) < 2:
        st.write(say("audits.compare_few"))
        return
    first, second = (
        place.selectbox(
            say(f"audits.compare_{name}"),
            readable,
            index=index,
            format_func=_label,
            key=f"compare {name}",
        )
        for place, name, index in zip(st.columns(2), ("before", "after"), (1, 0), strict=True)
    )
    if first.store == second.store:
        st.write(say("audits.compare_same"))
        return
    with said():
        try:
            with st.spinner(say("audits.reading")):
                found = compared(first.store, second.store, stamp_of(first.store, second.store))
        except InputError:
            st.write(say("audits.compare_nothing"))
            return
        _show(found)


def _label(audit: Audit) -> str:
    """Return what tells an audit from others: when it was run first, as titles are cut short."""
    assert audit.when is not None
    return f"{audit.when.astimezone():%Y-%m-%d %H:%M} · {audit.title}"


@st.cache_resource(max_entries=4, show_spinner=False)
def compared(before: str, after: str, stamp: str) -> Comparison:
    """Return what changed between two audits."""
    del stamp
    return faceaudit.compare(before, after)


def _show(found: Comparison) -> None:
    st.write(
        say(
            "audits.compared",
            changes=len(found.changes),
            all=len(found.rows),
            level=100 * found.level,
        )
    )
    for remark in found.remarks:
        st.html(f'<p class="quiet" lang="en">{shown(remark)}</p>')
    if found.changes:
        st.html(rows_html(found.changes, say("audits.changes")))
    others = [row for row in found.rows if row not in found.changes]
    if others:
        with st.expander(say("audits.others", n=len(others))):
            st.html(rows_html(others, say("audits.others", n=len(others))))
    if found.differs:
        with st.expander(say("audits.differs", n=len(found.differs))):
            lines = "".join(
                f"<li><code>{shown(key)}</code>: {shown(before)} → {shown(after)}</li>"
                for key, before, after in found.differs
            )
            st.html(f'<div class="audits" lang="en"><ul>{lines}</ul></div>')


def rows_html(rows: Iterable[ComparedRow], caption: str) -> str:
    """Return a table of compared figures."""
    heads = "".join(
        f'<th scope="col">{shown(say(f"audits.compared_{name}"))}</th>'
        for name in ("figure", "verdict", "before", "after", "difference")
    )
    lines = "".join(_row(row) for row in rows)
    return scroll(
        f"<table><caption>{shown(caption)}</caption><thead><tr>{heads}</tr></thead>"
        f"<tbody>{lines}</tbody></table>",
        caption,
    )


def _row(row: ComparedRow) -> str:
    key, sign = VERDICTS[row.verdict]
    why = " ".join(filter(None, (row.reason, row.caution)))
    return (
        f'<tr><th scope="row" lang="en">{shown(row.title)}'
        f'<span class="spread">{shown(why)}</span></th>'
        f'<td><b><span aria-hidden="true">{sign}</span> {shown(say(f"audits.is_{key}"))}</b></td>'
        f"<td>{_figure(row.before)}</td><td>{_figure(row.after)}</td>"
        f"<td>{_figure(row.difference)}</td></tr>"
    )


def _figure(estimate: Estimate | None) -> str:
    if estimate is None:
        return shown(say("audits.unknown"))
    spread = say("audits.spread", low=estimate.low, high=estimate.high, n=estimate.n)
    return f'{written(f"{estimate.value:.3g}")}<span class="spread">{shown(spread)}</span>'
