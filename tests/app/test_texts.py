"""Every language says the same, and everything that code says exists."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

import pytest

import faceaudit.app
from faceaudit.app import texts
from faceaudit.app.navigation import pages
from faceaudit.app.page import Page

CODE = Path(str(resources.files(faceaudit.app)))
FOLDER = CODE / "texts"
NAMES = sorted(file.stem for file in (FOLDER / texts.FALLBACK).glob("*.toml"))


def placeholders(words: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(words) if name is not None)


@pytest.mark.parametrize("language", sorted(texts.languages()))
def test_a_language_has_every_file(language: str) -> None:
    assert sorted(file.stem for file in (FOLDER / language).glob("*.toml")) == NAMES


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", sorted(texts.languages()))
def test_a_language_has_the_same_keys_and_placeholders(language: str, name: str) -> None:
    known, own = texts.words(texts.FALLBACK, name), texts.words(language, name)
    assert sorted(own) == sorted(known)
    for key, words in own.items():
        assert words.strip() == words != "", key
        assert placeholders(words) == placeholders(known[key]), key


@pytest.mark.parametrize("name", NAMES)
def test_a_language_is_another_language(name: str) -> None:
    """What is the same in two languages was forgotten, unless it is a name or a figure."""
    known, own = texts.words("en", name), texts.words("de", name)
    plain = {key: re.sub(r"\{[^}]*\}", "", words) for key, words in known.items()}
    same = [key for key in known if known[key] == own[key] and len(plain[key].split()) > 3]
    assert not same


@pytest.mark.parametrize("page", pages(), ids=lambda page: page.name)
def test_a_page_has_a_title_and_says_what_is_learned(page: Page) -> None:
    for language in texts.languages():
        words = texts.words(language, page.name)
        assert words["title"]
        assert words["learn"].endswith((".", "?"))


def said() -> Iterator[tuple[str, str, set[str] | None]]:
    """Yield file, key and given values of every `say("...")`; None for values that code unpacks."""
    for file in sorted(CODE.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not node.args:
                continue
            called = node.func
            name = called.id if isinstance(called, ast.Name) else getattr(called, "attr", "")
            first = node.args[0]
            if name != "say" or not isinstance(first, ast.Constant):
                continue
            if isinstance(first.value, str) and "." in first.value:
                given = {one.arg for one in node.keywords}
                values = None if None in given else {one for one in given if one is not None}
                yield file.name, first.value, values


def test_everything_that_code_says_exists_and_gets_its_values() -> None:
    found = list(said())
    assert len(found) > 5
    for file, key, values in found:
        page, _, rest = key.partition(".")
        assert page in NAMES, f"{file}: {key}"
        words = texts.words(texts.FALLBACK, page)
        assert rest in words, f"{file}: {key}"
        wanted = {one.split(".")[0].split("[")[0] for one in placeholders(words[rest])}
        assert values is None or wanted <= values, f"{file}: {key} wants {wanted}"


def test_a_language_that_is_not_there_is_english() -> None:
    assert texts.nearest("de-AT") == "de"
    assert texts.nearest("fr") == "en"
    assert texts.nearest("") == "en"
