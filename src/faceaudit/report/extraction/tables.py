"""Tables of copies: agreement beside its baselines, and what a copy is good for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from faceaudit.records.extraction import (
    AGREEMENT,
    COPIED,
    COPY_RIGHT,
    IMPERSONATION,
    IMPERSONATION_CEILING,
    IMPERSONATION_COPY,
    IMPERSONATION_NOISE,
    IMPERSONATION_UNCHANGED,
    INVERSION,
    INVERSION_LOOKALIKE,
    INVERSION_NULL,
    NULL,
    OVER_PRIOR,
    OVER_TRUTH,
    PRIOR,
    TRUTH,
    VICTIM_RIGHT,
)
from faceaudit.report.elements import Cell
from faceaudit.report.extraction.copies import Copied, Copies
from faceaudit.report.extraction.words import access, attack_name
from faceaudit.report.names import network_name
from faceaudit.report.numbers import SPACE, count, signed_points
from faceaudit.report.tables import Row, Table, filled, share_cell, words_cell

_AGREEMENT = {
    AGREEMENT: "Agrees with the victim",
    PRIOR: "Most frequent answer",
    TRUTH: "Learned from true labels",
    NULL: "Null",
}
_RIGHT = {COPY_RIGHT: "Copy is right", VICTIM_RIGHT: "Victim is right"}
_USES = {
    IMPERSONATION: "Victim takes the changed photo for the target",
    IMPERSONATION_COPY: "The copy does",
    IMPERSONATION_CEILING: "Changed with the victim in hand",
    IMPERSONATION_UNCHANGED: "Unchanged",
    IMPERSONATION_NOISE: "With noise as large",
    INVERSION: "Victim knows the rebuilt face",
    INVERSION_LOOKALIKE: "Surest photo of somebody else",
    INVERSION_NULL: "Rebuilt from an untrained network",
}


def tables(victim: Copied) -> tuple[Table, ...]:
    """Return the tables of a victim: agreement, differences, and uses of the copy."""
    return filled((_agreement(victim), _differences(victim), _uses(victim)))


def _agreement(victim: Copied) -> Table:
    heads = _measured(victim.copies, {**_AGREEMENT, **_RIGHT})
    facts = victim.facts
    what = "photos" if facts.victim == "identifier" else "pairs"
    caption = (
        f"share of {count(facts.held_out)} {what} of {count(facts.people)} people on which the "
        f"copy, a {network_name(facts.learner).replace('_', ' ')}, decides as the victim does; "
        f"nobody asked about these {what}. The attacker has {facts.knowledge}. Null: {facts.null}."
    )
    if facts.fmr is not None:
        caption += (
            f" Both accept at the threshold of their own at FMR {facts.fmr * 100:g}{SPACE}%, which "
            "other people fix."
        )
    return Table(
        f"{victim.anchor}-agreement",
        "Agreement",
        f"{victim.title}, {victim.asked}: {caption}",
        "Attack",
        ("Access and queries", *heads.values()),
        tuple(
            Row(_row(one), (words_cell(access(one.facts)), *_cells(one, tuple(heads))))
            for one in victim.copies
        ),
        open=True,
    )


def _measured(copies: Sequence[Copies], heads: Mapping[str, str]) -> dict[str, str]:
    """Return the columns that some copy has a figure for; findings say why others have none."""
    return {
        metric: head
        for metric, head in heads.items()
        if any(one.get(metric) is not None for one in copies)
    }


def _differences(victim: Copied) -> Table:
    def points(one: Copies, metric: str) -> Cell:
        figure = one.figure(metric)
        if figure is None or figure.estimate is None:
            return share_cell(figure)
        found = figure.estimate
        ends = f"{signed_points(found.low)} to {signed_points(found.high)}"
        return Cell(signed_points(found.value), ends, f"n = {count(found.n)}", estimate=found)

    heads = _measured(
        victim.copies,
        {
            OVER_PRIOR: "Above the most frequent answer",
            COPIED: "Share of what that misses",
            OVER_TRUTH: "Above what true labels teach",
        },
    )
    return Table(
        f"{victim.anchor}-above",
        "How far above the baselines",
        f"{victim.title}, {victim.asked}: agreement of the copy less that of each baseline, on the "
        "same photos or pairs, in points",
        "Attack",
        ("Access and queries", *heads.values()),
        tuple(
            Row(
                _row(one),
                (
                    words_cell(access(one.facts)),
                    *(
                        share_cell(one.figure(metric)) if metric == COPIED else points(one, metric)
                        for metric in heads
                    ),
                ),
            )
            for one in victim.copies
        ),
    )


def _uses(victim: Copied) -> Table | None:
    used = [one for one in victim.copies if one.facts.targets is not None]
    heads = _measured(used, _USES)
    if not used:
        return None
    targets = used[0].facts.targets
    assert targets is not None
    facts = used[0].facts
    if facts.fmr is None:
        chance = f"Chance is one of {count(targets)} people"
    else:
        chance = (
            f"Each photo is to pass for another of {count(targets)} people; of strangers' photos "
            f"{facts.fmr * 100:g}{SPACE}% do"
        )
    knowledge = facts.knowledge
    if facts.asked == "enrolled" and INVERSION in heads:
        knowledge += ", and, to rebuild faces, photos of other people"
    caption = (
        f"what was made on the copy of the largest budget and shown to the victim. {chance}. The "
        f"attacker has {knowledge}."
    )
    return Table(
        f"{victim.anchor}-uses",
        "What a copy is good for",
        f"{victim.title}, {victim.asked}: {caption}",
        "Attack",
        ("Access and queries", *heads.values()),
        tuple(
            Row(_row(one), (words_cell(access(one.facts)), *_cells(one, tuple(heads))))
            for one in used
        ),
    )


def _row(one: Copies) -> str:
    return attack_name(one.facts, one.policy)


def _cells(one: Copies, metrics: Sequence[str]) -> tuple[Cell, ...]:
    return tuple(share_cell(one.figure(metric)) for metric in metrics)
