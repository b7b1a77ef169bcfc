"""docs/extending.md: its examples are a package that is installed, found and used."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from helpers.documents import ROOT, blocks_of

PAGE = ROOT / "docs" / "extending.md"
ADDED = {
    "backdoor_attack": "stripe",
    "backdoor_mitigation": "farthest",
    "membership_attack": "certainty",
    "membership_mitigation": "limited",
    "network": "flat",
    "predictor": "halfway",
    "source": "patterns",
    "align": "portrait",
    "system_under_test": "colours",
    "extraction_attack": "fewest",
    "generator": "tint",
    "template_inversion": "brightest",
    "identifier_inversion": "blank",
    "template_protection": "reverse",
    "linkage_attack": "absolute",
    "enrolment_attack": "dot",
    "enrolment_mitigation": "half_open",
    "master_face_attack": "firsts",
    "master_key_attack": "monocle",
    "master_key_mitigation": "every_other_pair",
    "evasion_attack": "darker",
    "matching_mitigation": "rounder",
    "attribute_attack": "frequent",
    "attribute_mitigation": "half",
    "backbone_attack": "largest",
    "scan_stage": "unchanged",
}


def install(folder: Path) -> None:
    """Write every example to the file that its first line names, with the entry point."""
    for language in ("python", "jinja"):
        for block in blocks_of(PAGE, language):
            first = block.text.partition("\n")[0]
            place = folder / first.strip("#{} ")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(block.text)
    (project,) = blocks_of(PAGE, "toml")
    described = tomllib.loads(project.text)["project"]
    info = folder / f"{described['name']}-{described['version']}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {described['name']}\nVersion: {described['version']}\n"
    )
    points = "".join(
        f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in given.items())
        for group, given in described["entry-points"].items()
    )
    (info / "entry_points.txt").write_text(points)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What an audit with all of the examples found."""
    folder = tmp_path_factory.mktemp("extended")
    install(folder)
    environment = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, "-W", "error", Path(__file__).with_name("use_extensions.py"), folder],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_every_family_has_an_example_that_is_found_by_its_name(found: dict[str, Any]) -> None:
    assert set(ADDED) == set(found["names"])
    for family, name in ADDED.items():
        assert name in found["names"][family]


def test_they_audit_together(found: dict[str, Any]) -> None:
    assert found["failed"] == []
    measured = {
        (kind, attack, mitigation)
        for kind, attack, mitigation, _, value in found["rows"]
        if value is not None
    }
    assert ("backdoor", "stripe", "none") in measured
    assert ("membership", "certainty", "none") in measured
    assert ("finished", "stripe", "none") in measured
    assert ("membership", "certainty", "limited(limit=0.9)") in measured


def test_what_they_do_to_templates_is_measured(found: dict[str, Any]) -> None:
    measured = {
        (
            kind,
            attack.partition("(")[0].strip(),
            mitigation.partition("(")[0].strip(),
            metric,
        ): value
        for kind, attack, mitigation, metric, value in found["rows"]
    }
    assert measured["inversion", "brightest", "reverse", "solution_rate"] == 1
    assert measured["inversion", "brightest", "reverse", "queries"] == 0
    assert {
        ("inversion", "search"),
        ("linkage", "absolute"),
        ("enrolment", "dot"),
        ("master_face", "firsts"),
        ("master_key", "monocle"),
        ("evasion", "darker, dodge"),
        ("attribute_inference", "frequent"),
    } <= {key[:2] for key, value in measured.items() if value is not None}
    assert any(key[0] == "attribute_inference" and key[2] == "half" for key in measured)


def test_the_way_to_align_keeps_the_upper_part(found: dict[str, Any]) -> None:
    assert ["grey", "none", "none", "grey_share", 0.5] in found["rows"]


def test_the_new_kind_has_its_section_of_the_report(found: dict[str, Any]) -> None:
    assert '<section id="grey"' in found["page"]
    assert "of 4\N{NO-BREAK SPACE}photos have no colour" in found["page"]
