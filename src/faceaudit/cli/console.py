"""Printing: output, warnings and progress, safe for a terminal whatever a file is called."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment
from rich.text import Text

from faceaudit.cleaning import clean, spell
from faceaudit.cli.lengths import LINE, NAME
from faceaudit.errors import OptionError

if TYPE_CHECKING:
    from faceaudit.faces.loaded import LeftOut
    from faceaudit.progress import Progress

SHOWN = 10
"""Things left out that are listed where they are not what was asked about."""
STDOUT = Path("-")
"""The file that stands for what is printed."""


class Stopped(Exception):  # noqa: N818 - reads as what it says
    """Work was stopped by the user or by the machine; the text says what is kept of it."""


class SafeConsole(Console):
    """A console that spells out whatever could steer a terminal, also within tables."""

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Yield what is printed; nothing in it but what rich adds itself is a control character."""
        for segment in super().render(renderable, options):
            if segment.control:
                yield segment
            else:
                yield Segment(spell(segment.text, keep="\n"), segment.style)


# A file or a pipe has no width to keep to; cutting a table there would lose figures.
# Nothing that is printed is read as markup: what is to be bold or red says so as `rich.text.Text`.
out = SafeConsole(width=None if sys.stdout.isatty() else 200, emoji=False, markup=False)
err = SafeConsole(stderr=True, emoji=False, markup=False)


@contextmanager
def progress() -> Iterator[Progress]:
    """Yield progress bars with the time left; a line a minute when nobody looks at a terminal."""

    def print_line(text: str) -> None:
        err.print(clean(text, LINE), highlight=False, soft_wrap=True)

    if not err.is_terminal:
        from faceaudit.cli.slow_work import SlowWork  # noqa: PLC0415 - not needed for help

        with SlowWork(print_line, note=print_line) as slow:
            yield slow
        return
    from faceaudit.cli.bars import Bars  # noqa: PLC0415 - not needed where there is no terminal

    with Bars(err) as bars:
        yield bars


def say(text: str) -> None:
    """Print one line as it is; what could steer a terminal is spelled out."""
    out.print(clean(text, LINE), highlight=False, soft_wrap=True)


def say_all(lines: Iterable[str]) -> None:
    """Print many lines at once, each as `say` does."""
    text = "".join(f"{clean(line, LINE)}\n" for line in lines)
    if text and not out.quiet:
        out.file.write(text)
        out.file.flush()


def mark(text: str, style: str, more: str = "") -> Text:
    """Return words of ours in a style, such as "bold red", and what follows them without one."""
    return Text.assemble((text, style), more)


def complain(text: str) -> None:
    """Print an error on one line."""
    _mark("error:", "bold red", text)


def warn(text: str) -> None:
    """Print a warning on one line."""
    _mark("warning:", "bold yellow", text)


def warn_left_out(items: Sequence[LeftOut], what: str) -> None:
    """Say how many photos or pairs were left out, and why the first were."""
    if not items:
        return
    more = f", the first {SHOWN}" if len(items) > SHOWN else ""
    warn(f"{what} left out: {len(items):,}{more}")
    for item in items[:SHOWN]:
        line = f"  {clean(item.id, NAME)}: {clean(item.reason, LINE)}"
        err.print(line, highlight=False, soft_wrap=True)


def write_json(path: Path, values: object) -> None:
    """Write plain values as JSON, whole or not at all; to `STDOUT` in letters that are safe.

    Raises:
        OptionError: the file cannot be written.
    """
    from faceaudit.files.atomic import write_atomically  # noqa: PLC0415 - not needed for help

    text = json.dumps(values, indent=1, allow_nan=False)
    if path == STDOUT:
        sys.stdout.write(text + "\n")
        sys.stdout.flush()
        return
    try:
        write_atomically(path, text)
    except OSError as error:
        raise OptionError(f"expected a file that can be written, got {path} ({error})") from None


def use_all_cores() -> None:
    """Let torch use the cores that this process may use, no more."""
    import torch  # noqa: PLC0415 - slow to load

    torch.set_num_threads(len(os.sched_getaffinity(0)))


def _mark(kind: str, style: str, text: str) -> None:
    # Other libraries' words may quote bytes of a stranger's file, some of which steer a terminal.
    # Of a path, several blanks in a row are kept: it may have to be copied.
    lines = (line.strip() for line in text.splitlines())
    shown = clean(" ".join(line for line in lines if line), LINE)
    with suppress(OSError):  # where not even that can be said, the status says it
        err.print(mark(kind, style, f" {shown}"), highlight=False, soft_wrap=True)
