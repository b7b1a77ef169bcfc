"""Options of a training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Self

from pydantic import Field, model_validator

from faceaudit.registry import Options
from faceaudit.training.device import DeviceChoice, choose_device

if TYPE_CHECKING:
    import torch


class Training(Options):
    """Options of a training.

    The defaults are those of the backdoor study of Chen et al. 2017 for DeepID (Adam at 1e-4,
    batches of 1,024, each photo once an epoch); a plan for few photos wants smaller batches and
    larger steps.
    """

    epochs: int = Field(50, ge=1, description="epochs at most")
    batch: int = Field(1024, ge=1, description="photos a step")
    learning_rate: float = Field(1e-4, gt=0, description="Adam's step size at the start")
    schedule: Literal["constant", "cosine"] = Field(
        "constant", description="the step size over time: constant, or falling to zero as a cosine"
    )
    weight_decay: float = Field(0.0, ge=0, description="decoupled weight decay (AdamW)")
    patience: int = Field(5, ge=1, description="epochs without a better validation loss to stop at")
    balanced: bool = Field(
        default=False,
        description="whether an epoch shows every person equally often; otherwise each photo once",
    )
    per_person: int | None = Field(
        None,
        ge=1,
        description="photos of a person a balanced epoch; none means the median number a person "
        "has",
    )
    mirrored: bool = Field(
        default=False, description="whether to learn from each photo's mirror image as well"
    )
    device: DeviceChoice = Field("auto", description="where to train")
    threads: int | None = Field(
        None,
        ge=1,
        description="CPU threads to train with, on which the figures depend; none means as many "
        "as there are cores, and with 1 `faceaudit run` trains several systems side by side",
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        "auto", description="auto: bfloat16 autocast on CUDA, float32 on the CPU"
    )

    @model_validator(mode="after")
    def _per_person_of_balanced_epochs(self) -> Self:
        if self.per_person is not None and not self.balanced:
            raise ValueError(
                f"expected per_person with balanced epochs only, got {self.per_person}; set "
                "balanced to true, or leave per_person out"
            )
        return self

    def torch_device(self) -> torch.device:
        """Return the device to train on.

        Raises:
            InputError: CUDA was asked for where there is none.
        """
        return choose_device(self.device)
