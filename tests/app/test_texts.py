"""Every language says the same, and everything that code says exists."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
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


@pytest.mark.parametrize(
    ("words", "values", "written"),
    [
        ("audits.spread", {"low": 0.0123, "high": 1.5, "n": 1234}, "0,0123 bis 1,5, n = 1234"),
        ("audits.n_cases", {"n": 7}, "Fälle: 7"),
        ("work.left_hours", {"hours": 2.25}, "Noch etwa 2,2 Stunden."),
        ("audits.limit", {"limit": "backdoor.success>0.05"}, "Grenze: backdoor.success>0.05"),
        ("backdoor.cost_time", {"low": 1, "high": 2, "memory": np.float64(1.26)}, "1,3 GB"),
    ],
)
def test_numbers_are_written_as_in_the_language_and_words_left_alone(
    words: str, values: dict[str, Any], written: str
) -> None:
    assert written in texts.fill("de", words, values)


def test_no_german_words_hold_a_number_in_the_english_way() -> None:
    for name in NAMES:
        for key, words in texts.words("de", name).items():
            plain = re.sub(r"\{[^}]*\}|Lizenz 2\.0", "", words)
            assert not re.search(r"\d\.\d(?!\d\d(?!\d))", plain), f"{name}.{key}"


def test_what_the_library_does_is_said_in_the_language() -> None:
    for said, wanted in (
        ("cases", "Fälle"),
        ("cases: train DeepID pristine", "Fälle: Training: DeepID pristine"),
        ("cases: train a: b, parts", "Fälle: Training: a: b, parts"),
        ("DeepID A: rendering people who do not exist", "DeepID A: Menschen werden gerendert"),
        ("train deepid to invert", "Training, um umzukehren: deepid"),
        ("invert 12 templates", "12 Templates werden umgekehrt"),
        ("something that came later", "something that came later"),
        ("", ""),
    ):
        assert texts.translated("de", said).startswith(wanted)
        assert texts.translated("en", said) == said


def test_what_is_translated_is_what_the_library_says() -> None:
    """A sentence that the library no longer says would stay English, and nobody would notice."""
    folder = CODE.parent
    code = "\n".join(
        file.read_text(encoding="utf-8")
        for file in folder.rglob("*.py")
        if "texts" not in file.relative_to(folder).parts
    )
    for key, said in texts.words("en", "doing").items():
        begins = re.split(r"\{\w+\}", said)[0]
        quoted = re.escape(begins) + ('"' if begins == said else r"\{")
        assert re.search(f'"{quoted}', code), key
