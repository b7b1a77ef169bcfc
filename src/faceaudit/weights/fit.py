"""Weights of a file fitted to a network: every name and shape is checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from faceaudit.deferred import deferred
from faceaudit.errors import OptionError, WeightsError
from faceaudit.networks import Network, networks
from faceaudit.weights.catalog import Format
from faceaudit.weights.checkpoint_keys import HEAD, Stripped, shown, strip
from faceaudit.weights.read import LIMIT, Checkpoint, read

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork
else:
    torch = deferred("torch")

State: TypeAlias = "Mapping[str, Tensor]"

_LISTED = 10
_COUNTER = "num_batches_tracked"
_HEAD_TENSORS = 2  # a matrix and a bias


@dataclass(frozen=True, eq=False)
class LoadedWeights:
    """Trained weights that fit a network.

    Attributes:
        state: every tensor of the network's state, by name. They may lie in the file.
        head: those of the classification head they were trained with, names as in the file or as
            the network renames them, each beginning with `head.`; often empty.
        sha256: of the file.
        format: of the file.
        notes: changes made so that they fit, for people to read.
    """

    state: dict[str, Tensor]
    head: dict[str, Tensor]
    sha256: str
    format: Format
    notes: tuple[str, ...]


@dataclass(frozen=True)
class _Fit:
    """Fit of a file's tensors to a network, with one number of prefixes stripped.

    Attributes:
        state: those the network has.
        head: set aside.
        prefix: stripped.
        missing, unexpected: names.
        misshapen: name, shape in the file and shape in the network, as text.
    """

    state: dict[str, Tensor]
    head: dict[str, Tensor]
    prefix: str
    missing: tuple[str, ...]
    unexpected: tuple[str, ...]
    misshapen: tuple[str, ...]

    @property
    def mismatches(self) -> int:
        """Number of tensors that are missing, unexpected or of another shape."""
        return len(self.missing) + len(self.unexpected) + len(self.misshapen)


def load_weights(network: Network, path: Path, *, limit: int = LIMIT) -> LoadedWeights:
    """Read the weights of a network from a file of any format that `read` knows.

    Prefixes that training code puts before every name are stripped, and the network renames
    what remains. Only the counters of batch norms may be missing.

    Args:
        network: with the options it was trained with.
        path: of the file.
        limit: bytes it may have.

    Raises:
        WeightsError: the file cannot be read, or does not fit: tensors that are missing, unexpected
            or of another shape are listed.
    """
    wanted = _state(network)
    if not wanted:
        raise WeightsError(
            f"expected a network with weights of its own, got {network.name!r}; "
            "give it the file as an option, or name another network"
        )
    checkpoint = read(path, limit=limit)
    steps = strip(checkpoint.tensors)
    # A network's own names may begin with what looks like a prefix, so every number of prefixes is
    # tried.
    fit = min(
        (_fit_tensors(network, step, wanted) for step in steps), key=lambda fit: fit.mismatches
    )
    if fit.mismatches:
        raise WeightsError(_explain_mismatch(network, checkpoint, fit))
    broken = [name for name, tensor in fit.state.items() if not _is_finite(tensor)]
    if broken:
        raise WeightsError(
            f"expected finite real numbers, got others in {_listed(broken)} of {path}; "
            "the training diverged or the file is broken: take another"
        )
    return LoadedWeights(
        state=_as_wanted(fit.state, wanted),
        head=fit.head,
        sha256=checkpoint.sha256,
        format=checkpoint.format,
        notes=_list_changes(checkpoint, fit, wanted),
    )


def network_with(network: Network, weights: LoadedWeights) -> FaceNetwork:
    """Return the built network with these weights, in evaluation mode.

    Torch's random state stays as it was.
    """
    with torch.random.fork_rng(devices=[]):
        built = network.build()
    built.load_state_dict(weights.state, strict=True)
    return built.eval()


def _state(network: Network) -> dict[str, Tensor]:
    """Return the names, shapes and types of a network's state; there is nothing in it."""
    with torch.device("meta"):
        return dict(network.build().state_dict())


