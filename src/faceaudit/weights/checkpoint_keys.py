"""The tensors of a checkpoint: found in its nesting, and freed of what wraps their names.

Training code saves a network bare, under a key such as `state_dict`, or beside an optimiser, an
epoch and a second network that averages the first; and it puts `module.` (several GPUs),
`_orig_mod.` (compiled), `model.` or `backbone.` before every name, or `module` in the middle of it.
Nothing here is a list of such words: whatever wraps names that fit is taken away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from faceaudit.errors import WeightsError
from faceaudit.files.safe_pickle_values import Array
from faceaudit.weights.torch_pickle import OddTensor, StoredTensor

if TYPE_CHECKING:
    from torch import Tensor

HEAD = "head."
"""Before the names of a classification head's tensors."""

_INSIDE = frozenset(
    {"module", "_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module", "_module"}
)
"""Names that several GPUs, a compiler and their like put anywhere among a module's own."""

_DEPTH = 4
_WRAPPED = 8  # prefixes that are looked under, one below the other
_CANDIDATES = 200
_SHOWN = 200


@dataclass(frozen=True)
class Unwrapped:
    """The tensors of a checkpoint, and the values stored beside them.

    Attributes:
        tensors: by name; where several dictionaries hold some, by the path to theirs and a name.
        facts: plain values such as the epoch, as text, by key.
        ignored: keys of values that are neither, such as an optimiser's state.
    """

    tensors: dict[str, Any]
    facts: dict[str, str]
    ignored: tuple[str, ...]


@dataclass(frozen=True)
class Candidate:
    """Tensors that may be a network's, under the names that remain without what wraps them.

    Attributes:
        tensors: by name.
        named: all tensors of the file, by name with the prefix.
        prefix: taken away, e.g. "module.backbone.".
        inside: whether wrapping words were taken out of the names, too.
    """

    tensors: dict[str, Tensor]
    named: Mapping[str, Tensor]
    prefix: str = ""
    inside: bool = False

    def split_rest(self) -> tuple[dict[str, Tensor], tuple[str, ...]]:
        """Return what lies beside the tensors: those of a head, and the names of all others.

        Each name of a head's tensor begins with `head.`, as it does below the same wrappers.
        """
        words = self.prefix.split(".")[:-1]
        heads = tuple(".".join((*words[:depth], HEAD)) for depth in range(len(words)))
        head: dict[str, Tensor] = {}
        rest = []
        for name, tensor in self.named.items():
            if name.startswith(self.prefix):
                continue
            start = next((start for start in heads if name.startswith(start)), None)
            if start is None:
                rest.append(name)
            else:
                head[HEAD + name.removeprefix(start)] = tensor
        return head, tuple(rest)


def unwrap(content: object) -> Unwrapped:
    """Find the tensors, or stand-ins for them, in the content of a checkpoint file.

    Raises:
        WeightsError: there are none.
    """
    if not isinstance(content, dict):
        kind = getattr(content, "kind", None) or type(content).__name__
        raise WeightsError(
            f"expected a dictionary of tensors, got {shown(str(kind), 60)}; "
            "save the network's state_dict()"
        )
    walk = _Walk([], [], [], set())
    walk.enter(content, ())
    if walk.parts:
        return walk.unwrapped()
    if walk.deep:
        raise WeightsError(
            f"expected tensors at most {_DEPTH} dictionaries deep, got more; "
            "save the network's state_dict()"
        )
    keys = ", ".join(repr(key)[:40] for key in list(content)[:10]) or "nothing"
    raise WeightsError(
        f"expected a dictionary of tensors, or one under a key such as 'state_dict', got {keys}; "
        "save the network's state_dict()"
    )


