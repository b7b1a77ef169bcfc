"""Headline of an audit of attribute inference."""

from __future__ import annotations

from collections.abc import Sequence

from faceaudit.report.attribute_inference.runs import MAIN, Run, plain
from faceaudit.report.attribute_inference.words import attack_name, attribute_name
from faceaudit.report.elements import Headline
from faceaudit.report.numbers import counted, decimal, decimal_interval, listed


def headline(runs: Sequence[Run]) -> Headline:
    """Say which attributes templates tell without any mitigation."""
    shown = plain(runs) or tuple(runs)
    if not shown:
        return Headline("Nothing of attributes was measured", "Every case failed.", "", MAIN)
    run = shown[0]
    told = tuple(run.told())
    seed = f", seed {run.seed}" if run.several_seeds else ""
    names = list(dict.fromkeys(attribute_name(one.attribute).lower() for one, _ in told))
    tried = len(run.facts.attributes)
    if not told:
        return Headline(
            "No attribute was shown to be told from templates",
            f"{counted(tried, 'attribute')} of {run.network}, by attackers with "
            f"{counted(run.most, 'labelled person', 'labelled people')}{seed}.",
            "",
            MAIN,
        )
    said = [
        f"{attribute_name(one.attribute).lower()} {decimal(area.value)} ({decimal_interval(area)})"
        for one, area in told
        if one.attack == told[0][0].attack
    ]
    return Headline(
        f"From a template alone, {listed(names)} can be told",
        f"{run.network}, {attack_name(told[0][0].attack).lower()}, "
        f"{counted(run.most, 'labelled person', 'labelled people')}{seed}: AUC "
        f"{listed(said, most=6)}; "
        "0.5 is guessing.",
        "",
        MAIN,
    )
