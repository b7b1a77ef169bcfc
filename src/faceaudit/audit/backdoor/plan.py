"""The plan's section for backdoor audits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainSerializer

from faceaudit.attacks.backdoor import BackdoorAttack, backdoor_attacks
from faceaudit.audit.common.systems import Faces, SystemPlan, plain_values
from faceaudit.faces.split import SplitPlan
from faceaudit.registry import Component, Options


class AttackPlan(Options):
    """An attack to try, and with how many poison samples."""

    attack: Annotated[
        BackdoorAttack, BeforeValidator(backdoor_attacks.build), PlainSerializer(plain_values)
    ]
    sweep: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (), description="further numbers of poison samples to try"
    )

    def variants(self) -> tuple[BackdoorAttack, ...]:
        """Return the attack with each number of samples, fewest first."""
        options = self.attack.model_dump()
        counts = sorted({self.attack.samples, *self.sweep})
        return tuple(type(self.attack)(**{**options, "samples": count}) for count in counts)


def _split_off_sweep(value: object) -> object:
    """Let a plan spell an attack and its sweep in one mapping."""
    if isinstance(value, AttackPlan):
        return value
    if isinstance(value, Mapping) and not isinstance(value.get("attack"), Mapping | Component):
        inner = {key: item for key, item in value.items() if key != "sweep"}
        sweep = {"sweep": value["sweep"]} if "sweep" in value else {}
        return AttackPlan(attack=backdoor_attacks.build(inner), **sweep)
    return {"attack": value} if isinstance(value, str) else value


def _join_sweep(plan: AttackPlan) -> dict[str, Any]:
    """Return an attack and its sweep in one mapping."""
    sweep = {"sweep": list(plan.sweep)} if plan.sweep else {}
    return {**plain_values(plan.attack), **sweep}


class BackdoorPlan(Options):
    """Systems x attacks: each attack with each number of poison samples is a case."""

    faces: Faces = Field(description="where the faces come from")
    split: SplitPlan = Field(SplitPlan(), description="who is enrolled, and which photos do what")
    systems: tuple[SystemPlan, ...] = Field(
        min_length=1, description="systems to audit for backdoors"
    )
    attacks: tuple[
        Annotated[AttackPlan, BeforeValidator(_split_off_sweep), PlainSerializer(_join_sweep)], ...
    ] = Field((), description="attacks to try on each")
    target: str | None = Field(
        None, description="the person whom the attacker wants to pass as; none means drawn by seed"
    )
    wrong_keys: int = Field(5, ge=0, description="how many wrong keys to try beside each key")
