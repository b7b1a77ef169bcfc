"""Paths as users write them, with `~` and `${NAME}`."""

from __future__ import annotations

import os
import re
from pathlib import Path

from faceaudit.errors import InputError, SourceError

_VARIABLE = re.compile(r"\$\{(\w+)\}")
_BARE_VARIABLE = re.compile(r"\$([A-Za-z_]\w*)")


CACHE = "FACEAUDIT_CACHE"


def cache_folder() -> Path:
    """Return the folder that a user's audits share: `$FACEAUDIT_CACHE`, or `~/.cache/faceaudit`."""
    return Path(os.environ.get(CACHE) or "~/.cache/faceaudit").expanduser()


def expand(
    path: str | os.PathLike[str], *, advice: str = "", error: type[InputError] = SourceError
) -> Path:
    """Return where a path points, with `~` and `${NAME}` filled in and links followed.

    Args:
        path: as the user wrote it.
        advice: what else to try, at the end of messages; e.g. the option that gives the path.
        error: what to raise.

    Raises:
        error: a variable is not set, or nothing is there.
    """
    text = os.fspath(path)
    hint = f" ({advice})" if advice else ""
    unset = next((name for name in _VARIABLE.findall(text) if name not in os.environ), None)
    if unset is not None:
        raise error(
            f"expected the environment variable {unset} to be set, got none for the path "
            f"{text!r}; set it, or give the path itself{hint}"
        )
    try:
        target = Path(_VARIABLE.sub(lambda match: os.environ[match[1]], text)).expanduser()
        target.stat()
    except (OSError, RuntimeError, ValueError) as reason:
        bare = _BARE_VARIABLE.search(text)
        check = "check it" if bare is None else f"write ${{{bare[1]}}} for {bare[0]}"
        raise error(
            f"expected a path that can be read, got {text!r} ({reason}); {check}{hint}"
        ) from None
    return target.resolve()
