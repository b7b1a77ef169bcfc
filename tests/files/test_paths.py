"""Paths as users write them lead where they say, or the error says what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from faceaudit.errors import PairsError, SourceError
from faceaudit.files.paths import expand


def test_a_path_is_absolute_and_its_links_are_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "link").symlink_to("file")
    monkeypatch.chdir(tmp_path)
    for path in ("file", "link", Path("link"), str(tmp_path / "file")):
        assert expand(path) == (tmp_path / "file").resolve()


def test_home_and_variables_are_filled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("ONE", "a")
    monkeypatch.setenv("OTHER", "b")
    assert expand("~/${ONE}/${OTHER}") == (tmp_path / "a" / "b").resolve()


def test_what_a_variable_holds_is_not_filled_in_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "${ONE}").mkdir()
    monkeypatch.setenv("OTHER", str(tmp_path / "${ONE}"))
    monkeypatch.delenv("ONE", raising=False)
    assert expand("${OTHER}").name == "${ONE}"


def test_a_variable_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SET", "x")
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(SourceError, match=r"variable NOT_SET to be set.*'\$\{SET\}/\$\{NOT_SET\}'"):
        expand("${SET}/${NOT_SET}")


@pytest.mark.parametrize("path", ["/no/such/place", "nowhere", "a\0b", "x" * 5000, "~nobody/x"])
def test_a_path_that_is_not_there_says_so(path: str) -> None:
    with pytest.raises(SourceError, match=r"expected a path that can be read, got .*; check it$"):
        expand(path)


def test_a_variable_without_braces_is_told_how_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"; write \$\{HOME\} for \$HOME$"):
        expand("$HOME/x")
    (tmp_path / "$HOME").mkdir()
    assert expand(tmp_path / "$HOME").name == "$HOME"


@pytest.mark.parametrize("path", ["nowhere", "${NOT_SET}"])
def test_the_error_and_the_advice_are_the_callers(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOT_SET", raising=False)
    with pytest.raises(PairsError, match=r" \(try --pairs\)$"):
        expand(path, advice="try --pairs", error=PairsError)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may look into any folder")
def test_a_folder_that_may_not_be_looked_into_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0)
    with pytest.raises(SourceError, match="Permission denied"):
        expand(tmp_path / "closed" / "file")
