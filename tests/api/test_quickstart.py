"""The Python in docs/quickstart.md runs as it is written, block after block."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit import Store
from helpers.documents import ROOT, blocks_of

PAGE = ROOT / "docs" / "quickstart.md"


def test_every_block_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (plan,) = blocks_of(PAGE, "yaml")
    (tmp_path / "plan.yaml").write_text(plan.text)
    seen: dict[str, object] = {}
    said = []
    for block in blocks_of(PAGE, "python"):
        exec(compile(block.text, str(block), "exec"), seen)
        said.append(capsys.readouterr().out)
    assert all(said), "each shows something"
    assert "accessory attack_success" in said[0]
    assert all(record.error is None for record in Store("audit").cases())
    assert (tmp_path / "audit" / "report.html").exists()
    assert said[-1].startswith("expected a network"), "the mistake"


def test_the_main_job_takes_five_lines() -> None:
    first = blocks_of(PAGE, "python")[0].text
    assert len([line for line in first.splitlines() if line]) <= 5
    assert "faceaudit.run(" in first
    assert "faceaudit.results(" in first
