"""Objects of the user's own as systems: their role found by a trial, then asked as it says."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from faceaudit.errors import InputError, OptionError
from faceaudit.progress import Progress
from faceaudit.registry import digest
from faceaudit.systems.embedding.differentiable import Differentiable
from faceaudit.systems.embedding.embedder import state_digest
from faceaudit.systems.embedding.wrapped import weights_of, wrap_module
from faceaudit.systems.under_test.base import OpenSystem
from faceaudit.systems.under_test.common.class_names import class_names, read_names
from faceaudit.systems.under_test.common.function_system import (
    FunctionEmbedder,
    FunctionIdentifier,
    FunctionVerifier,
)
from faceaudit.systems.under_test.common.limited import Opened
from faceaudit.systems.under_test.common.network_answers import (
    NetworkEmbedder,
    NetworkIdentifier,
    RunningNetwork,
)
from faceaudit.systems.under_test.common.object_kind import answer_kind, known_names
from faceaudit.systems.under_test.common.object_options import ObjectOptions
from faceaudit.systems.under_test.common.user_function import Answers, UserFunction
from faceaudit.systems.under_test.common.user_object import UserObject, described
from faceaudit.types import ImageArray

METHODS = {
    "identifier": ("scores", "labels", "embed"),
    "verifier": ("scores", "decide"),
    "embedder": ("embed",),
}
"""Methods that an instance may have in place of being called, by role."""


def open_object(
    found: UserObject, door: ObjectOptions, *, cache: Path, device: torch.device, progress: Progress
) -> Opened:
    """Return an object as a system.

    Args:
        found: the object.
        door: what its user says of it.
        cache: folder of embeddings, for torch modules.
        device: where modules run.
        progress: told of every photo.

    Raises:
        InputError: it fails or gives no answers.
        OptionError: an option is needed that was not given.
    """
    with found.running():
        return _opened(found, door, cache=cache, device=device, progress=progress)


def _opened(
    found: UserObject, door: ObjectOptions, *, cache: Path, device: torch.device, progress: Progress
) -> Opened:
    value = _instance(found)
    if isinstance(value, OpenSystem):
        return value  # type: ignore[return-value]
    size = _size(value, door, found.title)
    module = _module(value, door, found.title)
    if module is not None and found.beside is not None:
        found.beside.hook(module)
    functions = {
        name: UserFunction(
            function=function if found.beside is None else found.beside.wrap(function),
            title=found.title if name == "call" else f"{found.title}.{name}",
            preprocessing=door.preprocessing,
            takes=door.takes if module is None else "torch",
            batch=door.batch,
            device=device,
            progress=progress,
        )
        for name, function in _functions(module or value, door.role, found.title).items()
    }
    if module is not None:
        module.to(device)
    if door.role == "verifier":
        return _verifier(functions, door, found, size)
    trials = {name: asked.trial(_trial_photos(size)) for name, asked in functions.items()}
    names = read_names(door.names)
    kinds = {
        answer_kind(name, trial, door, names, found.title): name for name, trial in trials.items()
    }
    tried = {kind: trials[name] for kind, name in kinds.items()}
    # One at a time, a module may be one that needs it, which a network here is not asked so.
    if module is not None and "labels" not in kinds and door.batch > 1:
        running = _running(module, size, door, found, device, cache, progress)
        return _network(running, tried, names, found.title)
    asked = {kind: functions[name] for kind, name in kinds.items()}
    return _function(asked, tried, door, found, size, names)


def _instance(found: UserObject) -> object:
    if not isinstance(found.value, type):
        return found.value
    try:
        return found.value()
    except Exception as error:
        raise InputError(
            f"expected a class that can be made without arguments, got {found.title}, which gives "
            f"{described(error)}; name an instance of it"
        ) from error


def _size(value: object, door: ObjectOptions, title: str) -> tuple[int, int]:
    size = door.size or getattr(value, "size", None)
    edges = size.tolist() if isinstance(size, np.ndarray) else size
    if (
        isinstance(edges, tuple | list)
        and len(edges) == 2
        and all(isinstance(edge, int | np.integer) and edge > 0 for edge in edges)
        and not any(isinstance(edge, bool) for edge in edges)
    ):
        return int(edges[0]), int(edges[1])
    raise OptionError(
        f"expected the size of the photos that {title} takes, got "
        f"{'none' if size is None else repr(size)[:60]}; say size, such as "
        "size: [112, 112] (height, width)"
    )


def _module(value: object, door: ObjectOptions, title: str) -> nn.Module | None:
    """Return a copy of a torch module, in evaluation mode; None for anything else."""
    if not isinstance(value, nn.Module):
        return None
    if door.preprocessing is None:
        raise OptionError(
            f"expected how pixels are prepared for {title}, a torch module, got nothing; say "
            "preprocessing with order, mean and scale, as in its training"
        )
    return _copied(value, title)


def _copied(module: nn.Module, title: str) -> nn.Module:
    try:
        return copy.deepcopy(module).eval()
    except Exception as error:
        raise InputError(
            f"expected a module that can be copied, got {title}, which gives {described(error)}; "
            "try one without tensors that are results of others"
        ) from error


def _functions(value: object, role: str | None, title: str) -> dict[str, Callable[..., Any]]:
    names = METHODS[role or "identifier"]
    if not isinstance(value, nn.Module):
        methods = {name: getattr(value, name, None) for name in names}
        found = {name: method for name, method in methods.items() if callable(method)}
        if found:
            return found
    if callable(value):
        return {"call": value}
    raise InputError(
        f"expected a function, a torch module, or an instance with {' or '.join(names)}, got "
        f"{title}, of {type(value).__name__}; name the function itself"
    )


def _trial_photos(size: tuple[int, int]) -> ImageArray:
    return np.random.default_rng(0).integers(0, 256, (2, *size, 3)).astype(np.uint8)


def _running(
    module: nn.Module,
    size: tuple[int, int],
    door: ObjectOptions,
    found: UserObject,
    device: torch.device,
    cache: Path,
    progress: Progress,
) -> RunningNetwork:
    assert door.preprocessing is not None
    network, wrapped = wrap_module(module.cpu(), size, door.preprocessing, found.title)
    weights = digest([state_digest(weights_of(wrapped)), found.source, door.revision])
    return RunningNetwork(network, wrapped, weights, device, cache, progress)


def _network(
    running: RunningNetwork,
    tried: Mapping[str, Answers],
    names: tuple[str, ...] | None,
    title: str,
) -> Opened:
    gradients = _gives_gradients(running)
    if "embed" in tried:
        return NetworkEmbedder(running, title=f"{title} (embedder)", gradients=gradients)
    known = class_names(tried["scores"].shape[1], names)
    title = f"{title} (identifier of {len(known):,} people)"
    return NetworkIdentifier(running, None, known, title=title, gradients=gradients)


def _function(
    asked: Mapping[str, UserFunction],
    tried: Mapping[str, Answers],
    door: ObjectOptions,
    found: UserObject,
    size: tuple[int, int],
    names: tuple[str, ...] | None,
) -> Opened:
    identity = _identity(found, door, size, tried)
    if set(tried) == {"embed"}:
        width = tried["embed"].shape[1]
        return FunctionEmbedder(
            asked["embed"], width, door.unanswered, title=found.title, size=size, id_=identity
        )
    return FunctionIdentifier(
        asked,
        {kind: trial.shape[1] for kind, trial in tried.items() if trial.ndim == 2},
        known_names(tried, names, found.title),
        door.unanswered,
        title=found.title,
        size=size,
        id_=identity,
    )


def _gives_gradients(running: RunningNetwork) -> bool:
    pixels = torch.from_numpy(_trial_photos(running.module.input_size)).float().requires_grad_()
    try:
        Differentiable(running.module, running.device)(pixels).sum().backward()
    except Exception:  # noqa: BLE001 - whatever breaks the chain, it gives none
        return False
    return pixels.grad is not None and bool(torch.isfinite(pixels.grad).all())


def _verifier(
    functions: Mapping[str, UserFunction],
    door: ObjectOptions,
    found: UserObject,
    size: tuple[int, int],
) -> FunctionVerifier:
    photos = _trial_photos(size)
    pairs = photos, photos[::-1].copy()
    asked, tried = {}, {}
    for name, function in functions.items():
        trial = function.trial(*pairs)
        kind = name if name != "call" else "scores" if trial.dtype.kind == "f" else "decide"
        asked[kind], tried[kind] = function, trial
    verifier = FunctionVerifier(
        asked,
        door.threshold,
        door.unanswered,
        title=found.title,
        size=size,
        id_=_identity(found, door, size, tried),
    )
    verifier.check(tried)
    return verifier


def _identity(
    found: UserObject, door: ObjectOptions, size: tuple[int, int], tried: Mapping[str, Answers]
) -> str:
    """Return a digest of all that can be known of a function: its text, options and trial."""
    options = door.model_dump(mode="json", exclude={"access", "batch", "path"})
    answers = {kind: [list(t.shape), str(t.dtype), t.tobytes().hex()] for kind, t in tried.items()}
    return digest([found.title.rpartition(":")[2], found.source, options, list(size), answers])