def _fit_tensors(network: Network, step: Stripped, wanted: State) -> _Fit:
    state, head = {}, dict(step.head)
    for name, tensor in network.convert_checkpoint(step.tensors).items():
        if name.startswith(HEAD) and name not in wanted:
            head[name] = tensor
        else:
            state[name] = tensor
    return _Fit(
        state=state,
        head=head,
        prefix=step.prefix,
        missing=tuple(n for n in wanted if n not in state and not n.endswith(_COUNTER)),
        unexpected=tuple(name for name in state if name not in wanted),
        misshapen=tuple(
            f"{name} {tuple(tensor.shape)} instead of {tuple(wanted[name].shape)}"
            for name, tensor in state.items()
            if name in wanted and tensor.shape != wanted[name].shape
        ),
    )


def _as_wanted(state: State, wanted: State) -> dict[str, Tensor]:
    """Return the state in the network's order and types, its counters filled in."""
    return {
        name: state[name].to(like.dtype) if name in state else torch.zeros((), dtype=like.dtype)
        for name, like in wanted.items()
    }


def _is_finite(tensor: Tensor) -> bool:
    if tensor.is_complex():
        return False
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor).all())


def _list_changes(checkpoint: Checkpoint, fit: _Fit, wanted: State) -> tuple[str, ...]:
    notes = []
    if fit.prefix:
        notes.append(f"{fit.prefix!r} stripped from the names")
    if fit.head:
        notes.append(f"set aside, of a classification head: {_listed(list(fit.head))}")
    if counters := sum(name not in fit.state for name in wanted):
        notes.append(f"{counters} counters of batch norms are not in the file: they start at 0")
    other = Counter(
        f"{str(tensor.dtype).removeprefix('torch.')} became "
        f"{str(wanted[name].dtype).removeprefix('torch.')}"
        for name, tensor in fit.state.items()
        if tensor.dtype != wanted[name].dtype
    )
    notes += [f"{count} tensors of {what}" for what, count in other.items()]
    if ignored := checkpoint.facts.get("ignored"):
        notes.append(f"ignored: {ignored}")
    return tuple(notes)


def _explain_mismatch(network: Network, checkpoint: Checkpoint, fit: _Fit) -> str:
    mismatches = [
        f"{len(names)} {what}: {_listed(names)}"
        for what, names in (
            ("missing", fit.missing),
            ("unexpected", fit.unexpected),
            ("of another shape", fit.misshapen),
        )
        if names
    ]
    # A few wrong names do not speak for another network, and looking takes seconds.
    strange = len(fit.missing) + len(fit.unexpected) > _LISTED
    other = _find_network(fit) if strange else None
    remedy = (
        f"try the network {other!r}, whose tensors have the sizes of these"
        if other and other != network.name
        else "check the network's name and options"
    )
    return (
        f"expected the weights of {network.name!r}, got {checkpoint.path} ({checkpoint.format}, "
        f"{len(checkpoint.tensors)} tensors) with {'; '.join(mismatches)}; {remedy}"
    )


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - _LISTED
    listed = ", ".join(shown(name) for name in names[:_LISTED])
    return f"{listed} and {rest} more" if rest > 0 else listed


def _find_network(fit: _Fit) -> str | None:
    """Return the registered network, with its defaults, whose tensors have the sizes of a file's.

    Sizes alone are compared, since names and the order of axes differ from format to format.
    """
    sizes = _sizes({**fit.state, **fit.head})
    for name in networks.names():
        try:
            wanted = _sizes(_state(networks.build(name)))
        except OptionError:  # it cannot be built without options
            continue
        if wanted and not wanted - sizes and (sizes - wanted).total() <= _HEAD_TENSORS:
            return name
    return None


def _sizes(state: State) -> Counter[int]:
    return Counter(tensor.numel() for tensor in state.values() if tensor.ndim)
