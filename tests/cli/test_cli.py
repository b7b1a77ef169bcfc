from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from typer.testing import CliRunner

from faceaudit.audit.plan_file import load_plan
from faceaudit.cli import app
from helpers.warm import faceaudit as call
from helpers.warm import warm

PLAN = """
title: a small audit
backdoor:
  faces: {source: synthetic, people: 4, photos: 30, sessions: 3}
  split: {train: 12, validation: 3, test: 6}
  systems: [{network: {network: deepid, width: 0.3}, training: {epochs: 2, batch: 32}}]
  attacks: [{attack: input_instance, sweep: [1]}, {attack: accessory, samples: 5, instances: 6}]
  wrong_keys: 2
"""


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, "utf-8")
    return path


def test_run_then_read_what_it_found(plan: Path, tmp_path: Path) -> None:
    store = tmp_path / "my audit"
    ran = call("run", plan, "--store", store)
    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == "", "quiet when not a terminal"
    assert "4 cases run, 0 kept from before, 0 failed" in ran.stdout
    report = store / "report.html"
    assert f"report: {report}" in ran.stdout
    assert "a small audit" in report.read_text("utf-8")
    again = call("run", plan, "--store", store)
    assert "0 cases run, 4 kept from before" in again.stdout
    rows = json.loads(call("results", store, "--json", "-").stdout)
    assert set(rows[0]) >= {
        *("kind", "case", "system", "attack", "mitigation", "metric", "value", "low", "high", "n"),
    }
    assert {row["attack"] for row in rows} == {"none", "input_instance", "accessory"}
    assert "attack_success" in call("results", store).stdout
    other = tmp_path / "other.html"
    assert call("report", store, "--output", other).returncode == 0
    assert other.read_text("utf-8") == report.read_text("utf-8")


def test_a_failed_case_ends_with_status_1(plan: Path, tmp_path: Path) -> None:
    options = "backdoor.systems.0.training.learning_rate=1e30", "backdoor.attacks=[]"
    ran = call("run", plan, "--store", tmp_path / "s", *(f"--set={option}" for option in options))
    assert ran.returncode == 1
    assert "error: deepid pristine: expected a training with finite losses" in ran.stderr
    assert "1 failed" in ran.stdout


def test_what_cannot_end_is_refused_by_check_and_run_alike(plan: Path, tmp_path: Path) -> None:
    more = "--store", tmp_path / "s", "--set", "backdoor.attacks.1.samples=40"
    checked, ran = call("check", plan, *more), call("run", plan, *more)
    for done in (checked, ran):
        assert done.returncode == 2
        (line,) = done.stderr.splitlines()
        assert line.startswith("error: accessory x40: expected at least 46 donor photos")
        assert "got 27; of 30 photos a person up to 12 go to training, 3 to validation" in line
        assert line.endswith(
            "try backdoor.split.train=5, which leaves 48 of 3 people: enough for every attack"
        )
    assert "cannot run to its end" in checked.stdout
    assert not (tmp_path / "s").exists()
    assert (
        call("check", plan, *more, "--set", "backdoor.split.train=5", "--no-time").returncode == 0
    )


def test_a_store_elsewhere_keeps_its_report(plan: Path) -> None:
    ran = call("run", plan, "--store", "memory://audit", "--set", "backdoor.attacks=[]")
    assert ran.returncode == 0, ran.stderr
    assert "1 cases run" in ran.stdout
    assert ran.stdout.endswith("report: memory://audit/report.html\n")


def test_a_fault_of_ours_is_not_told_as_a_failed_case() -> None:
    code = (
        "import sys; sys.argv[1:] = ['ls']; import faceaudit.cli as cli\n"
        "cli.app = lambda *_, **__: 1 / 0\n"
        "cli.main()"
    )
    done = warm().run(code)
    assert done.returncode == 2
    assert "ZeroDivisionError" in done.stderr


