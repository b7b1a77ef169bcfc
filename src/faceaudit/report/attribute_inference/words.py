"""Attributes, attacks and shares in the words of a reader."""

from __future__ import annotations

from faceaudit.report.names import in_words
from faceaudit.report.numbers import SPACE

NAMES = {
    "sex": "Sex-typed shape",
    "skin_tone": "Skin tone group",
    "age_group": "Age group",
    "light_side": "Side of the light",
    "light_height": "Height of the light",
}
"""Attributes whose names alone would say more than they are."""
ATTACKS = {
    "linear_probe": "Linear probe",
    "boosted_probe": "Boosted probe",
    "kernel_probe": "Kernel probe",
    "pair_scores": "Scores alone",
}


def attribute_name(name: str) -> str:
    """Return an attribute in words.

    >>> attribute_name("sex"), attribute_name("beard")
    ('Sex-typed shape', 'Beard')
    """
    return in_words(name, NAMES)


def attack_name(title: str) -> str:
    """Return an attack in words, with its options where they are not the usual ones.

    >>> attack_name("linear_probe"), attack_name("boosted_probe (rounds 20)")
    ('Linear probe', 'Boosted probe (rounds 20)')
    """
    name, space, options = title.partition(" ")
    return in_words(name, ATTACKS) + space + options


def at(fmr: float) -> str:
    r"""Return a false match rate in words.

    >>> at(0.001)
    'FMR 0.1\xa0%'
    """
    return f"FMR {fmr * 100:g}{SPACE}%"


def guessing(values: int) -> float:
    """Return the balanced accuracy of guessing one of so many values."""
    return 1 / values
