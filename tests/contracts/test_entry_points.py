"""Members of other packages, which pip installs from a wheel and an entry point names."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

MEMBER = '''"""An attack of another package."""
from typing import ClassVar

from faceaudit.attacks.backdoor.base import backdoor_attacks
from faceaudit.attacks.backdoor.blended import Blended


@backdoor_attacks.register
class Whispered(Blended):
    """Blend a cartoon so faintly that nobody sees it."""

    name: ClassVar[str] = "whispered"
    paper: ClassVar[str] = "after Chen, Liu, Li, Lu, Song 2017, arXiv 1712.05526"
    version: ClassVar[int] = 3
'''


def build(folder: Path, member: str) -> Path:
    """Build a wheel of one module."""
    wheel, info = folder / "whisper-1.0-py3-none-any.whl", "whisper-1.0.dist-info"
    files = {
        "whisper.py": member,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: whisper\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[faceaudit.components]\nwhisper = whisper\n",
    }
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", "".join(f"{name},,\n" for name in files))
    return wheel


def install(wheel: Path) -> Path:
    """Have pip install a wheel, and return where."""
    site = wheel.parent / "site"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-index", "--no-deps"]
    subprocess.run([*command, "--target", str(site), str(wheel)], check=True)
    return site


def unpack(wheel: Path) -> Path:
    """Put a wheel where Python looks for it, as pip does in ten times as long; return where."""
    site = wheel.parent / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    return site


def faceaudit(site: Path, *words: str) -> subprocess.CompletedProcess[str]:
    code = "from faceaudit.entry import main; main()"
    environment = {**os.environ, "PYTHONPATH": str(site), "COLUMNS": "200"}
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def test_an_installed_package_adds_a_member(tmp_path: Path) -> None:
    site = install(build(tmp_path, MEMBER))
    listed = faceaudit(site, "ls", "backdoor_attack")
    assert listed.returncode == 0, listed.stderr
    assert "whispered" in listed.stdout
    assert "Blend a cartoon so faintly" in faceaudit(site, "show", "whispered").stdout
    plan = tmp_path / "plan.yaml"
    plan.write_text(
        "faces: {source: synthetic, people: 3}\n"
        "backdoor: {systems: [{network: deepid}], attacks: [{attack: whispered, ratio: 0.01}]}\n"
    )
    checked = faceaudit(site, "check", str(plan), "--plan-only")
    assert checked.returncode == 0, checked.stderr
    assert "whispered" not in faceaudit(tmp_path, "ls").stdout, "not installed, not listed"


@pytest.mark.parametrize(
    ("member", "message"),
    [
        ("import nowhere", "got ModuleNotFoundError: No module named 'nowhere'"),
        (MEMBER.replace('"whispered"', '"blended"'), "name of its own, got 'blended' a second"),
        (
            MEMBER.replace('"whispered"', '"blended"')
            .replace("import Blended", "import Blended as Theirs")
            .replace("class Whispered(Blended)", "class Blended(Theirs)"),
            "name of its own, got 'blended' a second",
        ),
    ],
    ids=["broken", "name taken", "name and class taken"],
)
def test_a_broken_package_is_named(tmp_path: Path, member: str, message: str) -> None:
    done = faceaudit(unpack(build(tmp_path, member)), "ls", "backdoor_attack")
    assert done.returncode == 2
    said = " ".join(done.stderr.split())
    assert "expected components from 'whisper' of whisper" in said
    assert message in said
    assert "mend or uninstall whisper" in said
