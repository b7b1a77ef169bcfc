"""The password that lets others in: read, kept as a hash, compared in constant time."""

from __future__ import annotations

import hashlib
import hmac
import os
from dataclasses import dataclass, field
from pathlib import Path

from faceaudit.errors import InputError

SHORTEST = 10
"""Characters of a password at least."""
LONGEST = 1024
"""Characters of what is tried at most."""

# 32 MiB and about a tenth of a second on one core: what OWASP asks of scrypt, and what an attacker
# would pay for each guess if the hash got out.
_WORK = {"n": 2**15, "r": 8, "p": 1, "maxmem": 64 * 1024 * 1024, "dklen": 32}


@dataclass(frozen=True)
class Password:
    """A password of which only a salted hash (scrypt) is kept."""

    salt: bytes = field(repr=False)
    digest: bytes = field(repr=False)

    def matches(self, tried: str) -> bool:
        """Return whether this is the password; takes about as long whether it is or not.

        >>> kept = keep("correct horse")
        >>> kept.matches("correct horse"), kept.matches("incorrect horse")
        (True, False)
        """
        return hmac.compare_digest(self.digest, _hash(tried[:LONGEST], self.salt))


def keep(password: str) -> Password:
    """Return a password's hash.

    Raises:
        InputError: it is too short, or too long.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise InputError(
            f"expected a password of {SHORTEST} to {LONGEST} characters, got {len(password)}; "
            "several words are easier to remember than signs"
        )
    salt = os.urandom(16)
    return Password(salt, _hash(password, salt))


def read(file: Path) -> Password:
    """Return the hash of the password on the first line of a file.

    Raises:
        InputError: the file cannot be read, or others than its owner may read it, or what is in it
            is no password.
    """
    try:
        with file.open(encoding="utf-8") as lines:
            mode = os.fstat(lines.fileno()).st_mode
            first = lines.readline(LONGEST + 2).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(
            f"expected a file with a password on its first line, got {str(file)!r} ({error})"
        ) from None
    if mode & 0o077:
        raise InputError(
            f"expected a password that nobody else can read, got {str(file)!r} of mode "
            f"{mode & 0o777:o}; try chmod 600"
        )
    return keep(first)


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode("utf-8", "surrogatepass"), salt=salt, **_WORK)