@pytest.mark.parametrize("arguments", [["weights", "ls"], ["--version"], ["run", "--help"]])
def test_a_full_disk_ends_with_one_line_and_status_2(arguments: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = call(*arguments, stdout=full.fileno())
    assert done.returncode == 2
    assert done.stderr.startswith("error: expected room to write, got")
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_check_computes_nothing(plan: Path, tmp_path: Path) -> None:
    checked = call("check", plan)
    assert checked.returncode == 0, checked.stderr
    assert "The plan is valid" in checked.stdout
    assert "systems to train" in checked.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.yaml"]


def test_a_plan_is_checked_where_its_photos_are_not() -> None:
    plan = "youtube-faces"
    checked = call("check", plan, "--set", "faces.path=/no/such/aligned_images_DB")
    assert checked.returncode == 2
    assert "cannot run to its end" in checked.stdout
    assert "unknown until read" in checked.stdout
    assert checked.stderr.startswith("error: expected a path that can be read")
    assert len(checked.stderr.splitlines()) == 1
    assert call("check", plan, "--plan-only").returncode == 0
    with_mistake = call("check", plan, "--set", "backdoor.split.by=vidoe")
    assert with_mistake.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "missing.yaml"], "error: expected a plan in YAML, got 'missing.yaml'"),
        (["check", "--set", "backdoor.attacks.0.attack=blendet"], "got 'blendet'; try 'blended'"),
        (
            ["check", "--set", "backdoor.split.train=lots"],
            "backdoor.split.train: expected a valid integer",
        ),
        (["show", "blendet"], "got 'blendet'; try 'blended'"),
        (["ls", "backdoor_atack"], ", ...), got 'backdoor_atack'; try 'backdoor_attack'"),
        (["results", "/no/such/store"], "expected a store with an audit in it"),
        (["report", "/no/such/store"], "expected a store with an audit in it"),
        (["faces", "inspect", "folder:/no/such/folder"], "expected a path that can be read"),
        (["faces", "inspect", "synthetic", "--size", "big"], "expected --size HEIGHTxWIDTH"),
        (["faces", "inspect", "synthetic", "--sheet", "a.txt"], "expected --sheet FILE.png"),
        (["faces", "inspect", "syntetic"], "got 'syntetic'; try 'synthetic'"),
    ],
)
def test_mistakes_end_with_one_line_and_status_2(arguments: list[str], message: str) -> None:
    done = call(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert "Traceback" not in done.stderr


def test_ls_and_show_know_everything() -> None:
    runner = CliRunner(env={"COLUMNS": "200"})
    listed = runner.invoke(app, ["ls"]).output
    for name in ("synthetic", "lfw", "deepid", "input_instance", "blended_accessory"):
        assert name in listed
    only = runner.invoke(app, ["ls", "network"]).output
    assert "deepid" in only
    assert "blended" not in only
    shown = runner.invoke(app, ["show", "blended"]).output
    for text in ("1712.05526", "ratio", "0.2", "share of the key in a poison sample"):
        assert text in shown


def test_options_that_are_components_are_shown_as_a_plan_spells_them() -> None:
    runner = CliRunner(env={"COLUMNS": "200"})
    shown = " ".join(runner.invoke(app, ["show", "fusion"]).output.split())
    assert "{mitigation: backbone_agreement, features: ['pixels']}" in shown
    assert "BackboneAgreement(" not in shown


def test_help_waits_for_nothing_slow() -> None:
    slow = "torch", "scipy", "pydantic", "matplotlib", "cv2", "onnxruntime", "timm"
    code = f"import sys, faceaudit.cli; print(sorted({set(slow)} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_check_looks_at_weights(plan: Path, tmp_path: Path) -> None:
    weights = tmp_path / "weights.pt"
    option = f"backdoor.systems.0.weights={weights}"
    absent = call("check", plan, "--set", option)
    assert absent.returncode == 2
    assert f"error: expected a file that is here, got none: weights: {weights}" in absent.stderr
    torch.save({"conv1.weight": torch.zeros(1)}, weights)
    wrong = call("check", plan, "--set", option)
    assert wrong.returncode == 2
    assert "error: expected the weights of 'deepid'" in wrong.stderr


def test_help_tells_how() -> None:
    runner = CliRunner(env={"COLUMNS": "200"})
    assert "backdoor" in runner.invoke(app, ["--help"]).output
    for verb in ("run", "check", "ls", "show", "report", "results"):
        assert runner.invoke(app, [verb, "--help"]).exit_code == 0
    shown = " ".join(runner.invoke(app, ["run", "--help"]).output.replace("│", " ").split())
    overrides = ["backdoor.attacks.0.samples=20", "seeds=[0, 1]"]
    assert f"as in {' or '.join(overrides)}" in shown
    load_plan("default", overrides)  # what the help shows is taken


def test_faces_are_inspected_with_what_was_left_out(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    for person in ("Zoë", "Ann"):
        for photo in range(3):
            path = tmp_path / "photos" / person / f"{photo}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(rng.integers(0, 255, (20, 20, 3), dtype=np.uint8)).save(path)
    (tmp_path / "photos" / "Ann" / "broken.jpg").write_bytes(b"\xff\xd8\xff nothing")
    sheet = tmp_path / "sheet.png"
    source, store = f"folder:{tmp_path / 'photos'}", tmp_path / "store"
    seen = call("faces", "inspect", source, "--store", store, "--size", "32x32", "--sheet", sheet)
    assert seen.returncode == 0, seen.stderr
    assert "left out: Ann/broken.jpg: expected" in seen.stdout
    with Image.open(sheet) as picture:
        assert picture.size == (320, 64)
        pixels = np.asarray(picture)
    assert (pixels[:, 96:] == 255).all(), "three photos a person, none of them twice"
    assert len({pixels[:32, 32 * at : 32 * at + 32].tobytes() for at in range(3)}) == 3
    packed = call("faces", "pack", source, "--store", store, "--size", "32x32")
    assert "6 photos packed, 1 left out" in packed.stdout
