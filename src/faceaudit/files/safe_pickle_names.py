"""Imitations of the functions of NumPy and the standard library that plain values are made with."""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from faceaudit.errors import InputError
from faceaudit.files.safe_pickle_values import (
    Array,
    BrokenPickle,
    Hold,
    HoldsCode,
    Imitation,
    Kind,
    Language,
    Name,
    Opaque,
    Span,
)

AnyArray: TypeAlias = npt.NDArray[Any]

_ENTRY = 100  # bytes that an entry of a dictionary takes, about
_KINDS = re.compile(r"b1|[iu][1248]|f(2|4|8|16)|c(8|16|32)|[SU][0-9]{1,5}|O[48]?")


def _encode_text(hold: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case (str() as text, str() as name) if name in ("latin1", "latin-1"):
            hold(len(text))
            try:
                return text.encode("latin-1")
            except UnicodeEncodeError:
                pass
    raise BrokenPickle("bytes that are none")


def _make_empty_array(_: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case (Name("numpy.ndarray"), (0,), b"b" | "b"):
            return Array()
    raise BrokenPickle("an array that is none")


def _make_kind(_: Hold, arguments: tuple[object, ...]) -> object:
    text = arguments[0] if arguments else None
    name = text.decode("latin-1") if isinstance(text, bytes) else text
    if not isinstance(name, str) or not _KINDS.fullmatch(name):
        got = ascii(name[:20]) if isinstance(name, str) else "another type"
        raise InputError(f"expected arrays of numbers or booleans in a pickle, got {got}")
    return Kind("O8" if name[0] == "O" else name)


def _make_scalar(_: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case (Kind() as kind, bytes() as data) if len(data) == kind.size and kind.text[0] != "O":
            return np.frombuffer(data, np.dtype(kind.order + kind.text))[0].item()
    raise BrokenPickle("a number that is none")


def _make_array(_: Hold, arguments: tuple[object, ...]) -> object:
    array = Array()
    match arguments:
        case ((bytes() | Span()) as data, Kind() as kind, tuple() as shape, *rest):
            array.fill(kind, shape, data, fortran=rest == ["F"])
            return array
    raise BrokenPickle("an array that is none")


def _make_bytes(_: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case ((bytes() | Span()) as data,):
            return data
        case ():
            return b""
    raise BrokenPickle("bytes that are none")


def _make_dictionary(hold: Hold, arguments: tuple[object, ...]) -> object:
    """Return what `OrderedDict`, `defaultdict` and their like are made from, as a plain one."""
    match arguments:
        case (dict() as content,):
            return _copy(hold, content)
        case (list() as pairs,):  # as Python 2 pickles an OrderedDict
            hold(_ENTRY * len(pairs))
            made: dict[object, object] = {}
            for pair in pairs:
                match pair:
                    case [str() as key, value] | (str() as key, value):
                        made[key] = value
            return made
    return {}


def _make_moment(_: Hold, arguments: tuple[object, ...]) -> object:
    match arguments:
        case (bytes() as state, *_) if len(state) in (4, 10):
            made = datetime.datetime if len(state) == 10 else datetime.date
            try:
                # Both take the bytes that they pickle themselves as, and check them.
                return str(made(state))  # type: ignore[call-arg, arg-type]
            except (TypeError, ValueError):
                pass
    raise BrokenPickle("a date that is none")


def _copy(hold: Hold, content: dict[object, object]) -> dict[object, object]:
    """Return a copy: a pickle of few bytes can ask for many of one large dictionary."""
    hold(_ENTRY * len(content))
    return dict(content)


def _make_path(hold: Hold, arguments: tuple[object, ...]) -> object:
    parts = [part for part in arguments if isinstance(part, str)]
    hold(sum(map(len, parts)) + len(parts))  # each call could double the path of the last
    return "/".join(parts)


def _make_again(hold: Hold, arguments: tuple[object, ...]) -> object:
    """Imitate how protocols 0 and 1 make a value of a class that has no function of its own."""
    match arguments:
        case (Name(), Name(), dict() as content):
            return _copy(hold, content)
        case (Name(kind), Name(), _):
            return Opaque(kind)
    raise BrokenPickle("a value that is none")


def opaque(kind: str) -> Imitation:
    """Return an imitation that keeps nothing but the name of the class."""
    return lambda _, __: Opaque(kind)


def _refuse_call(_: Hold, __: tuple[object, ...]) -> object:
    raise HoldsCode("a call of numpy.ndarray")


_CORES = ("core", "_core")

ARRAYS: Final[Mapping[str, Imitation]] = {
    "_codecs.encode": _encode_text,
    "numpy.dtype": _make_kind,
    "numpy.ndarray": _refuse_call,
    "builtins.bytearray": _make_bytes,
    "__builtin__.bytearray": _make_bytes,
    "__builtin__.bytes": _make_bytes,  # of no bytes, in protocols 0 to 2
    **{f"numpy.{core}.multiarray._reconstruct": _make_empty_array for core in _CORES},
    **{f"numpy.{core}.multiarray.scalar": _make_scalar for core in _CORES},
    **{f"numpy.{core}.numeric._frombuffer": _make_array for core in _CORES},
}
"""What arrays, numbers and byte strings are made with."""

_DICTIONARIES = (
    *("collections.OrderedDict", "collections.defaultdict", "collections.Counter"),
    *("easydict.EasyDict", "yacs.config.CfgNode", "addict.addict.Dict", "munch.Munch"),
    "lightning_fabric.utilities.data.AttributeDict",
    "lightning.fabric.utilities.data.AttributeDict",
    "pytorch_lightning.utilities.parsing.AttributeDict",
    "lightning.pytorch.utilities.parsing.AttributeDict",
)
_OPAQUE = (
    *("argparse.Namespace", "types.SimpleNamespace", "uuid.UUID", "decimal.Decimal"),
    *("datetime.timedelta", "datetime.timezone", "datetime.time", "fractions.Fraction"),
    *(f"numpy.random._pickle.__{kind}_ctor" for kind in ("randomstate", "generator")),
    *("numpy.random._pickle.__bit_generator_ctor", "collections.deque"),
    "numpy.random.bit_generator.__pyx_unpickle_SeedSequence",
    *("omegaconf.dictconfig.DictConfig", "omegaconf.listconfig.ListConfig"),
    *("omegaconf.base.ContainerMetadata", "omegaconf.base.Metadata", "omegaconf.nodes.AnyNode"),
    *("omegaconf.nodes.IntegerNode", "omegaconf.nodes.FloatNode", "omegaconf.nodes.StringNode"),
    *("omegaconf.nodes.BooleanNode", "box.box.Box", "ml_collections.config_dict.ConfigDict"),
)
_PATHS = ("PosixPath", "WindowsPath", "PurePosixPath", "PureWindowsPath", "Path")
_BUILTINS = ("builtins", "__builtin__")

BESIDE: Final[Mapping[str, Imitation]] = {
    **ARRAYS,
    **dict.fromkeys(_DICTIONARIES, _make_dictionary),
    **{kind: opaque(kind) for kind in _OPAQUE},
    **{
        f"{module}.{kind}": opaque(kind)
        for module in _BUILTINS
        for kind in ("complex", "slice", "range", "frozenset", "set")
    },
    **{f"pathlib.{kind}": _make_path for kind in _PATHS},
    **{f"pathlib._local.{kind}": _make_path for kind in _PATHS},
    "datetime.datetime": _make_moment,
    "datetime.date": _make_moment,
    "copyreg._reconstructor": _make_again,
    "copy_reg._reconstructor": _make_again,
}
"""What training code pickles beside weights: settings, times, paths."""

INERT: Final = (
    r"(builtins|__builtin__)\.(object|dict|list|tuple|int|float|str|bool|bytes|unicode|long|type)"
    r"|(pytorch_lightning|lightning\.pytorch)\.callbacks\.[\w.]+|typing\.\w+"
    r"|numpy\.random\.(_pcg64|_mt19937|_philox|_sfc64|bit_generator)\.\w+"
    r"|numpy\.(u?int|float|bool|complex|str)\w*"
)
"""Names of classes that stand in pickles as values and are never called."""

PLAIN: Final = Language(ARRAYS)
"""What plain lists of bytes, numbers and booleans are made with."""


def as_numpy(array: Array, data: bytes) -> AnyArray:
    """Return an array of numbers from its stand-in and its bytes.

    Raises:
        InputError: it holds something else than numbers.
    """
    if array.kind is None or array.kind.text[0] not in "biufc":
        raise InputError("expected an array of numbers, got one of something else")
    items = np.frombuffer(data, np.dtype(array.kind.order + array.kind.text))
    return items.reshape(array.shape, order="F" if array.fortran else "C")
