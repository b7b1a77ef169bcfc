"""Access, references and rates in the words of a reader."""

from __future__ import annotations

from collections.abc import Mapping

from faceaudit.records.inversion import AVERAGE, LOOK_ALIKE, PHOTO, RANDOM
from faceaudit.report.inversion.runs import Run
from faceaudit.report.numbers import SPACE, counted
from faceaudit.systems.under_test.base import Access

ACCESS: Mapping[str, str] = {
    "gradients": "the templates, and the network in hand",
    "embeddings": "the templates, and those of own photos",
    "scores": "scores of the system that holds the templates",
    "labels": "whether the system that holds the templates accepts",
}
"""What the attacker has beside photos of other people."""
REFERENCES: Mapping[str, str] = {
    RANDOM: "A face drawn at random",
    AVERAGE: "The average face",
    LOOK_ALIKE: "The most similar face of other people",
    PHOTO: "The stolen photo itself",
}


def at(fmr: float) -> str:
    r"""Return a false match rate in words.

    >>> at(0.001)
    'FMR 0.1\xa0%'
    """
    return f"FMR {fmr * 100:g}{SPACE}%"


def one_in(fmr: float) -> str:
    """Return a false match rate as how many strangers one is let in of.

    >>> one_in(0.001), one_in(0.03)
    ('1 of 1,000 strangers', '3 of 100 strangers')
    """
    of = 1 / fmr
    if abs(of - round(of)) < 1e-6 * of:
        return f"1 of {round(of):,} strangers"
    return f"{fmr * 100:g} of 100 strangers"


def threat_model(run: Run) -> str:
    """Return what the attacker has and knows, in a few words."""
    has = ACCESS[run.facts.access]
    if run.origin:
        has = f"the templates of {run.origin}, and those of own photos by both networks"
        if run.facts.access == Access.GRADIENTS:
            has += f", and {run.networks[0]} in hand"
    people = counted(run.facts.learned_people, "other person", "other people")
    return f"{has}; {counted(run.facts.learned_photos, 'photo')} of {people}"
