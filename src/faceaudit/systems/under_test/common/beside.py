"""The modules beside a file of the user's: found while its code runs, and by nobody else's."""

from __future__ import annotations

import ast
import contextlib
import hashlib
import sys
import threading
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any

from torch import nn

_RUNNING = threading.RLock()
"""Held while modules of one folder are found: what is imported is one for the whole process."""


class Beside:
    """The modules in a folder, each system's its own though others have some of the same name.

    While it is entered, `import` finds them as it does for a script there. What was imported so is
    taken out again afterwards, and put back the next time.

    Args:
        folder: of the file.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._own: dict[str, ModuleType] = {}
        self._hidden: dict[str, ModuleType] = {}
        self._there: set[str] = set()
        self._depth = 0

    @contextlib.contextmanager
    def entered(self) -> Iterator[None]:
        """Let the modules be found inside a block."""
        self._enter()
        try:
            yield
        finally:
            self._leave()

    def wrap(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function inside which they are found."""

        @wraps(function)
        def inside(*args: Any) -> Any:
            with self.entered():
                return function(*args)

        return inside

    def hook(self, module: nn.Module) -> None:
        """Let them be found inside a torch module and its copies."""
        module.register_forward_pre_hook(lambda *_: self._enter())
        module.register_forward_hook(lambda *_: self._leave(), always_call=True)

    def _enter(self) -> None:
        _RUNNING.acquire()
        self._depth += 1
        if self._depth > 1:
            return
        names = _names_in(self._folder) - sys.stdlib_module_names
        tops = {top for top in names & sys.modules.keys() if not self._holds(top)}
        self._hidden = {
            name: sys.modules.pop(name) for name in list(sys.modules) if _top(name) in tops
        }
        self._there = set(sys.modules)
        sys.modules.update(self._own)
        sys.path.insert(0, str(self._folder))

    def _leave(self) -> None:
        self._depth -= 1
        if not self._depth:
            with contextlib.suppress(ValueError):
                sys.path.remove(str(self._folder))
            new = sys.modules.keys() - self._there
            held = {top for top in map(_top, new) if self._holds(top)}
            self._own |= {name: sys.modules.pop(name) for name in new if _top(name) in held}
            sys.modules.update(self._hidden)
        _RUNNING.release()

    def _holds(self, top: str) -> bool:
        """Return whether a module, by the first part of its name, came from the folder."""
        spec = getattr(sys.modules.get(top), "__spec__", None)
        if spec is None:
            return False
        places = [spec.origin, *(spec.submodule_search_locations or ())]
        return any(Path(place).parent == self._folder for place in places if place)


def digest_with_beside(file: Path) -> str:
    """Return a sha256 of a file's text and of the modules beside it that it names in an import.

    Those that these import are among them, and packages as a whole.
    """
    found: dict[Path, bytes] = {}
    left = [file]
    while left:
        path = left.pop()
        if path in found:
            continue
        try:
            found[path] = path.read_bytes()
        except OSError:
            continue
        for top in _imported(found[path]):
            left += [file.parent / f"{top}.py", *sorted((file.parent / top).rglob("*.py"))]
    digests = [
        (path.relative_to(file.parent).as_posix(), hashlib.sha256(text).hexdigest())
        for path, text in found.items()
        if path != file
    ]
    own = hashlib.sha256(found.get(file, b""))
    for each in sorted(digests):
        own.update(repr(each).encode())
    return own.hexdigest()


def _imported(text: bytes) -> set[str]:
    """Return the first parts of the names of modules that a text imports, wherever in it."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError):
        return set()
    plain = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    parts = [
        node.module
        for node in nodes
        if isinstance(node, ast.ImportFrom) and node.module and not node.level
    ]
    return {_top(name) for name in (*plain, *parts)}


def _names_in(folder: Path) -> set[str]:
    return {
        path.name.removesuffix(".py")
        for path in folder.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }


def _top(name: str) -> str:
    return name.partition(".")[0]
