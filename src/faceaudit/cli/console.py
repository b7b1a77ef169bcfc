"""Printing: output, warnings and progress, safe for a terminal whatever a file is called."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from faceaudit.errors import OptionError
from faceaudit.progress import Advance

if TYPE_CHECKING:
    from rich.progress import Progress

    from faceaudit.faces.loaded import LeftOut

SHOWN = 10
"""Things left out that are listed where they are not what was asked about."""

# A file or a pipe has no width to keep to; cutting a table there would lose figures.
out = Console(width=None if sys.stdout.isatty() else 200)
err = Console(stderr=True)


class Bars:
    """Progress bars on a terminal; only notes elsewhere."""

    def __init__(self, bars: Progress | None) -> None:
        self._bars = bars

    @contextmanager
    def task(self, title: str, total: int | None) -> Iterator[Advance]:
        """Show a bar until the work is done."""
        if self._bars is None:
            yield lambda _steps: None
            return
        bars, id_ = self._bars, self._bars.add_task(escape(title), total=total)
        try:
            yield lambda steps: bars.advance(id_, steps)
        finally:
            bars.remove_task(id_)

    def note(self, text: str) -> None:
        """Print one line above the bars."""
        (self._bars.console if self._bars else err).print(text, markup=False, highlight=False)


@contextmanager
def progress() -> Iterator[Bars]:
    """Yield progress bars with the time left; quiet when nobody looks at a terminal."""
    if not err.is_terminal:
        yield Bars(None)
        return
    from rich import progress as rich  # noqa: PLC0415 - not needed where there is no terminal

    columns = (
        rich.TextColumn("{task.description}"),
        rich.BarColumn(),
        rich.MofNCompleteColumn(),
        rich.TimeElapsedColumn(),
        rich.TextColumn("left"),
        rich.TimeRemainingColumn(),
    )
    with rich.Progress(*columns, console=err) as bars:
        yield Bars(bars)


def say(text: str) -> None:
    """Print one line as it is, however long; what could steer a terminal is spelled out."""
    out.print(printable(text), markup=False, highlight=False, soft_wrap=True)


def complain(text: str) -> None:
    """Print an error on one line."""
    _mark("[bold red]error:[/]", text)


def warn(text: str) -> None:
    """Print a warning on one line."""
    _mark("[bold yellow]warning:[/]", text)


def warn_left_out(items: Sequence[LeftOut], what: str) -> None:
    """Say how many photos or pairs were left out, and why the first were."""
    if not items:
        return
    more = f", the first {SHOWN}" if len(items) > SHOWN else ""
    warn(f"{what} left out: {len(items):,}{more}")
    for item in items[:SHOWN]:
        err.print(f"  {item.id}: {item.reason}", markup=False, highlight=False, soft_wrap=True)


def printable(text: str) -> str:
    r"""Return a text that cannot steer a terminal: names of files may hold anything.

    >>> print(printable("red" + chr(27) + "[31m"))
    red\x1b[31m
    """
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def write_json(path: Path, values: object) -> None:
    """Write plain values as JSON, whole or not at all.

    Raises:
        OptionError: the file cannot be written.
    """
    from faceaudit.files.atomic import write_atomically  # noqa: PLC0415 - not needed for help

    try:
        write_atomically(path, json.dumps(values, indent=1, allow_nan=False))
    except OSError as error:
        raise OptionError(f"expected a file that can be written, got {path} ({error})") from None


def use_all_cores() -> None:
    """Let torch use the cores that this process may use, no more."""
    import torch  # noqa: PLC0415 - slow to load

    torch.set_num_threads(len(os.sched_getaffinity(0)))


def _mark(kind: str, text: str) -> None:
    # Other libraries' words may quote bytes of a stranger's file, some of which steer a terminal.
    shown = printable(" ".join(text.split()))
    err.print(f"{kind} {escape(shown)}", highlight=False, soft_wrap=True)
