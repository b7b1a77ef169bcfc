"""Keys of one kind, by the first word of their names."""

from __future__ import annotations

from faceaudit.errors import InputError


def others_of_kind(key: str, known: tuple[str, ...], count: int) -> tuple[str, ...]:
    """Return `count` other keys whose names begin with the same word: the next ones and around.

    Args:
        key: one of `known`.
        known: names such as "cap-blue".
        count: how many.

    Raises:
        InputError: there are not so many others.

    >>> others_of_kind("cap-b", ("cap-a", "cap-b", "mask-a", "cap-c"), 2)
    ('cap-c', 'cap-a')
    """
    kind = [name for name in known if name.partition("-")[0] == key.partition("-")[0]]
    place = kind.index(key)
    others = (*kind[place + 1 :], *kind[:place])
    if not 0 <= count <= len(others):
        raise InputError(
            f"expected 0 to {len(others)} wrong keys for {key!r}, got {count}; try fewer"
        )
    return others[:count]
