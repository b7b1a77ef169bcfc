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
from typing import Annotated

import typer

import faceaudit
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
    poison,
    report,
    results,
    run,
    serve,
    train_verifier,
    verify,
    weights,
)
from faceaudit.cli.console import Stopped, complain, err, printable
from faceaudit.errors import FaceAuditError

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The numbers of errors that say that a disk is full."""

INTERRUPTED = 130
"""The exit status of what was stopped."""

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
app.command("train-verifier")(train_verifier.train_verifier)
app.command("verify")(verify.verify)
app.command("serve")(serve.serve)
app.command("app")(app_verb.app)
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(faces.app, name="faces")
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
) -> None:
    del version


def main() -> None:
    """Run the command line; what goes wrong on purpose ends with one line and status 2."""
    try:
        status = _run()
    except Exception:  # noqa: BLE001 - a fault of ours; Python's 1 would say that a case failed
        traceback.print_exc()
        status = 2
    sys.exit(status)


def _run() -> int | str | None:
    """Return the status that the command line ends with."""
    try:
        try:
            app()
        except SystemExit as end:
            sys.stdout.flush()  # else what cannot be written comes to light after the last handler
            if end.code == INTERRUPTED:
                complain("stopped")
            return end.code
        return 0
    except FaceAuditError as error:
        complain(str(error))
        return 2
    except Stopped as stopped:
        complain(str(stopped))
        err.print("go on with: ", end="")
        err.print(
            printable(shlex.join([app.info.name or "", *sys.argv[1:]])),
            markup=False,
            highlight=False,
            soft_wrap=True,
        )
        return INTERRUPTED
    except KeyboardInterrupt:
        complain("stopped")
        return INTERRUPTED
    except OSError as error:
        # What is left in the buffer would be tried again at the end, and fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if error.errno in FULL:
            complain(
                f"expected room to write, got {error}; free some and give the same command again"
            )
        elif error.errno != errno.EPIPE:  # whoever read the output wants no more of it
            complain(f"expected to read and write, got {error}; check what it names")
        return 1 if error.errno == errno.EPIPE else 2
