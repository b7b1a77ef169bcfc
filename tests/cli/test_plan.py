"""`faceaudit plan` and `faceaudit schema`: plans written out, and what editors read."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml
from typer.testing import CliRunner

from faceaudit.audit.plan_file import load_plan
from faceaudit.audit.plan_schema import LINE, plan_schema
from faceaudit.cli import app
from faceaudit.errors import OptionError

PLAN = """
preset: quick
backdoor:
  faces: {source: synthetic, people: 5}
  split: {train: [20, 30]}
  systems: [{network: deepid, training: {epochs: [1, 2]}}]
  exclude: [{attack: accessory}]
"""


@pytest.fixture(autouse=True)
def _there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plan.yaml").write_text(PLAN, "utf-8")


def call(*words: str) -> str:
    done = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_plan_is_written_out_as_it_will_run() -> None:
    said = call("plan", "plan.yaml", "--set", "title=mine", "-o", "new/out.yaml")
    assert "written: new/out.yaml" in said
    text = Path("new/out.yaml").read_text("utf-8")
    assert text.startswith(LINE)
    assert "preset" not in text
    assert load_plan("new/out.yaml") == load_plan("plan.yaml", ["title=mine"])
    assert len(yaml.safe_load(text)["backdoor"]) == 2
    assert call("plan", "plan.yaml", "--set", "title=mine") == text
    with pytest.raises(OptionError, match=r"expected a new file, got new/out.yaml"):
        call("plan", "plan.yaml", "-o", "new/out.yaml")
    call("plan", "plan.yaml", "-o", "new/out.yaml", "--force")
    assert load_plan("new/out.yaml") == load_plan("plan.yaml")


def test_the_schema_is_that_of_plans() -> None:
    call("schema", "-o", "plan.schema.json")
    written = json.loads(Path("plan.schema.json").read_text("utf-8"))
    assert written == plan_schema() == json.loads(call("schema"))
    jsonschema.Draft202012Validator(written).validate(yaml.safe_load(PLAN))


def test_presets_are_shown() -> None:
    shown = call("show", "paper")
    assert "paper (preset)" in shown
    values = yaml.safe_load(shown.split("\n", 2)[2])
    assert set(values) == {"backdoor", "membership"}
    assert values["backdoor"]["split"]["train"] == 90
