"""`faceaudit results`: a short table, a full one, and what the filters leave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from faceaudit.cli import app
from faceaudit.cli.results import NUMBERS, WORDS
from faceaudit.errors import OptionError
from faceaudit.records.backdoor import CLEAN, SUCCESS, WRONG_KEY
from faceaudit.store import CaseRecord, Store
from faceaudit.types import Estimate, Figure

SPEC = {
    "kind": "backdoor",
    "system": {"network": {"network": "deepid"}},
    "attack": {"attack": "blended", "samples": 5},
    "mitigation": None,
    "seed": 0,
}
FACTS = {
    "system": "s",
    "network": "deepid",
    "people": 2,
    "training_photos": 4,
    "test_photos": 2,
    "shared_session_photos": None,
    "poison_samples": 5,
    "source": "folder",
    "learn": "everything",
    "backbone": None,
    "attack": None,
}


def write(folder: Path) -> str:
    store = Store(str(folder))
    figures = (
        Figure(SUCCESS, Estimate(0.5, 0.05, 1.0, 12, "wilson 95 %")),
        Figure(WRONG_KEY, Estimate(0.25, 0.2, 0.3, 5, "wilson 95 %")),
        Figure(f"{WRONG_KEY}:\x1b[31mkey", Estimate(1.0, 0.9, 1.0, 1200, "wilson 95 %")),
        Figure("unseen_auc", Estimate(0.9876, 0.9, 0.9999, 40, "by people 95 %")),
        Figure(CLEAN, None, "no photo [was] tried"),
    )
    cases = [
        CaseRecord("a" * 64, SPEC, FACTS, figures=figures),
        CaseRecord("b" * 64, SPEC, error="no photos", traceback="Traceback\n  at last\n"),
    ]
    for case in cases:
        store.write_case(case)
    store.write_run({"cases": [case.id for case in cases]})
    return str(folder)


def say(*words: str) -> str:
    done = CliRunner().invoke(app, ["results", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert "\x1b" not in done.output
    return done.output


def test_what_does_not_vary_is_said_once(tmp_path: Path) -> None:
    said = say(write(tmp_path))
    common = "kind backdoor, system deepid, attack blended, samples 5, mitigation none, seed 0"
    assert said.splitlines() == [
        f"in every row: {common}",
        "case      metric              value     low     high   n",
        "aaaaaaaa  attack_success     50.0 %   5.0 %  100.0 %  12",
        "aaaaaaaa  wrong_key_success  25.0 %  20.0 %   30.0 %   5",
        "aaaaaaaa  unseen_auc          0.988   0.900    1.000  40",
        "aaaaaaaa  clean_accuracy     no photo [was] tried",
        "bbbbbbbb  failed             no photos",
        "not shown, of single targets and keys: 1; --all shows them",
    ]


def test_what_varies_stands_in_every_row(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    write(tmp_path)
    other = {**SPEC, "attack": {"attack": "accessory", "samples": 5}, "seed": 1}
    figure = Figure(SUCCESS, Estimate(0.5, 0.05, 1.0, 12, "wilson 95 %"))
    store.write_case(CaseRecord("c" * 64, other, FACTS, figures=(figure,)))
    store.write_run({"cases": ["a" * 64, "c" * 64]})
    said = say(str(tmp_path)).splitlines()
    assert said[0] == "in every row: kind backdoor, system deepid, samples 5, mitigation none"
    assert said[1].split() == ["case", "attack", "seed", "metric", *NUMBERS]
    assert said[2].split()[:4] == ["aaaaaaaa", "blended", "0", SUCCESS]
    assert said[6].split()[:4] == ["cccccccc", "accessory", "1", SUCCESS]


def test_everything_stands_in_columns_when_asked_for(tmp_path: Path) -> None:
    lines = say(write(tmp_path), "--all").splitlines()
    case = ["backdoor", "aaaaaaaa", "deepid", "blended", "5", "none", "0"]
    assert lines[0].split() == [*WORDS, *NUMBERS]
    assert lines[3].split() == [
        *(*case, f"{WRONG_KEY}:\\x1b[31mkey"),
        *("100.0", "%", "90.0", "%", "100.0", "%", "1200"),
    ]
    assert lines[5].split() == [*case, CLEAN, "no", "photo", "[was]", "tried"]
    assert len(lines) == 7
    assert lines[0].index("metric") == lines[1].index(SUCCESS)
    assert lines[0].index("value") + len("value") == lines[1].index("50.0 %") + len("50.0 %")
    assert len(lines[0]) == len(lines[3]), "the last column ends where its head does"


def test_rows_are_filtered_and_sorted(tmp_path: Path) -> None:
    store = write(tmp_path)
    found = say(store, "--metric", "*success", "--metric", "unseen*", "--sort", "value")
    assert [line.split()[1] for line in found.splitlines()[2:]] == [
        *(WRONG_KEY, SUCCESS, "unseen_auc"),
    ]
    assert say(store, "--sort", "-value").splitlines()[2].split()[1] == "unseen_auc"
    assert "no photos" in say(store, "--failed").splitlines()[2]
    one = say(store, "--metric", f"{WRONG_KEY}:*")
    assert "not shown" not in one
    assert "100.0 %" in one
    none = say(store, "--failed", "--metric", SUCCESS)
    assert none == "no figure\n"
    every = ("--kind", "backdoor", "--attack", "bl*", "--mitigation", "none", "--system", "deepid")
    assert say(store, *every, "--seed", "0") == say(store)


def test_json_has_every_row_that_the_filters_leave(tmp_path: Path) -> None:
    store = write(tmp_path / "audit")
    file = tmp_path / "rows.json"
    say(store, "--metric", "wrong*", "--json", str(file))
    rows = json.loads(file.read_text("utf-8"))
    assert [row["metric"] for row in rows] == [WRONG_KEY, f"{WRONG_KEY}:\x1b[31mkey"]
    assert len(json.loads(say(store, "--json", "-"))) == 6


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--attack", "blendet"), "got 'blendet'; try 'blended'"),
        (("--sort", "valeu"), "got 'valeu'; try 'value'"),
        (("--kind", "membership"), "expected a kind of these results"),
    ],
)
def test_a_miss_names_what_is_there(words: tuple[str, str], message: str, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["results", write(tmp_path), *words])
    assert isinstance(done.exception, OptionError)
    assert message in str(done.exception)


def test_tracebacks_are_printed_instead(tmp_path: Path) -> None:
    shown = say(write(tmp_path), "--tracebacks")
    assert shown.splitlines() == [f"{'b' * 64}:", "  Traceback", "    at last"]
    assert say(str(tmp_path), "--tracebacks", "--metric", SUCCESS) == ""


def test_a_store_without_a_figure_says_so(tmp_path: Path) -> None:
    Store(str(tmp_path)).write_run({"cases": []})
    assert say(str(tmp_path)) == "no figure\n"
