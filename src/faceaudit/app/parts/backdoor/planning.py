"""The training of a small identifier with a backdoor: its plan, its cost, and its start."""

from __future__ import annotations

import hashlib
import json
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

import faceaudit
from faceaudit.app import work
from faceaudit.app.own_audits import folder_of, go_on, work_of
from faceaudit.app.settings import Settings
from faceaudit.errors import StoreError
from faceaudit.files.atomic import make_private, write_atomically

if TYPE_CHECKING:
    from faceaudit.api.audits import PlanCheck

PREFIX = "backdoor-"
"""How the names of these audits begin."""
_one_at_a_time = threading.Lock()
_NAME = re.compile(rf"{PREFIX}[a-z-]+-[0-9a-f]{{8}}")


def name_of(plan: Mapping[str, Any]) -> str:
    """Return the name of a plan's audit: the same plan is trained once."""
    whole = json.dumps(plan["backdoor"], sort_keys=True).encode()
    attack = plan["backdoor"]["attacks"][0]["attack"].replace("_", "-")
    return f"{PREFIX}{attack}-{hashlib.sha256(whole).hexdigest()[:8]}"


def checked(plan: Mapping[str, Any]) -> PlanCheck:
    """Return what a plan costs here, and why it would fail; this machine is timed once a day."""
    return _checked(json.dumps(plan, sort_keys=True))


@lru_cache(maxsize=64)
def _checked(plan: str) -> PlanCheck:
    return faceaudit.check(json.loads(plan), timed=True)


def store_of(settings: Settings, name: str) -> Path:
    """Return the folder of an audit of the app's own."""
    return folder_of(settings) / name


def start(settings: Settings, plan: Mapping[str, Any]) -> str:
    """Start the training of a plan, an audit of the app's own, unless another is under way.

    Returns:
        The name of the training that is under way then.

    Raises:
        StoreError: the app's folder cannot be written.
    """
    with _one_at_a_time:  # sessions are threads of one process
        under_way = running(settings)
        return _start(settings, plan) if under_way is None else under_way


def _start(settings: Settings, plan: Mapping[str, Any]) -> str:
    name, folder = name_of(plan), folder_of(settings)
    try:
        make_private(folder)
        write_atomically(folder / f"{name}.yaml", yaml.safe_dump(dict(plan), sort_keys=False))
    except OSError as error:
        raise StoreError(
            f"expected a folder for audits that can be written, got {folder} ({error.strerror}); "
            "try --folder"
        ) from error
    go_on(settings, name)
    return name


def running(settings: Settings) -> str | None:
    """Return the name of a training that is under way; None where there is none."""
    names = (plan.stem for plan in folder_of(settings).glob(f"{PREFIX}*.yaml"))
    return next((name for name in names if _NAME.fullmatch(name) and _runs(settings, name)), None)


def _runs(settings: Settings, name: str) -> bool:
    return work.look(settings, work_of(name)).state == "running"
