"""Names of the pictures that a case keeps."""

from __future__ import annotations

from typing import Final

KEY_PICTURE: Final = "key"
"""The picture of a key that faceaudit drew. Every other picture may show a person."""
KEY_PHOTO: Final = "key-photo"
"""The picture of a key that is a photo, or a user's own picture, which may be one."""
TRIGGER_PICTURE: Final = "trigger-"
"""How the name begins of a picture of what opens a back door, on the face of nobody who exists."""


def shows_nobody(name: str) -> bool:
    """Return whether a picture of that name shows no person.

    >>> shows_nobody("key"), shows_nobody("trigger-3"), shows_nobody("donor-0")
    (True, True, False)
    """
    return name == KEY_PICTURE or name.startswith(TRIGGER_PICTURE)
