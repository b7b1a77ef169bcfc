"""Ids of the page's elements: made of names, so that a link stays right when a plan grows."""

from __future__ import annotations

import hashlib
import re

LONGEST = 40
"""Characters of one word that an id keeps."""


def anchor(*words: str) -> str:
    """Return an id made of words, the same for the same words.

    Where a word has more than small letters, digits, hyphens and underscores, or is long, a digest
    of all of them is added, so that two names that look alike as ids stay two.

    >>> anchor("backdoor", "blended_accessory", "deepid")
    'backdoor-blended_accessory-deepid'
    >>> anchor("a key.png"), anchor("a-key-png")
    ('a-key-png-23a632', 'a-key-png')
    """
    kept = [re.sub(r"[^a-z0-9_]+", "-", word.lower()).strip("-")[:LONGEST] for word in words]
    name = "-".join(filter(None, kept))
    return name if kept == list(words) else f"{name}-{digest(*words)}".strip("-")


def digest(*words: str) -> str:
    """Return six characters that differ from words to words."""
    return hashlib.sha256("\0".join(words).encode()).hexdigest()[:6]