@dataclass
class _Walk:
    """A walk through the dictionaries of a checkpoint.

    Attributes:
        parts: those that hold tensors, with the path to each.
        facts: path, key and value of plain values.
        ignored: of others.
        seen: dictionaries that were entered.
        deep: whether some lay too deep.
    """

    parts: list[tuple[tuple[str, ...], dict[str, object]]]
    facts: list[tuple[tuple[str, ...], str, str]]
    ignored: list[str]
    seen: set[int]
    deep: bool = False

    def enter(self, content: dict[object, object], path: tuple[str, ...]) -> bool:
        """Note what is in a dictionary; return whether it holds tensors somewhere."""
        if id(content) in self.seen or len(path) >= _DEPTH:
            self.deep = True
            return False
        self.seen.add(id(content))
        tensors: dict[str, object] = {}
        facts: list[tuple[tuple[str, ...], str, str]] = []
        ignored: list[str] = []
        found = False
        if _holds_tensor(content):
            self.parts.append((path, tensors))
            found = True
        for key, value in content.items():
            if isinstance(key, str) and _is_tensor(value):
                tensors[key] = value
            elif isinstance(key, str) and isinstance(value, dict) and value:
                # A longer key would be repeated before the name of each tensor below it.
                if len(key) <= _SHOWN and self.enter(value, (*path, key)):
                    found = True
                else:
                    ignored.append(f"{key[:_SHOWN]} (dict)")
            elif value is None or isinstance(value, bool | int | float | str):
                facts.append((path, str(key)[:_SHOWN], str(value)[:_SHOWN]))
            else:
                kind = getattr(value, "kind", None)
                what = kind if isinstance(kind, str) else type(value).__name__
                ignored.append(f"{str(key)[:_SHOWN]} ({what})")
        if found or not path:
            self.facts += facts
            self.ignored += ignored
        return found

    def unwrapped(self) -> Unwrapped:
        several = len(self.parts) > 1
        tensors: dict[str, Any] = {}
        for path, part in self.parts:
            for name, tensor in part.items():
                whole = ".".join((*path, name)) if several else name
                if whole in tensors:
                    self.ignored.append(f"{whole} (twice)")
                tensors.setdefault(whole, tensor)
        facts = {".".join((*path, key)) if several else key: text for path, key, text in self.facts}
        return Unwrapped(tensors, facts, tuple(self.ignored))


def _is_tensor(value: object) -> bool:
    if isinstance(value, Array):
        return value.kind is not None and value.kind.text[0] in "biuf"
    return isinstance(value, StoredTensor | OddTensor)


def _holds_tensor(content: dict[object, object]) -> bool:
    return any(isinstance(key, str) and _is_tensor(value) for key, value in content.items())


def candidates(tensors: Mapping[str, Tensor], *, least: int) -> Iterator[Candidate]:
    """Yield the tensors as they are, and all that lie under one prefix, whatever it is called.

    Each comes with its names as they are and, where words that wrap modules (`module`) stand among
    them, without those.

    Args:
        tensors: of a file, by name.
        least: tensors that a candidate needs.
    """
    count = 0
    for inside, named in enumerate(_namings(tensors)):
        for prefix, under in _descend("", named, least, _WRAPPED):
            yield Candidate(under, named, prefix, inside=bool(inside))
            count += 1
            if count >= _CANDIDATES:
                return


def _namings(tensors: Mapping[str, Tensor]) -> Iterator[dict[str, Tensor]]:
    yield dict(tensors)
    plain = {
        ".".join(part for part in name.split(".") if part not in _INSIDE): tensor
        for name, tensor in tensors.items()
    }
    if plain.keys() != tensors.keys() and len(plain) == len(tensors):
        yield plain


def _descend(
    prefix: str, tensors: dict[str, Tensor], least: int, depth: int
) -> Iterator[tuple[str, dict[str, Tensor]]]:
    yield prefix, tensors
    if depth == 0:
        return
    below: dict[str, dict[str, Tensor]] = {}
    for name, tensor in tensors.items():
        first, point, rest = name.partition(".")
        if point and rest:
            below.setdefault(first, {})[rest] = tensor
    for first, inner in below.items():
        if len(inner) >= least:
            yield from _descend(f"{prefix}{first}.", inner, least, depth - 1)


def under(tensors: Mapping[str, Tensor], part: str) -> dict[str, Tensor]:
    """Return the tensors of the part of a checkpoint that is called `part`.

    Raises:
        WeightsError: there is none of that name; those that are there are listed.
    """
    start = part.rstrip(".") + "."
    found = {
        name.removeprefix(start): tensor
        for name, tensor in tensors.items()
        if name.startswith(start)
    }
    if found:
        return found
    parts = sorted({name.partition(".")[0] for name in tensors if "." in name})
    listed = ", ".join(shown(name, 60) for name in parts[:10]) or "none"
    raise WeightsError(
        f"expected one of the parts {listed} of the file, got {part!r}; try one of them, or leave "
        "it out"
    )


def shown(name: str, most: int = _SHOWN) -> str:
    """Return a name from a file, safe to print: it may hold control characters of a terminal."""
    return name[:most] if name.isprintable() else ascii(name[:most])
