"""The plan's section for backdoor audits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, Self

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
    OtherPeople,
    Removal,
    Removals,
    Treatment,
    require_budgets,
    treatments_of,
)
from faceaudit.audit.common.groups import GROUPS, Groups
from faceaudit.audit.common.selection import Section
from faceaudit.audit.common.systems import Faces, SystemPlan, plain_values
from faceaudit.faces.sources.base import Source
from faceaudit.faces.split import Split, SplitPlan
from faceaudit.records.backdoor_mitigation import at_allowance
from faceaudit.registry import Component, Options, has_repeats
from faceaudit.types import FaceSet

LEAST_UNSEEN = 12
"""Unseen people at least, of whom some carry a key and others fix thresholds."""


def _detects(faces: Source) -> bool:
    from faceaudit.audit.common.capture import detects  # noqa: PLC0415 - slow to load

    return detects(faces)


class AttackPlan(Options):
    """An attack to try, and with how many poison samples."""

    merges: ClassVar[str] = "attack"

    attack: Annotated[
        BackdoorAttack, BeforeValidator(backdoor_attacks.build), PlainSerializer(plain_values)
    ]
    sweep: tuple[Annotated[int, Field(ge=1)], ...] = Field(
        (), description="further numbers of poison samples to try"
    )

    def variants(self, *, swept: bool = True) -> tuple[BackdoorAttack, ...]:
        """Return the attack with each number of samples, fewest first; not swept, with its own."""
        if not (swept and self.sweep):
            return (self.attack,)
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


class BackdoorPlan(Section):
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
    unseen_from: Literal["enrolled", "left out"] = Field(
        "enrolled",
        exclude_if=lambda people: people == "enrolled",
        description="whom those are drawn from: people with photos enough to be enrolled, or those "
        "whom the split leaves out for want of photos",
    )
    placed: Literal["aligned", "photo"] = Field(
        "aligned",
        exclude_if=lambda placed: placed == "aligned",
        description="photo: keys are put on whole photos, in which faces are then looked for and "
        "aligned again, and no face found is no success; takes a source that does so. aligned: on "
        "aligned faces",
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
    others: OtherPeople | None = Field(
        None,
        exclude_if=lambda others: others is None,
        description="clean photos of people whom no system knows, which whoever mitigates has in "
        "the place of clean_photos; each mitigation that has a use for such is tried with each "
        "number of them as well, and with them alone where clean_photos is 0",
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
        others = () if self.others is None else self.others.photos
        require_budgets(self.mitigations, self.clean_photos, others)
        if len(set(others)) < len(others):
            raise ValueError("expected each of others.photos once; leave repeats out")
        for name in ("mitigations", "clean_photos", "removals", "false_alarms"):
            values = getattr(self, name)
            if has_repeats(values):
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
                "expected systems that learn everything or a last block for open_set, got "
                f"{fixed[0].network.name!r} of which the last layer alone learns: its features "
                "are the backbone's, whatever the poison; leave open_set out, or set learn to "
                "'everything' or 'last block'"
            )
        return self

    @model_validator(mode="after")
    def _require_plain_systems(self) -> Self:
        block = [one.network.name for one in self.systems if one.learn == "last block"]
        if self.mitigations and (block or self.placed == "photo"):
            got = f"the last block of {block[0]!r} alone learns" if block else "placed is 'photo'"
            raise ValueError(
                "expected mitigations of systems that learn everything or a last layer, with keys "
                f"on aligned faces, but {got}; leave mitigations out, or change that"
            )
        if self.placed == "photo" and not _detects(self.faces):
            raise ValueError(
                "expected a source that looks for faces for placed: photo, got "
                f"{self.faces.name!r} without a detector; try placed: aligned, or align"
            )
        fixed = [
            one.attack.name
            for one in self.attacks
            if type(one.attack).carry is not BackdoorAttack.carry
        ]
        if self.placed == "photo" and fixed:
            raise ValueError(
                f"expected keys that go on any photo for placed: photo, got {fixed[0]!r}, which "
                "is rendered; try placed: aligned"
            )
        return self

    def enrol(self, faces: FaceSet, seed: int) -> Split:
        """Return who is enrolled, and which photos do what; unseen people are left out.

        Raises:
            SplitError: fewer than two people can be enrolled.
        """
        from faceaudit.audit.backdoor.unseen import (  # noqa: PLC0415 - slow to load
            keep_left_out,
            keep_unseen,
        )

        split = self.split.split(faces, seed)
        if not self.unseen:
            return split
        if self.unseen_from == "left out":
            return keep_left_out(split, faces, self.unseen, seed)
        return keep_unseen(split, self.unseen, seed)

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
        others = () if self.others is None else self.others.photos
        return tuple(
            treatments_of(
                self.mitigations, self.clean_photos, self.removals, self.false_alarms, others
            )
        )

    def tried(
        self, seed: int
    ) -> Iterator[tuple[BackdoorAttack | None, int | None, Treatment | None]]:
        """Yield what each case of a system is under a seed: attack, usual samples and treatment.

        First neither attack nor treatment, then every attack with each number of samples, then
        every treatment.
        """
        yield None, None, None
        for attack, usual in self.variants(seed):
            yield attack, usual, None
        for treatment, tried in self.treated(seed):
            yield tried, None if tried is None else tried.samples, treatment

    def treated(self, seed: int) -> Iterator[tuple[Treatment, BackdoorAttack | None]]:
        """Yield each treatment, and what it is tried on: no attack, then each attack.

        Attacks have their own number of samples there, not those of the sweep.

        Args:
            seed: one of `seeds`.
        """
        usual: list[BackdoorAttack] = []
        for treatment in self.treatments():
            usual = usual or [
                attack for attack, samples in self.variants(seed) if attack.samples == samples
            ]
            for attack in (None, *usual):
                yield treatment, attack
