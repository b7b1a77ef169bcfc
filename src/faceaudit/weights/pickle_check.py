"""A check of the pickles in a PyTorch file before torch reads them; nothing in them is run.

Torch's safe mode keeps the code in a file from running. It does not keep a few bytes from filling
the memory (a `bytearray`, a cast of one number that was expanded to billions), from ending the
process (a key of tuples in tuples a million deep) or from taking for ever (a key that holds itself
twice, forty times over). Here the instructions are counted, the names must be those that tensors
are made with, and tuples must be as small as they are in weights (instructions as documented in
`pickletools`).
"""

from __future__ import annotations

import pickletools
import re
from pathlib import Path
from typing import BinaryIO, NamedTuple

from faceaudit.errors import WeightsError

STEPS_LIMIT = 1_000_000
"""Instructions of the longest pickle; a network of 1,000 tensors and its optimiser take 100,000."""

SIZE_LIMIT = 100_000
DEPTH_LIMIT = 20
"""Values in a tuple, those of the tuples in it counted too, and how deep they are nested."""

_NAMES = re.compile(
    r"collections (OrderedDict|Counter)|(builtins|__builtin__) (set|complex)|_codecs encode|"
    r"torch (\w+Storage|Size|device|(u?int|b?float|complex|bool)\w*)|torch\.storage UntypedStorage|"
    r"torch\._utils _rebuild_(tensor|tensor_v2|tensor_v3|parameter)"
)
_INSTRUCTIONS = re.compile(
    r"PROTO|STOP|MARK|GLOBAL|REDUCE|BUILD|BINPERSID|APPENDS?|SETITEMS?|TUPLE[123]?|NONE|NEWFALSE|"
    r"NEWTRUE|EMPTY_(TUPLE|LIST|DICT)|BININT[12]?|BINFLOAT|BINUNICODE|SHORT_BINSTRING|LONG1|"
    r"(LONG_)?BIN(GET|PUT)"
)
_CODE = re.compile(r"INST|OBJ|NEWOBJ(_EX)?|STACK_GLOBAL|PERSID|EXT[124]")


class _Extent(NamedTuple):
    """Size of a value as a part of a tuple: everything else than a tuple counts as one."""

    size: int = 1
    depth: int = 0


def check_pickle(file: BinaryIO, path: Path) -> None:
    """Look through the pickle that starts where `file` stands, and leave it at its end.

    Raises:
        WeightsError: it holds code, or something that no weights need.
        Exception: of any other kind when it is broken.
    """
    stack: list[_Extent] = []
    marks: list[int] = []
    memo: dict[object, _Extent] = {}
    for step, (instruction, argument, _) in enumerate(pickletools.genops(file)):
        name = instruction.name
        if step >= STEPS_LIMIT:
            raise _refused(path, f"more than {STEPS_LIMIT:,} instructions")
        if name == "GLOBAL" and not _NAMES.fullmatch(str(argument)):
            raise _code(path, str(argument).replace(" ", "."))
        if not _INSTRUCTIONS.fullmatch(name):
            raise (
                _code(path, name)
                if _CODE.fullmatch(name)
                else _refused(path, f"instruction {name}")
            )
        if name == "MARK":
            marks.append(len(stack))
        elif name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        elif name in ("BINGET", "LONG_BINGET"):
            stack.append(memo[argument])
        else:
            extent = _measure_value(name, _take_values(instruction, stack, marks))
            if extent.size > SIZE_LIMIT or extent.depth > DEPTH_LIMIT:
                raise _refused(path, "tuples that are too large or nested too deep")
            stack.extend(extent for _ in instruction.stack_after)


def _take_values(
    instruction: pickletools.OpcodeInfo, stack: list[_Extent], marks: list[int]
) -> list[_Extent]:
    """Take what an instruction needs from the stack."""
    needed = instruction.stack_before
    start = len(stack) - len(needed)
    if pickletools.markobject in needed:
        start = marks.pop() - needed.index(pickletools.markobject)
    if start < 0:
        raise ValueError("a value is missing")
    values = stack[start:]
    del stack[start:]
    return values


def _measure_value(name: str, parts: list[_Extent]) -> _Extent:
    """Return the extent of the value that an instruction makes of `parts`."""
    if not name.startswith("TUPLE"):
        return _Extent()
    depth = max((part.depth for part in parts), default=0)
    return _Extent(1 + sum(part.size for part in parts), 1 + depth)


def _code(path: Path, name: str) -> WeightsError:
    shown = name[:100] if name.isprintable() else ascii(name[:100])
    return WeightsError(
        f"expected tensors only, got {path} that holds code ({shown}), which was not executed; "
        "save the network's state_dict() from it where you trust it"
    )


def _refused(path: Path, what: str) -> WeightsError:
    return WeightsError(
        f"expected tensors only, got {path} that holds something else ({what}), which was not "
        "executed; it is broken, or no file of torch.save"
    )
