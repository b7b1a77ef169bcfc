"""Text from outside reaches a terminal bounded and spelled out, whichever command prints it."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from rich.table import Table
from safetensors.torch import save_file
from typer.testing import CliRunner, Result

from faceaudit.cleaning import clean
from faceaudit.cli import app, console
from faceaudit.cli.lengths import LINE
from faceaudit.errors import FaceAuditError
from faceaudit.networks import networks
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Figure

STEERS = [
    "\x1b[31mred",
    "bell\a",
    "one\ndecision: forged",
    "\r\r",
    "\x9b2J",
    "\u202eabc",
    "\x7f",
    "[/red][bold]",
    "\u2028\U000e0041",
    "half\udcff",
]
LONG = "x" * 150
NETWORK = ["--network", "deepid", "--network-set", "width=0.2"]
WIDEST = LINE + 400
"""Our own words beside a line of somebody else's."""
FACTS = {
    "system": "s",
    "network": "deepid",
    "people": 2,
    "training_photos": 4,
    "test_photos": 2,
    "shared_session_photos": None,
    "poison_samples": 0,
    "source": "folder",
    "learn": "everything",
    "backbone": None,
    "attack": None,
}


class Work:
    """Photos, lists, weights and a store whose names hold what could steer a terminal."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.photos = root / "photos"
        rng = np.random.default_rng(0)
        names = [evil.replace("/", "") for evil in STEERS]
        self.names = []
        for person, evil in enumerate([*names, LONG, "plain"]):
            folder = f"{person}{evil}"
            for photo in range(4):
                path = self.photos / folder / f"{photo}{evil}.png"
                path.parent.mkdir(parents=True, exist_ok=True)
                pixels = rng.integers(0, 256, (60, 50, 3), dtype=np.uint8)
                Image.fromarray(pixels).save(path)
                self.names.append(f"{folder}/{path.name}")
        for evil in names:
            (self.photos / f"0{STEERS[0]}" / f"broken{evil}.png").write_bytes(b"none")
        torch.manual_seed(0)
        network = networks.build({"network": "deepid", "width": 0.2}).build()
        self.weights = root / "deepid.safetensors"
        save_file(network.state_dict(), self.weights)
        self.keys = root / "keys.safetensors"
        tensors = {
            f"{evil}{n}": torch.zeros(2) for n, evil in enumerate([*STEERS[:-1], "y" * 5000])
        }
        save_file(tensors, self.keys, {evil: evil * 9 for evil in STEERS[:-1]})
        self.pairs = self._listed("pairs.csv", self.names[:-4])
        self.others = self._listed("others.csv", self.names[4:])
        self.listed = root / "list.txt"
        lines = [f"{name.splitlines()[0]}\t{name[:3]}" for name in self.names]
        text = "\n".join([*lines, *(f"gone{evil}\ta" for evil in STEERS)])
        self.listed.write_bytes(os.fsencode(text))
        self.store = self._failed_case()

    def _listed(self, name: str, photos: list[str]) -> Path:
        rows = [f'"{a}","{b}",{a[0] == b[0]:d}' for a, b in pairwise(photos)]
        rows += [f'"gone{evil}","{photos[0]}",0' for evil in [*STEERS, "z" * 1000]]
        (self.root / name).write_bytes(os.fsencode("\n".join(["image1,image2,label", *rows])))
        return self.root / name

    def _failed_case(self) -> Path:
        store = Store(self.root / "hostile")
        evil = "".join(STEERS) * 400
        spec = {
            "kind": "backdoor",
            "system": {"network": {"network": evil}},
            "attack": {"attack": evil, "samples": 3},
            "mitigation": None,
            "seed": 0,
        }
        ids = [f"{n}" * 64 for n in (1, 2)]
        store.write_run({"cases": ids, "plan": {}})
        store.write_case(
            CaseRecord(ids[0], spec, {**FACTS, "network": evil}, (Figure(evil, None, evil),))
        )
        store.write_case(CaseRecord(ids[1], spec, error=evil, traceback=evil))
        return self.root / "hostile"


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Work:
    root = tmp_path_factory.mktemp("outside") / "[" / "red]"  # every path reads [/red] as markup
    root.mkdir(parents=True)
    return Work(root)


def call(*arguments: object) -> Result:
    return CliRunner(env={"COLUMNS": "200"}).invoke(app, [str(one) for one in arguments])


def with_photos(work: Work, *before: str) -> tuple[object, ...]:
    faces = ("--faces", f"folder:{work.photos}")
    return (*before, *faces, *NETWORK, "--weights", work.weights, "--store", work.root / "s")


COMMANDS: dict[str, Callable[[Work], tuple[object, ...]]] = {
    "faces inspect": lambda w: ("faces", "inspect", f"folder:{w.photos}", "--store", w.root / "s"),
    "faces inspect listed": lambda w: (
        *("faces", "inspect", f"listed:{w.listed}", "--source", f"root={w.photos}"),
        *("--store", w.root / "s", "--notes"),
    ),
    "faces pack": lambda w: ("faces", "pack", f"folder:{w.photos}", "--store", w.root / "s"),
    "embed": lambda w: (
        *("embed", f"folder:{w.photos}", *NETWORK, "--weights", w.weights),
        *("--store", w.root / "s", "-o", w.root / "out\x1b[31m.npz"),
    ),
    "evaluate verification": lambda w: (
        *with_photos(w, "evaluate", "verification"),
        *("--pairs", w.pairs, "--folds", 2),
    ),
    "evaluate identification": lambda w: with_photos(w, "evaluate", "identification"),
    "train-verifier": lambda w: (
        *with_photos(w, "train-verifier"),
        *("--predictor", "cosine", "--held-out", 0.5, "-o", w.root / "ver\x9bifier"),
    ),
    "verify": lambda w: (
        *("verify", w.photos / w.names[0], w.photos / w.names[8], "--verifier"),
        w.root / "ver\x9bifier",
    ),
    "gate": lambda w: ("gate", w.pairs, w.others, "--photos", w.photos),
    "weights inspect": lambda w: ("weights", "inspect", w.keys, "--all"),
    "results": lambda w: ("results", w.store),
    "results --tracebacks": lambda w: ("results", w.store, "--tracebacks"),
    "check": lambda _: ("check", "--no-time", "--set", f"backdoor.target={''.join(STEERS)}"),
    "check of a source": lambda w: (
        *("check", "--no-time", "--set", f"backdoor.faces={{source: folder, path: '{w.photos}'}}"),
    ),
    "check of a store": lambda w: ("check", "--no-time", "--store", w.root / "hostile"),
    "report": lambda w: ("report", w.root / "s\x1b[31m"),
    "show": lambda _: ("show", "".join(STEERS)),
    "plan": lambda w: ("run", w.root / f"plan{STEERS[0]}"),
    "weights load": lambda w: ("weights", "load", w.keys, *NETWORK),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_nothing_steers_the_terminal_or_fills_it(
    work: Work, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = call(*COMMANDS[name](work))
    printed = done.stdout + done.stderr
    if isinstance(done.exception, FaceAuditError):
        console.complain(str(done.exception))  # as `main` does
        printed += capsys.readouterr().err
    elif done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert len(printed) > 20
    lines = printed.split("\n")
    assert [line for line in lines if not line.isprintable()] == []
    assert max(map(len, lines)) <= WIDEST
    assert "\ndecision: forged" not in printed


def test_json_is_exact(work: Work) -> None:
    done = call("results", work.store, "--json", "-")
    assert done.stdout.isascii()
    rows = json.loads(done.stdout)
    evil = "".join(STEERS) * 400
    assert {rows[0]["metric"], rows[0]["note"]} == {evil}
    assert all(line.isprintable() for line in done.stdout.split("\n"))


def test_text_is_cut_in_its_middle() -> None:
    assert clean("a" * 30 + "b" * 30, 11) == "aaaa...bbbb"
    assert clean("a\nb") == r"a\nb"
    assert clean("\x1b" * 3, 12) == r"\x1b\x1b\x1b"
    assert len(clean("\x1b" * 10_000)) <= 300


def test_names_are_not_read_as_markup_or_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    console.say("[bold]:smiley: [/] :warning:")
    console.warn("[red]:x:\\")
    printed = capsys.readouterr()
    assert printed.out == "[bold]:smiley: [/] :warning:\n"
    assert printed.err == "warning: [red]:x:\\\n"


def test_a_path_in_an_error_can_be_copied(capsys: pytest.CaptureFixture[str]) -> None:
    path = "/photos/" + "d" * 400 + "/two  blanks.onnx"
    console.complain(f"expected a file, got {path}\n\n  try another\x1b[31m")
    shown = capsys.readouterr().err
    assert shown == f"error: expected a file, got {path} try another\\x1b[31m\n"


def test_a_console_spells_out_what_nobody_else_did() -> None:
    said = io.StringIO()
    table = Table("name")
    table.add_row("".join(STEERS[:2]))
    safe = console.SafeConsole(file=said, width=100, emoji=False)
    safe.print(table)
    safe.print("one\ntwo \x9b2J", markup=False)
    assert [line for line in said.getvalue().split("\n") if not line.isprintable()] == []
    assert r"\x1b[31mred" in said.getvalue()
    assert "one\ntwo \\x9b2J\n" in said.getvalue()
    coloured = console.SafeConsole(file=io.StringIO(), force_terminal=True, width=100)
    coloured.print("[bold]yes[/]")
    assert isinstance(coloured.file, io.StringIO)
    assert "\x1b[1m" in coloured.file.getvalue(), "what rich adds itself stays"
