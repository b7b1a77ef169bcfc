"""Pseudonyms of people and photos: what a store keeps in the place of real names.

A pseudonym is the keyed hash (HMAC-SHA256, RFC 2104) of a name, so that one name has one pseudonym
in all stores of a machine, and that nobody who lacks the secret can try names out on a store.
"""

from __future__ import annotations

import hmac
import os
import re
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from faceaudit.errors import InputError
from faceaudit.files.lock import alone
from faceaudit.files.paths import CACHE

SECRET = "pseudonyms.key"  # noqa: S105 - the name of its file
"""The file of the secret, in the folder that a user's stores share."""

PSEUDONYM = re.compile(r"(?:person|photo)-[0-9a-f]{16}")
"""64 bits of the hash: of a million photos, two share a pseudonym once in 37 million stores."""

_HEX = re.compile(r"[0-9a-f]{64}")


def pseudonym(kind: Literal["person", "photo"], name: str, secret: bytes) -> str:
    """Return what stands for a person or a photo.

    Args:
        kind: what the name is of; a person and a photo of one name have two pseudonyms.
        name: a person's name or a photo's id.
        secret: as `read_secret` gives it.

    >>> pseudonym("person", "Ada Lovelace", bytes(32))
    'person-eac14b447029f1ad'
    """
    text = f"{kind}\0{name}".encode("utf-8", "surrogatepass")
    return f"{kind}-{hmac.digest(secret, text, 'sha256').hex()[:16]}"


def with_names(value: Any, names: Mapping[str, str]) -> Any:
    """Return plain values with the names that pseudonyms stand for, where these are known.

    Args:
        value: a text, or lists and mappings of any depth; what is no text stays as it is.
        names: names by pseudonym, as `Store.names` gives them.

    >>> with_names({"id": "photo-0123456789abcdef"}, {"photo-0123456789abcdef": "ada/1.jpg"})
    {'id': 'ada/1.jpg'}
    """
    if not names:
        return value
    if isinstance(value, str):
        return PSEUDONYM.sub(lambda found: names.get(found[0], found[0]), value)
    if isinstance(value, Mapping):
        return {key: with_names(one, names) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(with_names(one, names) for one in value)
    return value


def read_secret(folder: Path) -> bytes:
    """Return the secret of a folder, drawn now where there is none; only its user may read it.

    Raises:
        InputError: it cannot be read or written, or is no secret.
    """
    path = folder / SECRET
    try:
        if not path.exists():
            folder.mkdir(parents=True, exist_ok=True)
            with alone(folder / f"{SECRET}.lock"):
                if not path.exists():
                    _draw_secret(path)
        text = path.read_text("ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"expected to keep the secret of pseudonyms in {path}, got {error}; set {CACHE} to a "
            "folder that can be written"
        ) from None
    if not _HEX.fullmatch(text):
        raise InputError(
            f"expected the secret of pseudonyms in {path}, got something else; delete that file: "
            "names then get other pseudonyms than in stores of before"
        )
    return bytes.fromhex(text)


def _draw_secret(path: Path) -> None:
    """Write a new secret, whole or not at all."""
    part = path.with_name(f"{path.name}.part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
        file.write(f"{secrets.token_hex(32)}\n")
    part.replace(path)
