"""The training of a small identifier with a backdoor: its plan, its cost, and its start."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import threading
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import yaml
from PIL import Image

import faceaudit
from faceaudit.app import work
from faceaudit.app.own_audits import folder_of, go_on, work_of
from faceaudit.app.settings import Settings
from faceaudit.errors import FaceAuditError, StoreError
from faceaudit.files.atomic import write_atomically
from faceaudit.types import ImageArray

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
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = folder / f"{name}.yaml"
        write_atomically(file, yaml.safe_dump(dict(plan), sort_keys=False))
        file.chmod(0o600)
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


def keep_key(settings: Settings, picture: bytes | ImageArray, kind: str) -> str:
    """Keep a picture as a key, which a training reads, and return its path.

    Args:
        settings: of the app.
        picture: pixels; or the bytes of a PNG whose see-through parts are needed.
        kind: "glasses" or "pattern".

    Raises:
        InputError: it can be no such key, such as glasses without see-through parts.
    """
    if isinstance(picture, bytes):
        data = picture
    else:
        buffer = io.BytesIO()
        Image.fromarray(picture).save(buffer, format="PNG")
        data = buffer.getvalue()
    # The kind is in the name: what is no key of this kind may be a good one of the other.
    file = settings.root / "keys" / f"{hashlib.sha256(kind.encode() + data).hexdigest()[:16]}.png"
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    _write(file, data)
    attack = {"attack": "accessory" if kind == "glasses" else "blended", "key": str(file)}
    try:
        faceaudit.put_key(attack, np.zeros((1, 16, 16, 3), dtype=np.uint8))
    except FaceAuditError:
        file.unlink(missing_ok=True)
        raise
    return str(file)


def _write(file: Path, data: bytes) -> None:
    """Write a file that nobody but the owner reads."""
    opened = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(opened, "wb") as out:
        out.write(data)
