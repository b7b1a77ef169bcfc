"""Plans: what to audit, as values and as YAML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.attacks.poisoning import Poisoning, attacks
from faceaudit.errors import OptionError
from faceaudit.faces.source import Source, sources
from faceaudit.faces.split import SplitPlan
from faceaudit.networks import Network, networks
from faceaudit.registry import Component, Options
from faceaudit.training import Training


def _plain(component: Component) -> dict[str, Any]:
    return component.spec().as_json()


Faces = Annotated[SerializeAsAny[Source], BeforeValidator(sources.build), PlainSerializer(_plain)]


class Pretraining(Options):
    """Training of a network on people who are not in the audit, before the audit."""

    faces: Faces = Field(description="where those people come from")
    split: SplitPlan = Field(
        SplitPlan(donors=0), description="which of their photos train and validate"
    )
    training: Training = Field(Training(), description="how")
    seed: int = Field(0, ge=0, description="sets first weights and the order of photos")


class SystemPlan(Options):
    """A system to train: its network, what it starts from, and how it is trained."""

    network: Annotated[Network, BeforeValidator(networks.build), PlainSerializer(_plain)]
    training: Training = Training()
    learn: Literal["everything", "last layer"] = Field(
        "everything",
        description="last layer: the network stays as it was loaded or pretrained, and only a "
        "softmax layer on its features is trained",
    )
    weights: str | None = Field(
        None, description="file of trained weights; ~ and ${NAME} are filled in"
    )
    pretraining: Pretraining | None = Field(
        None, description="where there are no weights: train the network on other people first"
    )

    @model_validator(mode="after")
    def _starts_somewhere(self) -> Self:
        if self.weights is not None and self.pretraining is not None:
            raise ValueError("expected weights or pretraining, got both; leave one out")
        if self.network.frozen:
            if self.learn != "last layer" or self.weights or self.pretraining:
                raise ValueError(
                    f"expected only the last layer to learn on {self.network.name!r}, whose file "
                    "holds its weights and gives no gradients; set learn to 'last layer' and leave "
                    "out weights and pretraining"
                )
        elif self.learn == "last layer" and self.weights is None and self.pretraining is None:
            raise ValueError(
                "expected a trained network to learn the last layer on, got none; give weights "
                "or pretraining"
            )
        return self


class AttackPlan(Options):
    """An attack to try, and with how many poison samples."""

    attack: Annotated[Poisoning, BeforeValidator(attacks.build), PlainSerializer(_plain)]
    sweep: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (), description="further numbers of poison samples to try"
    )

    def variants(self) -> tuple[Poisoning, ...]:
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
        return AttackPlan(attack=attacks.build(inner), **sweep)
    return {"attack": value} if isinstance(value, str) else value


def _attack_values(plan: AttackPlan) -> dict[str, Any]:
    sweep = {"sweep": list(plan.sweep)} if plan.sweep else {}
    return {**_plain(plan.attack), **sweep}


class Plan(Options):
    """Faces x systems x attacks x seeds; each combination is a case."""

    title: str = Field("", description="what the report is headed with")
    faces: Faces = Field(description="where faces come from")
    split: SplitPlan = Field(SplitPlan(), description="who is enrolled, and which photos do what")
    systems: tuple[SystemPlan, ...] = Field(min_length=1, description="systems to audit")
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
    if isinstance(found, str) and part in ("faces", "network"):
        # A component named by its name alone becomes a mapping that options can be put into.
        family = "source" if part == "faces" else part
        found = place[part] = {family: found}
    return found


def _index(place: list[Any], part: str, key: str) -> int:
    if not part.isdigit() or int(part) >= len(place):
        raise OptionError(f"expected 0 to {len(place) - 1} for {part!r} in {key!r}")
    return int(part)
