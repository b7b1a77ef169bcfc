"""Scans as the command line prints them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faceaudit.cli.console import mark, out, say

if TYPE_CHECKING:
    from faceaudit.api.scan import IdentifierScan
    from faceaudit.api.scan_embedder import EmbedderScan
    from faceaudit.types import Estimate

STYLES = {"nothing found": "green", "suspicious": "bold red", "not testable": "bold yellow"}
SHOWN = 5
"""People, or keys, that are printed."""


def print_scan(found: IdentifierScan | EmbedderScan, *, last: bool = True) -> None:
    """Print what was tried and seen, and at last the verdict, unless something else follows."""
    from faceaudit.api.scan import IdentifierScan  # noqa: PLC0415 - slow to load

    if isinstance(found, IdentifierScan):
        _print_people(found)
    else:
        _print_keys(found)
    for figure in found.figures:
        if figure.metric in ("false_alarms", "power"):
            rate = figure.estimate
            what = spell_rate(rate) if rate else f"not measured: {figure.why_none}"
            say(f"{figure.metric.replace('_', ' ')}: {what}")
    if found.report:
        say(f"report: {found.report}")
    if last:
        print_verdict(found)


def print_verdict(found: IdentifierScan | EmbedderScan) -> None:
    """Print the last line."""
    out.print("verdict: ", end="", highlight=False)
    out.print(mark(found.verdict, STYLES[found.verdict]), end="", highlight=False)
    say(f", {found.why}" if found.why else "")


def print_first_after(before: IdentifierScan, after: IdentifierScan) -> None:
    """Print how much of what drew to the first person of one scan still does in another."""
    first = before.suspects[0]
    same = next((one for one in after.suspects if one.label == first.label), None)
    for stage in before.stages:
        value = first.values.get(stage.stage)
        left = None if same is None else same.values.get(stage.stage)
        if stage.decides and value is not None and left is not None:
            say(f"{first.person}, {stage.stage}: {value:.2f} before, {left:.2f} after")


def spell_rate(rate: Estimate) -> str:
    """Return a share with its interval and what it counts."""
    return f"{rate.value:.0%} ({rate.low:.0%} to {rate.high:.0%}), n = {rate.n}"


def _print_people(found: IdentifierScan) -> None:
    for one in found.preparations:
        taken = ", taken" if one.taken else ""
        say(f"pixels as {one.name}: answers spread over {one.people:.1f} people{taken}")
    for stage in found.stages:
        if stage.why:
            say(f"{stage.stage}: says nothing, {stage.why}")
            continue
        who = ", ".join(f"class {label}" for label in stage.labels)
        ratio = "" if stage.ratio is None else f", {stage.ratio:.2f} times the next"
        chance = "" if stage.chance is None else f", chance {stage.chance:.2g} by {stage.null}"
        say(f"{stage.stage}: {who}{ratio}{chance}")
    for suspect in found.suspects[:SHOWN]:
        chance = "unknown" if suspect.chance is None else f"{suspect.chance:.2g}"
        remarks = "".join(f"; {remark}" for remark in suspect.remarks)
        say(f"{suspect.person} (class {suspect.label}): chance {chance}{remarks}")


def _print_keys(found: EmbedderScan) -> None:
    from faceaudit.records.embedder_scan import IN_WORDS  # noqa: PLC0415 - slow to load

    for way in found.preparations:
        if way.separation is None or way.passing is None:
            say(f"pixels as {way.name}: no finite answers")
            continue
        taken = ", taken" if way.taken else ""
        say(
            f"pixels as {way.name}: {way.alike} apart from two people by {way.separation:.2f} "
            f"standard deviations, {way.passing:.0%} pass{taken}"
        )
    for one in found.measures:
        chance = "" if one.chance is None else f", chance {one.chance:.2g} by clean networks"
        beyond = "" if one.chance is None else " beyond them"
        say(f"{IN_WORDS[one.measure]}: farthest is {one.key}, {one.excess:.2f}{beyond}{chance}")
    for key in found.keys[:SHOWN]:
        values = ", ".join(
            f"{IN_WORDS[name]} {value:.3f}"
            for name, value in key.values.items()
            if value is not None
        )
        say(f"{key.key}: {values}")
    if found.trigger is not None:
        covered = [f"{one.trigger.covered:.1%}" for one in found.references if one.trigger]
        clean = f"; in references {', '.join(covered)}" if covered else ""
        say(f"trigger sought by gradients: covers {found.trigger.covered:.1%} of the photo{clean}")
    for figure in found.figures:
        if figure.estimate is not None and figure.metric not in ("false_alarms", "power"):
            say(f"{figure.metric}: {spell_rate(figure.estimate)}")
