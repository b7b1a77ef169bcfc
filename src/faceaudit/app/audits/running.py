"""New audits: their plans are kept, and their runs begun."""

from __future__ import annotations

from faceaudit.app.audits.found import unused_key
from faceaudit.app.own_audits import folder_of, go_on
from faceaudit.app.settings import Settings
from faceaudit.errors import StoreError
from faceaudit.files.atomic import make_private


def begin(settings: Settings, title: str, plan: str) -> str:
    """Start an audit of a plan, and return its key.

    Args:
        settings: of the app.
        title: of the plan; names its folder.
        plan: its text, in YAML.

    Raises:
        StoreError: the app's folder cannot be written.
    """
    folder = folder_of(settings)
    try:
        make_private(folder)
        key = _keep(settings, title, plan)
    except OSError as error:
        raise StoreError(
            f"expected a folder for audits that can be written, got {folder} ({error.strerror}); "
            "try --folder"
        ) from error
    go_on(settings, key)
    return key


def _keep(settings: Settings, title: str, plan: str) -> str:
    """Write a plan under a name of its own, and return that."""
    while True:
        key = unused_key(settings, title)
        try:
            with (folder_of(settings) / f"{key}.yaml").open("x", encoding="utf-8") as file:
                file.write(plan)
        except FileExistsError:  # another session chose it at the same moment
            continue
        return key
