"""The plan's section for membership audits."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.attacks.membership import MembershipAttack
from faceaudit.attacks.membership.base import membership_attacks
from faceaudit.audit.common.groups import GROUPS, Groups
from faceaudit.audit.common.selection import Section
from faceaudit.audit.common.systems import BackbonePlan, Faces, plain_values
from faceaudit.mitigations.membership import MembershipMitigation, membership_mitigations
from faceaudit.records.membership import Granularity
from faceaudit.registry import Component, Options
from faceaudit.systems.predictors import Predictor, predictors


class PoolPlan(Options):
    """Which pairs verifiers may learn from: drawn from the faces, or two lists.

    Drawn, people are dealt to blocks, and pairs lie within one: so any half of the blocks is a
    training set that shares nobody with the other half. Blocks should be many and small: whoever
    trains shadows tells a block of B rather than its pairs, and even k numbers learned from all
    pairs, such as a threshold and a steepness, give a block away with an AUC of E[Phi(sqrt(2 / B)
    chi)] on average, chi having k degrees of freedom: for two numbers 0.61 for 40 blocks, 0.53 for
    600; a single draw can lie well above.
    """

    pairs: int = Field(
        6000, ge=40, description="pairs that are drawn; each verifier learns from half of them"
    )
    blocks: int = Field(
        600,
        ge=4,
        description="groups of people; half of them teach a verifier; the more the better",
    )
    per_person: int = Field(5, ge=1, description="pairs of one person with themself at most")
    validation: int = Field(
        900, ge=0, description="further pairs of other people, for choosing a mitigation's strength"
    )
    members: str | None = Field(
        None, description="a list of pairs to learn from, instead of drawn ones"
    )
    nonmembers: str | None = Field(None, description="a list of pairs not to learn from")

    @model_validator(mode="after")
    def _check_pool(self) -> Self:
        if (self.members is None) != (self.nonmembers is None):
            raise ValueError(
                "expected a list of members and one of non-members, got one; give both"
            )
        if self.blocks % 2 or self.pairs % (2 * self.blocks):
            raise ValueError(
                "expected an even number of blocks and twice as many pairs or a multiple of that, "
                f"got {self.blocks} blocks and {self.pairs} pairs; try {self.blocks // 2 * 2} and "
                f"{max(1, self.pairs // (self.blocks // 2 * 4)) * (self.blocks // 2 * 4)}"
            )
        return self


class SubjectsPlan(Options):
    """How photos and people are asked about: by pairs that need not have been learned from."""

    count: int = Field(1000, ge=20, description="photos, and people, to ask about at most")
    queries: int = Field(
        2,
        ge=1,
        description="pairs of one person, and as many of two, to ask about each with, both ways",
    )


Mitigations = Annotated[
    SerializeAsAny[MembershipMitigation],
    BeforeValidator(membership_mitigations.build),
    PlainSerializer(plain_values),
]
Attacks = Annotated[
    SerializeAsAny[MembershipAttack],
    BeforeValidator(membership_attacks.build),
    PlainSerializer(plain_values),
]
Decision = Annotated[
    SerializeAsAny[Predictor], BeforeValidator(predictors.build), PlainSerializer(plain_values)
]


class MembershipPlan(Section):
    """Verifiers trained alike, each in turn the target; each mitigation is a case."""

    faces: Faces = Field(description="where the faces come from")
    backbones: tuple[BackbonePlan, ...] = Field(
        min_length=1, description="trained networks that embed the photos; users ask with the first"
    )
    pool: PoolPlan = Field(PoolPlan(), description="which pairs verifiers may learn from")
    predictor: Decision = Field(
        default_factory=lambda: predictors.build("difference_network"),
        description="what decides on a pair",
    )
    mitigations: tuple[Mitigations, ...] = Field(
        default_factory=lambda: (membership_mitigations.build("none"),),
        min_length=1,
        description="mitigations to compare",
    )
    attacks: tuple[Attacks, ...] = Field(
        default_factory=lambda: (membership_attacks.build("loss"),),
        min_length=1,
        description="membership attacks to try on each",
    )
    levels: tuple[Granularity, ...] = Field(
        ("pair", "photo", "identity", "block"),
        min_length=1,
        description="members of what to tell; blocks of people are members together",
    )
    subjects: SubjectsPlan = Field(
        SubjectsPlan(), description="how photos and people are asked about"
    )
    verifiers: int = Field(
        16, ge=1, description="verifiers trained alike; those that are not the target are shadows"
    )
    targets: int | None = Field(
        None, ge=1, description="how many of them are the target in turn; all when not given"
    )
    fprs: tuple[Annotated[float, Field(gt=0, lt=1)], ...] = Field(
        (0.01,), description="false-positive rates at which to say the true-positive rate"
    )
    label_records: int = Field(
        400,
        ge=20,
        description="pairs, in whole blocks, to try attacks on that see labels only: they ask much",
    )
    strict: bool = Field(
        default=False, description="give no figure where the validity gate names a flaw"
    )
    groups: Groups = GROUPS
    compare_published: bool = Field(
        default=False,
        description="show FaceBone's published figures beside those measured; changes no case",
    )

    @model_validator(mode="after")
    def _check_section(self) -> Self:
        if self.attacked > self.verifiers:
            raise ValueError(
                f"expected no more targets than the {self.verifiers} verifiers, got {self.targets}"
            )
        several = [one.name for one in self.mitigations if one.several]
        if several and len(self.backbones) < 2:
            raise ValueError(
                f"expected at least two backbones for {several[0]!r}, got one; add another"
            )
        for what, some in (("mitigation", self.mitigations), ("attack", self.attacks)):
            spelled = [str(one.spec()) for one in some]
            if len(set(spelled)) < len(spelled):
                raise ValueError(f"expected every {what} once, got one twice; leave one out")
        return self

    @property
    def attacked(self) -> int:
        """How many verifiers are the target in turn."""
        return self.verifiers if self.targets is None else self.targets

    def labels(self) -> tuple[str, ...]:
        """Return what each attack is called: its name, with its options where two share it."""
        names = [
            f"{one.name} in-sample" if getattr(one, "in_sample", False) else one.name
            for one in self.attacks
        ]
        return tuple(
            describe_component(one) if names.count(name) > 1 else name
            for name, one in zip(names, self.attacks, strict=True)
        )


def describe_component(component: Component) -> str:
    """Return a component in a few words: its name, and the options that are not the default.

    >>> mitigation = {"mitigation": "facebone", "query": "average"}
    >>> describe_component(membership_mitigations.build(mitigation))
    'facebone (query average)'
    """
    plain = type(component).model_fields
    changed = [
        f"{name} {value}"
        for name, value in component.model_dump().items()
        if value != plain[name].get_default(call_default_factory=True)
    ]
    return f"{component.name} ({', '.join(changed)})" if changed else component.name
