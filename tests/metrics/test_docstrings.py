from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import faceaudit.metrics

MODULES = sorted(found.name for found in pkgutil.iter_modules(faceaudit.metrics.__path__))


@pytest.mark.parametrize("name", MODULES)
def test_examples_print_what_they_say(name: str) -> None:
    module = importlib.import_module(f"faceaudit.metrics.{name}")
    result = doctest.testmod(module, optionflags=doctest.ELLIPSIS, extraglobs={})
    assert result.failed == 0


def test_all_is_sorted_and_there() -> None:
    for name in faceaudit.metrics.__all__:
        assert getattr(faceaudit.metrics, name) is not None
    assert len(set(faceaudit.metrics.__all__)) == len(faceaudit.metrics.__all__)
