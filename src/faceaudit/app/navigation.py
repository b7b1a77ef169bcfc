"""Which pages there are: every file of `pages` is one."""

from __future__ import annotations

import importlib
import pkgutil

from faceaudit.app import pages as files
from faceaudit.app.page import Page


def pages() -> tuple[Page, ...]:
    """Return the pages there are in their order: a `PAGE` in each file of `pages`."""
    found = (
        importlib.import_module(f"{files.__name__}.{one.name}").PAGE
        for one in pkgutil.iter_modules(files.__path__)
    )
    return tuple(sorted(found, key=lambda page: page.place))
