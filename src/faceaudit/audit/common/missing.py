"""Files that a plan needs and that are not here, found before anything runs."""

from __future__ import annotations

from collections.abc import Iterator

from faceaudit.audit.common.looking import look_once
from faceaudit.audit.common.systems import NetworkPlan
from faceaudit.errors import SourceError
from faceaudit.files.paths import expand


def absent_weights(plan: NetworkPlan, option: str) -> Iterator[str]:
    """Yield the weights that are not here; those that are here must fit.

    Args:
        plan: the network and what it starts from.
        option: where the plan has it, as in "backdoor.systems.0".

    Raises:
        WeightsError: they do not fit.
    """
    from faceaudit.weights.fit import load_weights  # noqa: PLC0415 - slow to load
    from faceaudit.weights.read import expand_weights  # noqa: PLC0415

    if plan.weights is None:
        return
    try:
        file = expand_weights(plan.weights)
    except SourceError:
        yield f"weights: {plan.weights}; give others with `--set {option}.weights=...`"
    else:
        fits = "weights fit", plan.network, str(file)
        look_once(fits, lambda: load_weights(plan.network, file) is not None)


def absent_list(path: str | None, option: str) -> Iterator[str]:
    """Yield a list of pairs that is not here.

    Args:
        path: the list, or None where the plan has none.
        option: where the plan has it.
    """
    if path is None:
        return
    try:
        expand(path)
    except SourceError:
        yield f"list of pairs: {path}; give another with `--set {option}=...`"
