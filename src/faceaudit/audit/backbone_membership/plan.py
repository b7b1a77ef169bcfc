"""The plan's section for audits of whom a backbone learned from."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.attacks.backbone_membership import BackboneAttack, backbone_attacks
from faceaudit.audit.common.rows import spell
from faceaudit.audit.common.systems import Faces, plain_values
from faceaudit.faces.split import SplitPlan
from faceaudit.networks import Network, networks
from faceaudit.registry import Options, has_repeats
from faceaudit.training import Training

Attack = Annotated[
    SerializeAsAny[BackboneAttack],
    BeforeValidator(backbone_attacks.build),
    PlainSerializer(plain_values),
]
USUAL = ("own_minus_nearest_other", "similarity_statistics", "embedding_norm", "mint")


class Recipe(Options):
    """How backbones are trained that are told apart by whom they learned from."""

    network: Annotated[Network, BeforeValidator(networks.build), PlainSerializer(plain_values)]
    training: Training = Field(Training(), description="how")
    margin: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="by how much the cosine with the right person must be the largest while "
        "learning; none means a softmax layer",
    )
    stop: Literal["validation", "never"] = Field(
        "validation",
        description="validation: the weights are kept that know other photos of the people best, "
        "as early stopping does; never: those that know the training photos best, which overfits",
    )

    @model_validator(mode="after")
    def _can_be_trained(self) -> Self:
        if self.network.is_file:
            raise ValueError(
                f"expected a network that can be trained, got {self.network.name!r}, which is a "
                "file with its weights; audit one of your own with `faceaudit.backbone_leak`"
            )
        return self

    def title(self) -> str:
        """Return the recipe in a few words."""
        head = "softmax" if self.margin is None else f"margin {self.margin:g}"
        stop = "early stopping" if self.stop == "validation" else "without early stopping"
        epochs = self.training.epochs
        of = "1 epoch" if epochs == 1 else f"{epochs} epochs"
        return f"{self.network.name} with {head}, {of}, {stop}"


class BackboneMembershipPlan(Options):
    """People, how backbones learn from halves of them, and attacks that tell which half."""

    faces: Faces = Field(description="people of whom each backbone learns from a random half")
    recipes: tuple[Recipe, ...] = Field(min_length=1, description="trainings to audit")
    trainings: int = Field(
        8,
        ge=2,
        description="backbones of each recipe; two and two learn from the halves of one division, "
        "and each is attacked with all others as shadows",
    )
    split: SplitPlan = Field(
        SplitPlan(train=8, validation=2, test=4, donors=0, by="video"),
        description="which photos of a person a backbone learns from, which stop it, and which "
        "are held out (test)",
    )
    attacks: tuple[Attack, ...] = Field(
        tuple(backbone_attacks.build(name) for name in USUAL),
        min_length=1,
        description="how members are told; the first one decides the headline",
    )
    fprs: tuple[Annotated[float, Field(gt=0, le=1)], ...] = Field(
        (0.05,), description="shares of others wrongly named at which to count who is found"
    )
    others: Faces | None = Field(
        None,
        description="people of another source to tell members from as well, as MINT does; the gate "
        "refuses what is found by the source",
    )
    strict: bool = Field(default=False, description="give no figure from lists whose checks fail")

    @model_validator(mode="after")
    def _pairs_of_halves(self) -> Self:
        if self.trainings % 2:
            raise ValueError(
                f"expected an even number of trainings, two for each division, got "
                f"{self.trainings}; try {self.trainings + 1}"
            )
        return self

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        for what, spelled in (
            ("attack", [attack_key(one) for one in self.attacks]),
            ("recipe", [one.model_dump(mode="json") for one in self.recipes]),
        ):
            if has_repeats(spelled):
                raise ValueError(f"expected every {what} once, got one twice; leave it out")
        return self

    def titles(self) -> tuple[str, ...]:
        """Return what each recipe is called, numbered where two share it."""
        plain = [one.title() for one in self.recipes]
        return tuple(
            f"{title} ({plain[: place + 1].count(title)})" if plain.count(title) > 1 else title
            for place, title in enumerate(plain)
        )


def attack_key(attack: BackboneAttack) -> str:
    """Return an attack as figures name it: with its options, if it has any."""
    return spell(plain_values(attack), attack.plan_key)
