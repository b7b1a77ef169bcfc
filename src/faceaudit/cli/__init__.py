"""The command line: one file a verb, which reads options, makes calls of `faceaudit.api`, prints.

What is slow to load (PyTorch above all) is imported where a verb runs, so that help, completion and
a misspelled option need not wait for it.
"""

from __future__ import annotations

import errno
import os
import shlex
import sys
import traceback
from contextlib import suppress
from typing import Annotated, Any, TextIO, cast

import typer

import faceaudit
from faceaudit.cleaning import clean, spell
from faceaudit.cli import app as app_verb
from faceaudit.cli import (
    check,
    compare,
    components,
    embed,
    evaluate,
    faces,
    gate,
    init,
    judge,
    limits,
    plan,
    poison,
    report,
    results,
    run,
    scan,
    serve,
    store,
    train_verifier,
    verify,
    weights,
)
from faceaudit.cli.console import Stopped, complain, err
from faceaudit.errors import FaceAuditError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The numbers of errors that say that a disk is full."""

INTERRUPTED = 130
"""The exit status of what was stopped."""

DEBUG = "--debug"
"""The option that shows where an error was raised."""

MISUSED = cast(type[Exception], typer.BadParameter.__mro__[2])
"""What is raised of wrong options: `click.ClickException`, whichever package it is from."""

TRACED = 20_000
"""Characters of a part of a traceback that are printed."""

app = typer.Typer(
    name="faceaudit",
    help="Audit face recognition: backdoors, membership leaks, verification, identification.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("init")(init.init)
app.command("run")(run.run)
app.command("check")(check.check)
app.command("plan")(plan.plan)
app.command("schema")(plan.schema)
app.command("ls")(components.ls)
app.command("show")(components.show)
app.command("report")(report.report)
app.command("results")(results.results)
app.command("compare")(compare.compare)
app.command("limits")(limits.limits)
app.command("embed")(embed.embed)
app.command("gate")(gate.gate)
app.command("poison")(poison.poison)
app.command("judge")(judge.judge)
app.command("scan")(scan.scan)
app.command("train-verifier")(train_verifier.train_verifier)
app.command("verify")(verify.verify)
app.command("serve")(serve.serve)
app.command("app")(app_verb.app)
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(faces.app, name="faces")
app.add_typer(store.app, name="store")
app.add_typer(weights.app, name="weights")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"faceaudit {faceaudit.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
    debug: Annotated[
        bool,
        typer.Option(DEBUG, help="Show where an error was raised; may stand anywhere."),
    ] = False,
) -> None:
    del version, debug


def main() -> None:
    """Run the command line; whatever goes wrong ends with one line and status 2."""
    arguments, debug = _split_debug(sys.argv[1:])
    try:
        status = _run(arguments, debug=debug)
    except MemoryError as error:
        status = _failed(
            "expected memory enough, got none left; give it less at a time", error, debug
        )
    except RecursionError as error:
        status = _failed("expected values in few levels, got too many to read", error, debug)
    except Exception as error:  # noqa: BLE001 - a fault of ours; 1 would say that a case failed
        line = f"{type(error).__name__}: {clean(error)}"
        hint = "report what is above" if debug else f"give {DEBUG} to see where, and report it"
        status = _failed(f"expected no fault of faceaudit itself, got {line}; {hint}", error, debug)
    try:
        sys.stderr.flush()
    except OSError:
        _write_no_more(sys.stderr)
    sys.exit(status)


def _write_no_more(stream: TextIO) -> None:
    """Let what is left in the buffer go; Python would try again at its end, and end with 120."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _split_debug(arguments: list[str]) -> tuple[list[str], bool]:
    """Return what was typed without `--debug`, which may stand behind a verb too, and whether."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    kept = [one for one in arguments[:end] if one != DEBUG]
    return [*kept, *arguments[end:]], len(kept) < end


def _failed(line: str, error: BaseException, debug: bool) -> int:
    """Say an error, and where it was raised if that is asked for; return the status of errors."""
    if debug:
        with suppress(OSError):
            for each in traceback.format_exception(error):
                sys.stderr.write(clean(each, TRACED, keep="\n"))
    complain(line)
    return 2


def _run(arguments: list[str], *, debug: bool) -> int | str | None:
    """Return the status that the command line ends with."""
    try:
        try:
            # Not by itself: it would print what was typed as it is, whatever that does.
            status = app(arguments, standalone_mode=False)
            sys.stdout.flush()  # else what cannot be written comes to light after the last handler
        except SystemExit as end:
            sys.stdout.flush()
            status = end.code
        if status == INTERRUPTED:
            complain("stopped")
        return status if isinstance(status, int) else 0
    except FaceAuditError as error:
        return _failed(str(error), error, debug)
    except Stopped as stopped:
        complain(str(stopped))
        err.print("go on with: ", end="")
        err.print(
            spell(shlex.join([app.info.name or "", *arguments])),  # whole, as it is to be copied
            highlight=False,
            soft_wrap=True,
        )
        return INTERRUPTED
    except (KeyboardInterrupt, typer.Abort):
        complain("stopped")
        return INTERRUPTED
    except OSError as error:
        return _not_written(error, debug)
    except MISUSED as error:
        return _misused(error)


def _not_written(error: OSError, debug: bool) -> int:
    """Say that something cannot be read or written; return the status."""
    _write_no_more(sys.stdout)
    if error.errno == errno.EPIPE:  # whoever read the output wants no more of it
        return 1
    if error.errno in FULL:
        line = f"expected room to write, got {error}; free some and give the same command again"
    else:
        line = f"expected to read and write, got {error}; check what it names"
    return _failed(line, error, debug)


def _misused(error: Any) -> int:
    """Say what is wrong with what was typed; return the status of errors."""
    if type(error).__name__ != "NoArgsIsHelpError":  # whose help is printed
        context = error.ctx
        path = app.info.name if context is None else context.command_path
        complain(f"{error.format_message().rstrip('.')}; see {path} --help")
    return int(error.exit_code)
