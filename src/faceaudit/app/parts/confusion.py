"""The four counts of a verifier at one threshold, and the shares of them, as tables."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from faceaudit.app.language import say
from faceaudit.app.parts.numbers import interval, number, share
from faceaudit.types import Estimate

if TYPE_CHECKING:
    from faceaudit.metrics import Confusion

SHARES = ("accuracy", "precision", "recall", "f1")
"""Shares that are shown, in their order, as `Confusion` calls them."""


def confusion_table(counts: Confusion) -> str:
    """Return the four counts as a table; what is wrong is said in words, too."""
    genuine, impostor = counts.tp + counts.fn, counts.fp + counts.tn
    rows = (
        ("genuine", genuine, ("hit", counts.tp, ""), ("miss", counts.fn, "wrong")),
        ("impostor", impostor, ("false", counts.fp, "wrong"), ("reject", counts.tn, "")),
    )
    body = "".join(
        f'<tr><th scope="row">{escape(say(f"system.row_{name}", n=number(total)))}</th>'
        + "".join(_cell(*cell, total) for cell in cells)
        + "</tr>"
        for name, total, *cells in rows
    )
    return (
        '<table class="sheet confusion"><thead><tr><td></td>'
        f'<th scope="col">{escape(say("system.accepted"))}</th>'
        f'<th scope="col">{escape(say("system.rejected"))}</th></tr></thead>'
        f"<tbody>{body}</tbody></table>"
    )


def _cell(name: str, count: int, kind: str, total: int) -> str:
    of = share(count / total) if total else say("system.unknown")
    return (
        f'<td class="{kind}"><strong class="num">{number(count)}</strong>'
        f"{escape(say(f'system.cell_{name}'))}, {of}</td>"
    )


def estimate_cell(estimate: Estimate | None, why: str = "") -> str:
    """Return a table's cell with a share, its interval and n; or why there is none."""
    if estimate is None:
        return f"<td>{escape(say('system.unknown'))}<small>{escape(why)}</small></td>"
    rests_on = escape(say("system.rests_on", n=number(estimate.n)))
    return (
        f'<td class="num">{share(estimate.value)}<small>{interval(estimate)}</small>'
        f"<small>{rests_on}</small></td>"
    )


def over_verifiers_cell(estimate: Estimate | None) -> str:
    """Return a table's cell with a mean over verifiers; unknown where there is none."""
    if estimate is None:
        return f"<td>{escape(say('system.unknown'))}</td>"
    rests_on = escape(say("membership.over_verifiers", n=estimate.n))
    return (
        f'<td class="num">{share(estimate.value)}<small>{interval(estimate)}</small>'
        f"<small>{rests_on}</small></td>"
    )
