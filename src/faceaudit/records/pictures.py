"""Names of the pictures that a case keeps."""

from __future__ import annotations

from typing import Final

KEY_PICTURE: Final = "key"
"""The picture of a key that faceaudit drew. Every other picture may show a person."""
KEY_PHOTO: Final = "key-photo"
"""The picture of a key that is a photo, or a user's own picture, which may be one."""


def shows_nobody(name: str) -> bool:
    """Return whether a picture of that name shows no person.

    >>> shows_nobody("key"), shows_nobody("donor-0")
    (True, False)
    """
    return name == KEY_PICTURE
