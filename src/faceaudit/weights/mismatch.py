"""Words for weights that are not a network's: what differs, and whose they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, get_args, get_origin

from faceaudit.errors import OptionError, WeightsError
from faceaudit.networks import Network, networks
from faceaudit.weights.checkpoint_keys import candidates
from faceaudit.weights.matching import Fit, fit_parts, listed, state_of
from faceaudit.weights.read import Checkpoint

_FEWEST = 4  # tensors of a network
_MOST = 10_000  # tensors of a file that is compared with all networks: each takes its time


def explain_mismatch(network: Network, checkpoint: Checkpoint, fits: Sequence[Fit]) -> str:
    """Return the network that a file's weights fit, if one does, then what differs from `network`.

    Args:
        network: that they do not fit.
        checkpoint: the file.
        fits: of its parts to `network`.
    """
    # Of those that lack the same, the one with the fewest tensors that are not of the network.
    fit = min(fits, key=lambda fit: (fit.mismatches, len(fit.found.tensors)))
    mismatches = [
        f"{len(names)} {what}: {listed(names)}"
        for what, names in (
            ("missing", fit.missing),
            ("unexpected", fit.unexpected),
            ("of another shape", fit.misshapen),
        )
        if names
    ]
    differs = (
        f"expected the weights of {network.name!r}, got {checkpoint.path} ({checkpoint.format}, "
        f"{len(checkpoint.tensors)} tensors) with {'; '.join(mismatches)}"
    )
    other = _find_network(network, checkpoint)
    if other is None:
        return f"{differs}; check the network's name and options"
    return f"fits {other.partition(' ')[0]}: try --network {other}; {differs}"


def _find_network(network: Network, checkpoint: Checkpoint) -> str | None:
    """Return the registered network, and the option it needs, whose weights a file holds."""
    if len(checkpoint.tensors) > _MOST:
        return None
    parts = candidates(checkpoint.tensors, least=_FEWEST)
    numbers = {sum(tensor.numel() for tensor in part.tensors.values()) for part in parts}
    ranked = [(_distance(spec, other, numbers), spec, other) for spec, other in _registered()]
    for distance, spec, other in sorted(ranked, key=lambda item: item[0]):
        if distance >= 1 or other == network:
            continue
        try:
            wanted = state_of(other)
        except (OptionError, WeightsError):  # it cannot be built without options, or has none
            continue
        if any(not fit.mismatches for fit in fit_parts(other, checkpoint, wanted)):
            return spec
    return None


def _distance(spec: str, network: Network, numbers: Iterable[int]) -> float:
    """Return by what share the nearest part of a file is larger than a network; 1 and up is none.

    A file has more numbers than the network has parameters, for batch norms keep some of their own
    and a head may be among them. What `parameters` says is of the default options: others are
    looked at last.
    """
    known = network.parameters
    if known is None or spec != network.name:
        return 0.999
    return min((count / known - 1 for count in numbers if count >= known), default=1.0)


def _registered() -> Iterator[tuple[str, Network]]:
    """Yield all networks, and each with every value of an option that is one of a few words."""
    for name in networks.names():
        try:
            default = networks.build(name)
        except OptionError:
            continue
        yield name, default
        for option, about in type(default).model_fields.items():
            if get_origin(about.annotation) is Literal:
                for value in get_args(about.annotation):
                    if value != getattr(default, option):
                        spec = {"network": name, option: value}
                        yield f"{name} --set {option}={value}", networks.build(spec)
