"""The tensors of a checkpoint: found in its nesting, and freed of prefixes.

Training code saves a network bare, under a key such as `state_dict`, or beside an optimiser and an
epoch; and it puts `module.` (several GPUs), `_orig_mod.` (compiled), `backbone.` or `feat_net.`
(FaceX-Zoo) before every name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from faceaudit.deferred import deferred
from faceaudit.errors import WeightsError

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = deferred("torch")

HEAD = "head."
"""Before the names of a classification head's tensors."""

_WRAPPERS = (
    *("state_dict", "net_state_dict", "model_state_dict", "backbone_state_dict"),
    *("model", "net", "network", "weights", "params", "state"),
)
_PREFIXES = ("module.", "_orig_mod.", "model.", "net.", "network.", "backbone.", "feat_net.")
_BODIES = ("backbone.", "feat_net.")
_DEPTH = 4
_SHOWN = 200


@dataclass(frozen=True)
class Unwrapped:
    """The tensors of a checkpoint, and the values stored beside them.

    Attributes:
        tensors: by name.
        facts: plain values such as the epoch, as text, by key.
        ignored: keys of values that are neither, such as an optimiser's state.
    """

    tensors: dict[str, Tensor]
    facts: dict[str, str]
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class Stripped:
    """Tensors whose common prefixes are gone.

    Attributes:
        tensors: of the network, by name.
        head: of the classification head, each name beginning with `head.`.
        prefix: taken away, e.g. "module.backbone.".
    """

    tensors: dict[str, Tensor]
    head: dict[str, Tensor]
    prefix: str = ""


def unwrap(content: object) -> Unwrapped:
    """Find the tensors in the content of a checkpoint file.

    Raises:
        WeightsError: there are none, or it cannot be told which are meant.
    """
    facts: dict[str, str] = {}
    ignored: list[str] = []
    for _ in range(_DEPTH):
        if not isinstance(content, dict):
            raise WeightsError(
                f"expected a dictionary of tensors, got {type(content).__name__}; "
                "save the network's state_dict()"
            )
        content = _plain(content)
        inner = _find_inner_keys(content)
        for key, value in content.items():
            if key not in inner and not (not inner and isinstance(value, torch.Tensor)):
                _set_aside(key, value, facts, ignored)
        if not inner:
            tensors = {
                str(key): item for key, item in content.items() if isinstance(item, torch.Tensor)
            }
            return Unwrapped(tensors, facts, tuple(ignored))
        if len(inner) > 1:
            return _join_parts(content, inner, facts, ignored)
        content = content[inner[0]]
    raise WeightsError(
        f"expected tensors at most {_DEPTH} dictionaries deep, got more; "
        "save the network's state_dict()"
    )


def strip(tensors: Mapping[str, Tensor]) -> list[Stripped]:
    """Return the tensors as they are, then with one more common prefix gone each time.

    A prefix counts as common when all names but those of a head have it. Where it is that of a body
    (`backbone.`, `feat_net.`), the names that begin with `head.` are a classification head; before
    that, they may belong to the network itself.
    """
    steps = [Stripped(dict(tensors), {})]
    while (prefix := _find_prefix(steps[-1].tensors)) is not None:
        last = steps[-1]
        body, head = {}, dict(last.head)
        for name, tensor in last.tensors.items():
            if name.startswith(prefix):
                body[name.removeprefix(prefix)] = tensor
            else:
                head[name] = tensor
        steps.append(Stripped(body, head, last.prefix + prefix))
    return steps


def shown(name: str, most: int = _SHOWN) -> str:
    """Return a name from a file, safe to print: it may hold control characters of a terminal."""
    return name[:most] if name.isprintable() else ascii(name[:most])


def _find_prefix(names: Mapping[str, Tensor]) -> str | None:
    """Return the prefix that all names but a head's have, or None."""
    body = [name for name in names if not name.startswith(HEAD)]
    for prefix in _PREFIXES:
        if body and all(name.startswith(prefix) for name in body):
            return prefix if len(body) == len(names) or prefix in _BODIES else None
    return None


def _plain(content: object) -> dict[object, object]:
    """Return a dictionary as a plain one: a pickle may give it attributes in its methods' place."""
    assert isinstance(content, dict)
    return dict(dict.items(content))


def _find_inner_keys(content: Mapping[object, object]) -> list[object]:
    """Return the keys under which the tensors lie; none when they lie here."""
    if any(isinstance(value, torch.Tensor) for value in content.values()):
        return []
    nested = [key for key, value in content.items() if isinstance(value, dict) and value]
    if "backbone" in nested:
        return [key for key in nested if key in ("backbone", "head")]
    for key in _WRAPPERS:
        if key in nested:
            return [key]
    if len(nested) == 1:
        return nested
    keys = ", ".join(repr(key)[:40] for key in list(content)[:10]) or "nothing"
    raise WeightsError(
        f"expected a dictionary of tensors, or one under a key such as 'state_dict', got {keys}; "
        "save the network's state_dict()"
    )


def _join_parts(
    content: Mapping[object, object],
    keys: list[object],
    facts: dict[str, str],
    ignored: list[str],
) -> Unwrapped:
    """Join the dictionaries of a backbone and its head, each name under its part's."""
    tensors: dict[str, Tensor] = {}
    for key in keys:
        for name, value in _plain(content[key]).items():
            if isinstance(value, torch.Tensor):
                tensors[f"{key}.{name}"] = value
            else:
                _set_aside(f"{key}.{name}", value, facts, ignored)
    return Unwrapped(tensors, facts, tuple(ignored))


def _set_aside(key: object, value: object, facts: dict[str, str], ignored: list[str]) -> None:
    if value is None or isinstance(value, (bool, int, float, str)):
        facts[str(key)] = str(value)[:_SHOWN]
    else:
        ignored.append(f"{key} ({type(value).__name__})")
