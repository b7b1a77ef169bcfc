"""Plans: what to audit, as values and as YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Self

import yaml
from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from faceaudit.attacks.backdoor import BackdoorAttack, backdoor_attacks
from faceaudit.audit.common.systems import Faces, SystemPlan, plain_values
from faceaudit.audit.membership.plan import MembershipPlan
from faceaudit.errors import OptionError
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


def _attack_plan(value: object) -> object:
    """Let a plan spell an attack and its sweep in one mapping."""
    if isinstance(value, AttackPlan):
        return value
    if isinstance(value, Mapping) and not isinstance(value.get("attack"), Mapping | Component):
        inner = {key: item for key, item in value.items() if key != "sweep"}
        sweep = {"sweep": value["sweep"]} if "sweep" in value else {}
        return AttackPlan(attack=backdoor_attacks.build(inner), **sweep)
    return {"attack": value} if isinstance(value, str) else value


def _attack_values(plan: AttackPlan) -> dict[str, Any]:
    sweep = {"sweep": list(plan.sweep)} if plan.sweep else {}
    return {**plain_values(plan.attack), **sweep}


class Plan(Options):
    """Backdoors: faces x systems x attacks x seeds; privacy: one case a mitigation."""

    title: str = Field("", description="what the report is headed with")
    faces: Faces | None = Field(None, description="where the faces of the systems come from")
    split: SplitPlan = Field(SplitPlan(), description="who is enrolled, and which photos do what")
    systems: tuple[SystemPlan, ...] = Field((), description="systems to audit for backdoors")
    attacks: tuple[
        Annotated[AttackPlan, BeforeValidator(_attack_plan), PlainSerializer(_attack_values)], ...
    ] = Field((), description="attacks to try on each")
    seeds: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (0,), min_length=1, description="one run of everything for each"
    )
    target: str | None = Field(
        None, description="the person whom the attacker wants to pass as; none means drawn by seed"
    )
    wrong_keys: int = Field(5, ge=0, description="how many wrong keys to try beside each key")
    privacy: MembershipPlan | None = Field(
        None, description="a verifier to audit for giving away whom it was trained on"
    )

    @model_validator(mode="after")
    def _audits_something(self) -> Self:
        if self.systems and self.faces is None:
            raise ValueError("expected faces for the systems, got none; give faces a source")
        if not self.systems and (self.attacks or self.privacy is None):
            raise ValueError("expected systems or privacy to audit, got neither; give one")
        return self

    def as_json(self) -> dict[str, Any]:
        """Return the plan with all defaults, as plain values that `Plan(**values)` takes."""
        return self.model_dump(mode="json")


def load_plan(path: Path | None, overrides: Sequence[str] = ()) -> Plan:
    """Return the plan in a YAML file, or the built-in one.

    Args:
        path: the file; None means the default plan.
        overrides: `key.of.value=YAML`, as in `faces.path=/photos` or `attacks.0.samples=20`.

    Raises:
        OptionError: the file is missing or no YAML, or a value in it is not what it must be.
    """
    if path is None:
        text = resources.files("faceaudit.audit").joinpath("default.yaml").read_text("utf-8")
    else:
        try:
            text = path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise OptionError(f"expected a plan in YAML, got {str(path)!r}: {error}") from None
    try:
        values = yaml.safe_load(text)
    except yaml.YAMLError as error:
        line = " ".join(str(error).split())
        raise OptionError(f"expected a plan in YAML, got {str(path)!r}: {line}") from None
    if not isinstance(values, dict) or not all(isinstance(key, str) for key in values):
        raise OptionError(
            f"expected a plan with keys ({', '.join(Plan.model_fields)}), got {str(path)!r}"
        )
    for override in overrides:
        _override(values, override)
    return Plan(**values)


def _override(values: dict[str, Any], override: str) -> None:
    """Set one value in nested mappings and lists, in place."""
    key, equals, text = override.partition("=")
    if not key or not equals:
        raise OptionError(f"expected --set KEY=VALUE, got {override!r}; try faces.path=/photos")
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        raise OptionError(f"expected a YAML value for {key!r}, got {text!r}") from None
    *path, last = key.split(".")
    place: Any = values
    for part in path:
        place = _step(place, part, key)
    if isinstance(place, list):
        place[_index(place, last, key)] = value
    elif isinstance(place, dict):
        place[last] = value
    else:
        raise OptionError(f"expected a mapping or a list above {last!r} in {key!r}, got {place!r}")


def _step(place: Any, part: str, key: str) -> Any:
    if isinstance(place, list):
        return place[_index(place, part, key)]
    if not isinstance(place, dict):
        raise OptionError(f"expected a mapping or a list above {part!r} in {key!r}, got {place!r}")
    found = place.setdefault(part, {})
    if isinstance(found, str) and part in ("faces", "network", "predictor"):
        # A component named by its name alone becomes a mapping that options can be put into.
        family = "source" if part == "faces" else part
        found = place[part] = {family: found}
    return found


def _index(place: list[Any], part: str, key: str) -> int:
    if not part.isdigit() or int(part) >= len(place):
        raise OptionError(f"expected 0 to {len(place) - 1} for {part!r} in {key!r}")
    return int(part)
