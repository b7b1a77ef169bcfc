"""Weights of a file fitted to a network: every name and shape is checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred
from faceaudit.errors import WeightsError
from faceaudit.networks import Network
from faceaudit.weights.catalog import Format
from faceaudit.weights.checkpoint_keys import shown
from faceaudit.weights.matching import LISTED, Fit, State, fit_parts, listed, state_of
from faceaudit.weights.mismatch import explain_mismatch
from faceaudit.weights.read import LIMIT, Checkpoint, read

if TYPE_CHECKING:
    import torch
    from torch import Tensor

    from faceaudit.networks.common.face_network import FaceNetwork
else:
    torch = deferred("torch")


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


def load_weights(network: Network, path: Path, *, limit: int = LIMIT) -> LoadedWeights:
    """Read the weights of a network from a file of any format that `read` knows.

    What training code wraps the network in, whatever it is called, is taken away, and the network
    renames what remains. Only the counters of batch norms may be missing.

    Args:
        network: with the options it was trained with.
        path: of the file; with `#` and a name behind it, of that part of the file.
        limit: bytes it may have.

    Raises:
        WeightsError: the file cannot be read, or does not fit: tensors that are missing, unexpected
            or of another shape are listed, and the network that they fit, if there is one; or
            several of its parts hold the whole network and differ.
    """
    wanted = state_of(network)  # before a large file is read
    return fit_checkpoint(network, read(path, limit=limit), wanted)


def fit_checkpoint(
    network: Network, checkpoint: Checkpoint, wanted: State | None = None
) -> LoadedWeights:
    """Fit the tensors of a checkpoint to a network, as `load_weights` does.

    Args:
        network: with the options it was trained with.
        checkpoint: as `read` gives it, or without tensors that are not the network's.
        wanted: names, shapes and types of the network's state, where they are known.

    Raises:
        WeightsError: it does not fit.
    """
    wanted = state_of(network) if wanted is None else wanted
    fits = fit_parts(network, checkpoint, wanted)
    exact = [fit for fit in fits if not fit.mismatches]
    if not exact:
        raise WeightsError(explain_mismatch(network, checkpoint, fits))
    _refuse_rivals(network, checkpoint, [fit for fit in fits if fit.is_whole], wanted)
    fit = exact[0]
    head, rest = fit.found.split_rest()
    head |= fit.head
    state = _as_wanted(fit.state, wanted, checkpoint.path)
    return LoadedWeights(
        state=state,
        head=head,
        sha256=checkpoint.sha256,
        format=checkpoint.format,
        notes=_list_changes(checkpoint, fit, wanted, head=list(head), rest=rest),
    )


def network_with(network: Network, weights: LoadedWeights) -> FaceNetwork:
    """Return the built network with these weights, in evaluation mode.

    Torch's random state stays as it was.
    """
    with torch.random.fork_rng(devices=[]):
        built = network.build()
    built.load_state_dict(weights.state, strict=True)
    return built.eval()


def _refuse_rivals(
    network: Network, checkpoint: Checkpoint, whole: Sequence[Fit], wanted: State
) -> None:
    """Refuse a file in which several parts hold the whole network, and differ.

    A part with more in it than the network has counts, too: the network's own weights, with its
    average (EMA) or a loss among them, are not passed over for the average alone.

    Raises:
        WeightsError: there are several.
    """
    parts: list[str] = []
    distinct: list[State] = []
    for fit in whole:
        state = {name: tensor for name, tensor in fit.state.items() if name in wanted}
        if not any(_are_equal(state, other) for other in distinct):
            distinct.append(state)
            parts.append(fit.part)
    if len(distinct) == 1:
        return
    spelled = " or ".join(
        shown(f"{checkpoint.path.name}#{part}") for part in parts[:LISTED] if part
    )
    other = ", or save the other on its own" if "" in parts else ""
    parts = [part or "outside of all parts" for part in parts]
    raise WeightsError(
        f"expected one set of weights of {network.name!r}, got {len(parts)} in {checkpoint.path} "
        f"that fit and differ ({listed(parts)}); try {spelled} in place of the file{other}"
    )


def _are_equal(one: State, other: State) -> bool:
    return one.keys() == other.keys() and all(
        tensor is other[name] or torch.equal(tensor, other[name]) for name, tensor in one.items()
    )


def _as_wanted(state: State, wanted: State, path: Path) -> dict[str, Tensor]:
    """Return the state in the network's order and types, its counters filled in.

    Raises:
        WeightsError: numbers are not finite, complex, or whole where the network has fractions.
    """
    whole = [
        name
        for name, like in wanted.items()
        if name in state and like.is_floating_point() and not _has_fractions(state[name])
    ]
    if whole:
        raise WeightsError(
            f"expected floating-point numbers, got {str(state[whole[0]].dtype)[6:]} in "
            f"{listed(whole)} of {path}, which are quantised; take the weights of before that"
        )
    converted = {
        name: torch.zeros((), dtype=like.dtype)
        if name not in state
        else state[name]
        if state[name].is_complex()
        else state[name].to(like.dtype)
        for name, like in wanted.items()
    }
    broken = [name for name, tensor in converted.items() if not _is_finite(tensor)]
    if broken:
        raise WeightsError(
            f"expected finite real numbers, got others in {listed(broken)} of {path}; "
            "the training diverged or the file is broken: take another"
        )
    return converted


def _has_fractions(tensor: Tensor) -> bool:
    return tensor.is_floating_point() or tensor.is_complex()


def _is_finite(tensor: Tensor) -> bool:
    if tensor.is_complex():
        return False
    return not tensor.is_floating_point() or bool(torch.isfinite(tensor).all())


def _list_changes(
    checkpoint: Checkpoint, fit: Fit, wanted: State, *, head: Sequence[str], rest: Sequence[str]
) -> tuple[str, ...]:
    notes = []
    if fit.found.prefix:
        notes.append(f"{fit.found.prefix!r} stripped from the names")
    if fit.found.inside:
        notes.append("'module' and its like taken out of the names")
    if head:
        notes.append(f"set aside, of a classification head: {listed(head)}")
    if rest:
        notes.append(f"not of this network: {listed(rest)}")
    if fit.counted:
        notes.append(f"counts of a profiler: {listed(fit.counted)}")
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
