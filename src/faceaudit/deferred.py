"""Libraries that are slow to load, imported when they are first used."""

from __future__ import annotations

import importlib
import threading
from types import ModuleType
from typing import Any

_LOCK = threading.RLock()
"""OpenCV takes itself out of `sys.modules` while it loads: no other thread may look meanwhile."""


class _Deferred(ModuleType):
    """A stand-in for a module that is imported at its first attribute access."""

    def __getattr__(self, name: str) -> Any:
        loaded = self.__dict__.get("_loaded")
        if loaded is None:
            with _LOCK:
                loaded = self.__dict__["_loaded"] = importlib.import_module(self.__name__)
        return getattr(loaded, name)


def deferred(name: str) -> Any:
    """Return a module that is imported when one of its attributes is first asked for.

    PyTorch alone takes seconds to load, and what only lists components or reads a store never needs
    it. Type checkers are shown the real import:

        if TYPE_CHECKING:
            import torch
        else:
            torch = deferred("torch")

    >>> math = deferred("math")
    >>> math.floor(2.5)
    2
    """
    return _Deferred(name)
