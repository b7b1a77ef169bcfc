"""What the owner of a system declares of its use: an audit cannot measure it."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from faceaudit.registry import Options


class Declared(Options):
    """How a system is used, whom it is about, and what its owner takes for a working system.

    >>> Declared(use="verification", people=10_000, attempts=500).use
    'verification'
    """

    use: Literal["verification", "identification"] | None = Field(
        None, description="whether people say who they are, or are searched for; none: not declared"
    )
    people: int | None = Field(None, ge=1, description="how many people the system knows in use")
    prior: float | None = Field(
        None,
        gt=0,
        lt=1,
        description="the share of members among the people an attacker would ask about",
    )
    attempts: int | None = Field(
        None, ge=1, description="how often a day somebody may try to get in as another person"
    )
    protects: str = Field(
        "",
        max_length=300,
        description="what somebody who gets in as another person can reach",
    )
    sensitivity: str = Field(
        "", max_length=300, description="what being known as a member would mean for a person"
    )
    least_accuracy: float = Field(
        0.8,
        ge=0,
        le=1,
        description="the share of clean photos below which attacks on a system get no verdict",
    )


class Shown(Options):
    """What of real people an audit may keep and show; of synthetic ones everything is shown."""

    faces: bool = Field(default=False, description="keep and show photos of real people")
    names: bool = Field(default=False, description="keep and show names of real people and photos")
