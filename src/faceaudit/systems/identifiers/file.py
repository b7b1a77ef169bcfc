"""Weights of identifiers trained here, with what it takes to ask them again beside them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import safetensors.torch
from pydantic import Field, field_validator
from safetensors import SafetensorError, safe_open

from faceaudit.errors import OptionError, WeightsError
from faceaudit.registry import Options

if TYPE_CHECKING:
    from torch import Tensor

_KEY = "identifier"
_LONGEST = 32 * 1024**2


class IdentifierDescription(Options):
    """The facts in an identifier's file, beside its tensors."""

    version: Literal[1] = Field(1, description="of this format")
    names: tuple[str, ...] = Field(min_length=1, description="enrolled people, in label order")
    network: dict[str, Any] = Field(description="name and options, without a path")
    learned: Literal["everything", "last block", "last layer"] = Field(
        description="what was trained"
    )
    backbone: str | None = Field(
        None,
        description="id of the embedder under a last layer, or before a last block; none where all "
        "was trained",
    )
    margin: float | None = Field(
        None,
        exclude_if=lambda margin: margin is None,
        description="what a head of cosines was trained with; none for a softmax layer",
    )
    pretrained: str | None = Field(
        None, description="id of the system in the same store that the backbone's weights are"
    )

    @field_validator("network")
    @classmethod
    def _check_network(cls, value: dict[str, Any]) -> dict[str, Any]:
        if "path" in value:  # whoever wrote the file would choose what is read on this machine
            raise ValueError("expected a network without a path, got one with a path")
        return value

    @field_validator("pretrained")
    @classmethod
    def _check_pretrained(cls, value: str | None) -> str | None:
        if value is not None and (value != Path(value).name or value in {"", ".."}):
            raise ValueError("expected the id of a system, got a path")
        return value


def dump_identifier(state: Mapping[str, Tensor], described: IdentifierDescription) -> bytes:
    """Return weights as a safetensors file that says whom they know.

    Args:
        state: weights as `Trained.state` holds them.
        described: people, network and what was trained.
    """
    tensors = {name: tensor.contiguous() for name, tensor in state.items()}
    metadata = {_KEY: described.model_dump_json()}
    return bytes(safetensors.torch.save(tensors, metadata))


def read_identifier_description(path: Path) -> IdentifierDescription | None:
    """Return what an identifier's file says of itself; None where it says nothing.

    Raises:
        WeightsError: what it says cannot be understood.
    """
    try:
        with safe_open(path, framework="pt", device="cpu") as file:
            text = (file.metadata() or {}).get(_KEY)
    except (SafetensorError, OSError):
        return None
    if text is None:
        return None
    try:
        values = json.loads(text) if len(text) <= _LONGEST else None
        if not isinstance(values, dict):
            raise ValueError("no mapping")
        return IdentifierDescription(**values)
    except (OptionError, ValueError, RecursionError, TypeError) as error:
        raise WeightsError(
            f"expected an identifier that faceaudit trained, got {path} that says of itself "
            f"{' '.join(str(error).split())[:160]!r}; train it again"
        ) from None
