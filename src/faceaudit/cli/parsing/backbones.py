"""The spelling of several networks with their weights on the command line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from faceaudit.cli.parsing.embedders import parse_embedder
from faceaudit.errors import OptionError

if TYPE_CHECKING:
    from faceaudit.systems.embedding.load import LoadedEmbedder

_NUMBERED = re.compile(r"(\d+)\.(.+)", re.DOTALL)


def parse_backbones(
    names: Sequence[str], weights: Sequence[str] | None, set_: Sequence[str] | None
) -> list[LoadedEmbedder]:
    """Return the networks with their weights, on a GPU where there is one.

    Args:
        names: of networks, or NAME:FILE.
        weights: one for each network that is not its own file, in their order.
        set_: OPTION=VALUE for all of them, or 1.OPTION=VALUE for the second.

    Raises:
        OptionError: not as many weights as networks, or an option of none of them.
        WeightsError: weights are not their network's.
    """
    from faceaudit.networks.base import networks  # noqa: PLC0415 - slow to load

    frozen = [networks.get(name.partition(":")[0]).is_file for name in names]
    files = list(weights or ())
    if len(files) != frozen.count(False):
        raise OptionError(
            f"expected --weights for each of {frozen.count(False)} networks, got {len(files)}; "
            "give --network NAME --weights FILE once for each backbone"
        )
    waiting = iter(files)
    own = _options_of(len(names), set_ or ())
    return [
        parse_embedder(name, None if fixed else next(waiting), mine)
        for name, fixed, mine in zip(names, frozen, own, strict=True)
    ]


def _options_of(count: int, items: Sequence[str]) -> list[list[str]]:
    """Return each network's options: those without a number are everybody's."""
    own: list[list[str]] = [[] for _ in range(count)]
    for item in items:
        numbered = _NUMBERED.match(item)
        if numbered is None:
            for mine in own:
                mine.append(item)
        elif int(numbered[1]) < count:
            own[int(numbered[1])].append(numbered[2])
        else:
            raise OptionError(
                f"expected the number of a network, 0..{count - 1}, before the dot, got {item!r}"
            )
    return own
