"""Objects of the user's own, found by module or file and name. To find one runs its code."""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import inspect
import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from faceaudit.errors import InputError, closest
from faceaudit.files.paths import expand
from faceaudit.systems.under_test.common.beside import Beside, digest_with_beside


@dataclass(frozen=True, eq=False)
class UserObject:
    """An object, and what is known of it.

    Attributes:
        value: it.
        title: how to name it to people.
        source: sha256 of the text it is written in; empty where there is none to be had.
        beside: the modules beside its file, to be found while its code runs; None where it is of
            no file, or of a module that was imported by name.
    """

    value: object
    title: str
    source: str
    beside: Beside | None = None

    def running(self) -> AbstractContextManager[None]:
        """Return a block for its code to run in."""
        return nullcontext() if self.beside is None else self.beside.entered()


def find_object(path: str) -> UserObject:
    """Import `module:name` or `FILE.py:name` and return what goes by that name.

    The module's code runs. A file's folder is where it finds the modules beside it, as for a
    script.

    Raises:
        InputError: it is not spelled so, cannot be imported, or has nothing of that name.
    """
    where, _, name = path.rpartition(":")
    if not where or not name:
        raise InputError(
            f"expected MODULE:NAME or FILE.py:NAME, got {path!r}; try python:my_system.py:identify"
        )
    beside = None
    if where.endswith(".py"):
        file = expand(where, error=InputError)
        beside = Beside(file.parent)
        module, source = _load_file(file, where, beside), digest_with_beside(file)
    else:
        module = _import_module(where)
        source = _digest_file(getattr(module, "__file__", None))
    value: object = module
    for part in name.split("."):
        if not hasattr(value, part):
            close = closest(part, [each for each in vars(module) if not each.startswith("_")])
            raise InputError(
                f"expected {name!r} in {where}, got nothing of that name; "
                + (f"try {close!r}" if close else "check the spelling")
            )
        value = getattr(value, part)
    return UserObject(value, path, source, beside)


def object_in_memory(value: object) -> UserObject:
    """Return an object with what can be known of it: its name, and the text it is written in."""
    kind = value if inspect.isroutine(value) or isinstance(value, type) else type(value)
    name = getattr(kind, "__qualname__", type(value).__qualname__)
    try:
        text = inspect.getsource(kind)
    except (OSError, TypeError):
        text = ""
    source = hashlib.sha256(text.encode()).hexdigest() if text else ""
    return UserObject(value, f"{getattr(kind, '__module__', '')}.{name}", source)


def _import_module(name: str) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise InputError(
                f"expected a module that can be imported, got {name!r}; put its folder on "
                "PYTHONPATH, or give the file: python:FILE.py:NAME"
            ) from error
        raise _failed(name, error) from error
    except (Exception, SystemExit) as error:
        raise _failed(name, error) from error


def _load_file(path: Path, where: str, beside: Beside) -> ModuleType:
    name = f"faceaudit_system_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise InputError(f"expected a file of Python, got {path}; check the path")
    module = importlib.util.module_from_spec(spec)
    before = sys.modules.get(name)
    sys.modules[name] = module  # where pickles and dataclasses look for it
    try:
        with beside.entered():
            spec.loader.exec_module(module)
    except (Exception, SystemExit) as error:
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        raise _failed(where, error) from error
    return module


def _failed(where: str, error: BaseException) -> InputError:
    return InputError(
        f"expected {where} to be imported, got {described(error)}; mend it, or try it by itself: "
        f"python -c 'import ...'"
    )


def described(error: BaseException) -> str:
    """Return an exception of the user's code on one line: its kind, message and place."""
    text = " ".join(str(error).split())[:200]
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    place = ""
    if at is not None:
        place = f" ({Path(at.tb_frame.f_code.co_filename).name}, line {at.tb_lineno})"
    return f"{type(error).__name__}{': ' if text else ''}{text}{place}"


def _digest_file(path: str | None) -> str:
    try:
        return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else ""
    except OSError:
        return ""
