"""Every figure of an audit, in a table that can be filtered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import streamlit as st

from faceaudit.app.language import say
from faceaudit.cleaning import clean

if TYPE_CHECKING:
    from faceaudit.api.results import Results

FILTERS = ("kind", "attack", "mitigation", "metric")
COLUMNS = (
    *("metric", "value", "low", "high", "n", "attack", "mitigation"),
    *("samples", "system", "seed", "kind", "note"),
)


def show_figures(results: Results) -> None:
    """Show rows of figures, and what to filter them by."""
    wanted: dict[str, Any] = {}
    places = st.columns(len(FILTERS))
    for place, name in zip(places, FILTERS, strict=True):
        known = sorted({str(getattr(row, name)) for row in results})
        chosen = place.multiselect(
            say(f"audits.column_{name}"),
            known,
            key=f"filter {name}",
            format_func=clean,
            placeholder=say("audits.all"),
        )
        if chosen:
            wanted[name] = chosen
    fitting = [
        row
        for row in results
        if all(str(getattr(row, name)) in chosen for name, chosen in wanted.items())
    ]
    st.caption(say("audits.n_figures", n=len(fitting), all=len(results)))
    # Columns that say nothing here are left out.
    shown = [
        name for name in COLUMNS if any(getattr(row, name) not in (None, "") for row in fitting)
    ]
    st.dataframe(
        [{name: _cell(getattr(row, name)) for name in shown} for row in fitting],
        hide_index=True,
        column_config={
            **{name: st.column_config.Column(say(f"audits.column_{name}")) for name in COLUMNS},
            **{
                name: st.column_config.NumberColumn(say(f"audits.column_{name}"), format="%.4g")
                for name in ("value", "low", "high")
            },
            "n": st.column_config.NumberColumn(say("audits.column_n"), format="%d"),
        },
    )


def _cell(value: object) -> object:
    return clean(value) if isinstance(value, str) else value
