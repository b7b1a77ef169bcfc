"""What of a file may be a network's weights, and how far it fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from faceaudit.deferred import deferred
from faceaudit.errors import WeightsError
from faceaudit.networks import Network
from faceaudit.weights.checkpoint_keys import HEAD, Candidate, candidates, shown
from faceaudit.weights.read import Checkpoint

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")

State: TypeAlias = "Mapping[str, Tensor]"

LISTED = 10
"""Names that a message lists before it counts the rest."""

COUNTER = "num_batches_tracked"
"""Ends the names of tensors that count batches, which nothing but training needs."""

_PROFILED = frozenset({"total_ops", "total_params"})  # thop leaves them in every module


@dataclass(frozen=True)
class Fit:
    """Fit of some of a file's tensors to a network.

    Attributes:
        found: the tensors, under the names that remain without what wraps them.
        state: those the network has, under its names.
        head: set aside, of those among them.
        counted: names that a profiler of operations left among them.
        missing, unexpected: names.
        misshapen: name, shape in the file and shape in the network, as text.
    """

    found: Candidate
    state: dict[str, Tensor]
    head: dict[str, Tensor]
    counted: tuple[str, ...]
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[str, ...]

    @property
    def mismatches(self) -> int:
        """Number of tensors that are missing, unexpected or of another shape."""
        return len(self.missing) + len(self.unexpected) + len(self.misshapen)

    @property
    def is_whole(self) -> bool:
        """Whether the tensors hold all of the network, whatever else is among them."""
        return not self.missing and not self.misshapen

    @property
    def part(self) -> str:
        """What the tensors' place in the file is called; "" for the whole file."""
        return self.found.prefix.rstrip(".")


def state_of(network: Network) -> dict[str, Tensor]:
    """Return the names, shapes and types of a network's state; there is nothing in it.

    Raises:
        WeightsError: the network has no weights of its own.
    """
    with torch.device("meta"):
        wanted = dict(network.build().state_dict())
    if not wanted:
        raise WeightsError(
            f"expected a network with weights of its own, got {network.name!r}; "
            "give it the file as an option, or name another network"
        )
    return wanted


def fit_parts(network: Network, checkpoint: Checkpoint, wanted: State) -> list[Fit]:
    """Return the fits of everything in a file that may be the network's weights."""
    needed = sum(not name.endswith(COUNTER) for name in wanted)
    found = candidates(checkpoint.tensors, least=max(1, needed // 2))
    return [_fit_tensors(network, candidate, wanted) for candidate in found]


def _fit_tensors(network: Network, found: Candidate, wanted: State) -> Fit:
    state: dict[str, Tensor] = {}
    head: dict[str, Tensor] = {}
    counted = []
    for name, tensor in network.convert_checkpoint(found.tensors).items():
        if name.startswith(HEAD) and name not in wanted:
            head[name] = tensor
        elif name.rpartition(".")[2] in _PROFILED and name not in wanted:
            counted.append(name)
        else:
            state[name] = tensor
    return Fit(
        found=found,
        state=state,
        head=head,
        counted=tuple(counted),
        missing=tuple(n for n in wanted if n not in state and not n.endswith(COUNTER)),
        unexpected=tuple(name for name in state if name not in wanted),
        misshapen=tuple(
            f"{name} {tuple(tensor.shape)} instead of {tuple(wanted[name].shape)}"
            for name, tensor in state.items()
            if name in wanted and tensor.shape != wanted[name].shape
        ),
    )


def listed(names: Sequence[str]) -> str:
    """Return the first names in words, safe to print, and how many more there are."""
    rest = len(names) - LISTED
    first = ", ".join(shown(name) for name in names[:LISTED])
    return f"{first} and {rest} more" if rest > 0 else first
