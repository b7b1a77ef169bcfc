"""Text of any kind as Markdown that shows it and does nothing else."""

from __future__ import annotations

import re

from faceaudit.cleaning import spell

_MARKS = re.compile(r"[\\`*_\[\]<>|~&$#]|://|(?<=www)\.")
"""What could begin code, emphasis, a link, HTML, an entity, a cell, a formula or an address."""
_BLOCK = re.compile(r"^(\d*)([.)](?=\s|$)|(?<!\d)(?:[-+=]|:(?=-)))")
"""What could begin a list, a rule or the head of a table, at the start of a line."""


def escape(text: str) -> str:
    r"""Return a text as one line of Markdown (CommonMark and GitHub's) that reads as the text.

    Any white space becomes one space; what cannot be printed is spelled out.

    >>> print(escape("a|b <i>*c*\n# d"))
    a\|b \<i\>\*c\* \# d
    >>> print(escape("1. x"), escape("- x"))
    1\. x \- x
    """
    spelled = spell(" ".join(text.split()))
    marked = _MARKS.sub(lambda found: f"\\{found[0]}", spelled)
    return _BLOCK.sub(r"\1\\\2", marked)
