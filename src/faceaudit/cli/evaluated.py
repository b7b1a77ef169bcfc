"""What `faceaudit evaluate` prints beside figures by group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from faceaudit.cli.console import out, say
from faceaudit.cli.figures import figures_table, thresholds_table

if TYPE_CHECKING:
    from faceaudit.api.faces import LoadedFaces
    from faceaudit.protocols import Result
    from faceaudit.systems.embedding.load import LoadedEmbedder


def print_verification(result: Result) -> None:
    """Print figures, thresholds, and what both rest on."""
    facts = result.facts
    out.print(figures_table(result.figures))
    out.print()
    out.print(thresholds_table(result.thresholds))
    known = "" if facts["people"] is None else f", of {facts['people']:,} people"
    say(f"pairs: {facts['genuine']:,} genuine and {facts['impostor']:,} impostor{known}")
    if facts["strangers"]:
        say(f"thresholds: of all genuine pairs and {facts['strangers']:,} pairs of strangers")
    if facts["conflicts"]:
        say(f"labels: {facts['conflicts']:,} contradict the names of the people compared")
    if facts["repeats"]:
        say(f"left out: {facts['repeats']:,} comparisons that came again, or with both labels")
    if facts["convention"] is not None:
        say(f"convention: {facts['convention']}: {facts['rule']}")


def say_what_was_used(chosen: LoadedEmbedder, loaded: LoadedFaces, **more: str) -> None:
    """Print what the figures rest on, a line each."""
    network = f"{chosen.embedder.network.name}, {chosen.input}, {chosen.preparation}"
    aligned = "not aligned here" if loaded.align is None else f"aligned by {loaded.align.name}"
    faces = f"{len(loaded.faces):,} photos of {len(loaded.faces.names):,} people, {aligned}"
    if loaded.remarks:
        faces += f"; {len(loaded.remarks):,} have a note, see `faceaudit faces inspect`"
    for key, value in {"network": network, "faces": faces, **more}.items():
        say(f"{key}: {value}")
