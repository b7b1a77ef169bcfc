"""The plan's section for backdoor audits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Self

from pydantic import (
    BeforeValidator,
    Field,
    PlainSerializer,
    field_validator,
    model_validator,
)

from faceaudit.attacks.backdoor import BackdoorAttack, backdoor_attacks
from faceaudit.audit.backdoor.treatments import (
    Mitigation,
    Removal,
    Removals,
    Treatment,
    require_budgets,
    treatments_of,
)
from faceaudit.audit.common.groups import GROUPS, Groups
from faceaudit.audit.common.systems import Faces, SystemPlan, plain_values
from faceaudit.faces.split import Split, SplitPlan
from faceaudit.records.backdoor_mitigation import at_allowance
from faceaudit.registry import Component, Options
from faceaudit.types import FaceSet

LEAST_UNSEEN = 12
"""Unseen people at least, of whom some carry a key and others fix thresholds."""


class AttackPlan(Options):
    """An attack to try, and with how many poison samples."""

    attack: Annotated[
        BackdoorAttack, BeforeValidator(backdoor_attacks.build), PlainSerializer(plain_values)
    ]
    sweep: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (), description="further numbers of poison samples to try"
    )

    def variants(self, *, swept: bool = True) -> tuple[BackdoorAttack, ...]:
        """Return the attack with each number of samples, fewest first; not swept, with its own."""
        options = self.attack.model_dump()
        counts = sorted({self.attack.samples, *(self.sweep if swept else ())})
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
    seeds: tuple[Annotated[int, Field(ge=0)], ...] | None = Field(
        None,
        min_length=1,
        description="one training of everything for each; none means the plan's seeds",
    )
    sweep_seeds: int | None = Field(
        None,
        ge=1,
        description="with how many of the seeds, from the first on, a sweep's further numbers of "
        "samples are tried; none means all",
    )
    target: str | None = Field(
        None, description="the person whom the attacker wants to pass as; none means drawn by seed"
    )
    wrong_keys: int = Field(5, ge=0, description="how many wrong keys to try beside each key")
    unseen: int = Field(
        0,
        ge=0,
        description="how many people, drawn by seed, are kept out of the split, to verify pairs of "
        "them by what each system learned on the others",
    )
    open_set: bool = Field(
        default=False,
        exclude_if=lambda wanted: not wanted,
        description="let a third of the unseen people carry each attack's key, and compare them "
        "with photos of the target by each system's features, at thresholds that the other unseen "
        "people fix; takes `unseen` people, 72 or more for a false match rate of 0.1 %",
    )
    groups: Groups = GROUPS
    mitigations: tuple[Mitigation, ...] = Field(
        (),
        description="mitigations to try on the pristine system and on every attack with its own "
        "number of samples",
    )
    clean_photos: tuple[Annotated[int, Field(ge=0)], ...] = Field(
        (5,),
        min_length=1,
        description="how many clean photos of each person whoever mitigates has, each tried; they "
        "are validation photos, then test photos that nothing is judged on",
    )
    removals: tuple[Removals, ...] = Field(
        (Removal(),),
        min_length=1,
        description="how many photos filters of training sets leave out, each tried: a share of "
        "every person's, or of those of the people suspected most",
    )
    false_alarms: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        (0.01, 0.05),
        min_length=1,
        description="shares of clean photos that filters of inputs may refuse",
    )
    compare_published: bool = Field(
        default=False,
        description="show the original study's figures beside those measured; changes no case",
    )

    @field_validator("seeds")
    @classmethod
    def _refuse_repeated_seeds(cls, seeds: tuple[int, ...] | None) -> tuple[int, ...] | None:
        if seeds is not None and len(set(seeds)) < len(seeds):
            raise ValueError(f"expected every seed once, got {list(seeds)}; leave repeats out")
        return seeds

    @model_validator(mode="after")
    def _require_budgets(self) -> Self:
        require_budgets(self.mitigations, self.clean_photos)
        for name in ("mitigations", "clean_photos", "removals", "false_alarms"):
            values = getattr(self, name)
            if any(one in values[:place] for place, one in enumerate(values)):
                raise ValueError(f"expected each of {name} once; leave repeats out")
        names = {at_allowance("", share) for share in self.false_alarms}
        if len(names) < len(self.false_alarms):  # figures are told apart by six digits of them
            raise ValueError("expected each of false_alarms once, got two that read alike")
        return self

    @model_validator(mode="after")
    def _require_strangers(self) -> Self:
        if self.open_set and self.unseen < LEAST_UNSEEN:
            raise ValueError(
                f"expected at least {LEAST_UNSEEN} unseen people for open_set, got {self.unseen}; "
                "try unseen: 72, so that thresholds for a false match rate of 0.1 % can be fixed"
            )
        fixed = [system for system in self.systems if system.learn == "last layer"]
        if self.open_set and fixed:
            raise ValueError(
                "expected systems that learn everything for open_set, got "
                f"{fixed[0].network.name!r} of which the last layer alone learns: its features "
                "are the backbone's, whatever the poison; leave open_set out, or set learn to "
                "'everything'"
            )
        return self

    def enrol(self, faces: FaceSet, seed: int) -> Split:
        """Return who is enrolled, and which photos do what; unseen people are left out.

        Raises:
            SplitError: fewer than two people can be enrolled.
        """
        from faceaudit.audit.backdoor.unseen import keep_unseen  # noqa: PLC0415 - slow to load

        split = self.split.split(faces, seed)
        return keep_unseen(split, self.unseen, seed) if self.unseen else split

    def with_seeds(self, seeds: Sequence[int]) -> BackdoorPlan:
        """Return this section with seeds of its own: those of the plan, unless it has some."""
        return self if self.seeds is not None else self.model_copy(update={"seeds": tuple(seeds)})

    def variants(self, seed: int) -> Iterator[tuple[BackdoorAttack, int]]:
        """Yield each attack to try under a seed, and its usual number of samples.

        Args:
            seed: one of `seeds`, which the section has by now.
        """
        assert self.seeds is not None
        swept = self.sweep_seeds is None or self.seeds.index(seed) < self.sweep_seeds
        for planned in self.attacks:
            for attack in planned.variants(swept=swept):
                yield attack, planned.attack.samples

    def treatments(self) -> tuple[Treatment, ...]:
        """Return every mitigation with each budget that it can use."""
        return tuple(
            treatments_of(self.mitigations, self.clean_photos, self.removals, self.false_alarms)
        )

    def treated(self, seed: int) -> Iterator[tuple[Treatment, BackdoorAttack | None]]:
        """Yield each treatment, and what it is tried on: no attack, then each attack.

        Attacks have their own number of samples there, not those of the sweep.

        Args:
            seed: one of `seeds`.
        """
        usual = [attack for attack, samples in self.variants(seed) if attack.samples == samples]
        for treatment in self.treatments():
            for attack in (None, *usual):
                yield treatment, attack
