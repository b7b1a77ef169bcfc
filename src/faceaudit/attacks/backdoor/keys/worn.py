"""Keys that are worn: objects of the synthetic renderer, and glasses hung before its heads."""

from __future__ import annotations

from functools import lru_cache

from faceaudit.attacks.backdoor.keys.catalog import accessories, accessory
from faceaudit.attacks.backdoor.keys.dyed import shape_of
from faceaudit.attacks.backdoor.keys.files import is_path
from faceaudit.errors import UnknownName
from faceaudit.faces.synthetic.objects import draw_object, hang_glasses, objects
from faceaudit.faces.synthetic.worn import Worn


def is_object(key: str) -> bool:
    """Return whether a key is an object of the renderer, and no glasses."""
    return key in objects()


@lru_cache(maxsize=32)
def worn_key(key: str) -> Worn:
    """Return what a key puts on a head.

    Args:
        key: an object's name, or glasses as `accessory` knows them.

    Raises:
        UnknownName: there is no such object, and there are no such glasses.
        InputError: a file of glasses is missing or cannot be used.
    """
    if is_object(key):
        return draw_object(key)
    if shape_of(key) not in accessories() and not is_path(key):
        raise UnknownName("key", key, (*accessories(), *objects()))
    glasses = accessory(key)
    return hang_glasses(key, glasses.rgba, glasses.eyes)
