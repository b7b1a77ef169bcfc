"""`faceaudit init`: what it asks, takes, writes and refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer
from PIL import Image
from typer.testing import CliRunner

from faceaudit.audit.plan_file import load_plan
from faceaudit.cli import app
from faceaudit.cli import init as command
from faceaudit.errors import OptionError, SplitError


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FACEAUDIT_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    for person in range(4):
        (tmp_path / "photos" / f"p{person}").mkdir(parents=True)
        for photo in range(10):
            Image.new("RGB", (8, 8), (person, photo, 0)).save(f"photos/p{person}/{photo}.png")
    return tmp_path / "photos"


def call(*arguments: str) -> str:
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["init", *arguments, "--no-time"])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.output


def test_without_a_terminal_it_takes_defaults_and_says_them(photos: Path) -> None:
    said = call("folder:photos", "-o", "new/plan.yaml", "--seeds", "2", "--title", "Ours")
    assert "4 people with 10 photos each, 40 in all" in said
    assert "Faces are NOT looked for" in said
    assert "No trained weights were found" in said
    assert "no membership section: 440 people are the fewest, here are 4" in said
    assert "plan: new/plan.yaml" in said
    plan = load_plan("new/plan.yaml")
    assert (plan.title, plan.seeds) == ("Ours", (0, 1))
    assert plan.section("backdoor").faces.path == str(photos), "from wherever it is run"


def test_a_plan_that_is_there_stays(photos: Path) -> None:
    call("folder:photos")
    before = Path("plan.yaml").read_text("utf-8")
    with pytest.raises(OptionError, match=r"expected a new file, got plan.yaml"):
        call("folder:photos", "--title", "another")
    assert Path("plan.yaml").read_text("utf-8") == before
    call("folder:photos", "--title", "another", "--force")
    assert load_plan("plan.yaml").title == "another"


def test_too_few_photos_write_nothing(photos: Path) -> None:
    for file in photos.glob("p[12]/*"):
        file.unlink()
    with pytest.raises(SplitError, match="expected photos that carry an audit"):
        call("folder:photos", "-o", "few.yaml")
    assert not Path("few.yaml").exists()


def test_a_terminal_is_asked_for_what_is_not_found(
    photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    answers = iter(["yunet.onnx", ""])

    def prompt(text: str, **_: object) -> str:
        asked.append(text)
        return next(answers)

    monkeypatch.setattr(typer, "prompt", prompt)
    assert command._ask(None, None, aligned=False) == ("yunet.onnx", None)
    assert [text.split(",")[0] for text in asked] == [
        "YuNet's weights",
        "Trained weights of the network to audit (file",
    ]
    asked.clear()
    assert command._ask("mine.onnx", "mine.pt", aligned=False) == ("mine.onnx", "mine.pt")
    assert asked == [], "what is given is not asked for"
