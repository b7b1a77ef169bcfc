"""Plans of systems and backbones: a network, what it starts from, and how it learns."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, PlainSerializer, SerializeAsAny, model_validator

from faceaudit.faces.sources.base import Source, sources
from faceaudit.faces.split import SplitPlan
from faceaudit.networks import Network, networks
from faceaudit.registry import Component, Options
from faceaudit.training import Training


def plain_values(component: Component) -> dict[str, Any]:
    """Return a component the way a plan spells it."""
    return component.spec().as_json()


Faces = Annotated[
    SerializeAsAny[Source], BeforeValidator(sources.build), PlainSerializer(plain_values)
]


class Pretraining(Options):
    """Training of a network on people who are not in the audit, before the audit."""

    faces: Faces = Field(description="where those people come from")
    split: SplitPlan = Field(
        SplitPlan(donors=0), description="which of their photos train and validate"
    )
    training: Training = Field(Training(), description="how")
    margin: float | None = Field(
        None,
        ge=0,
        lt=1,
        description="by how much the cosine with the right person must be the largest while "
        "learning (CosFace; 0.2 is usual for small sets); none means a softmax layer",
    )
    seed: int = Field(0, ge=0, description="sets first weights and the order of photos")


class NetworkPlan(Options):
    """A network, and what it starts from."""

    network: Annotated[Network, BeforeValidator(networks.build), PlainSerializer(plain_values)]
    weights: str | None = Field(
        None, description="file of trained weights; ~ and ${NAME} are filled in"
    )
    pretraining: Pretraining | None = Field(
        None, description="where there are no weights: train the network on other people first"
    )

    @model_validator(mode="after")
    def _one_start(self) -> Self:
        if self.weights is not None and self.pretraining is not None:
            raise ValueError("expected weights or pretraining, got both; leave one out")
        return self


class SystemPlan(NetworkPlan):
    """A system to train: its network, what it starts from, and how it is trained."""

    training: Training = Training()
    learn: Literal["everything", "last block", "last layer"] = Field(
        "everything",
        description="last layer: the network stays as it was loaded or pretrained, and only a "
        "softmax layer on its features is trained; last block: its last block is trained, too",
    )
    margin: float | None = Field(
        None,
        ge=0,
        lt=1,
        exclude_if=lambda margin: margin is None,
        description="by how much the cosine with the right person must be the largest while "
        "the network or its last block learns (CosFace; 0.2 is usual for small sets), so that "
        "people whom the system never saw can be told apart by its features; none means a softmax "
        "layer",
    )

    @model_validator(mode="after")
    def _starts_somewhere(self) -> Self:
        if self.network.is_file:
            if self.learn != "last layer" or self.weights or self.pretraining:
                raise ValueError(
                    f"expected only the last layer to learn on {self.network.name!r}, whose file "
                    "holds its weights and gives no gradients; set learn to 'last layer' and leave "
                    "out weights and pretraining"
                )
        elif self.learn != "everything" and self.weights is None and self.pretraining is None:
            raise ValueError(
                f"expected a trained network to learn the {self.learn} on, got none; give weights "
                "or pretraining"
            )
        if self.learn == "last layer" and self.margin is not None:
            raise ValueError(
                f"expected no margin where only the last layer learns, got {self.margin:g}; leave "
                "it out, or set learn to 'everything' or 'last block'"
            )
        return self


class BackbonePlan(NetworkPlan):
    """A trained network that embeds photos and never changes."""

    @model_validator(mode="after")
    def _trained(self) -> Self:
        if not self.network.is_file and self.weights is None and self.pretraining is None:
            raise ValueError(
                f"expected a trained network, got {self.network.name!r} without weights; give "
                "weights or pretraining"
            )
        return self
