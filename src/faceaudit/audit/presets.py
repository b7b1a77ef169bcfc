"""Presets: what a section says that names one, unless it says so itself.

    preset: quick                    of every section of the plan
    backdoor: {preset: paper, ...}   of one

`faceaudit plan` writes a plan out with what its presets say, to be edited.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import yaml

from faceaudit.cleaning import quote
from faceaudit.errors import OptionError, closest

PRESET = "preset"
NAMES: Mapping[str, str] = {
    "quick": "whether it works at all, in minutes",
    "standard": "figures to rest a decision on",
    "paper": "the settings of the study that is repeated",
}
"""Every preset, and what it is for; not every kind of audit has each."""
FILE = "presets.yaml"


@cache
def _presets() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    text = resources.files("faceaudit.audit").joinpath(FILE).read_text("utf-8")
    loaded: Mapping[str, Mapping[str, Mapping[str, Any]]] = yaml.safe_load(text)
    return loaded


def presets_of(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the presets of a kind of audit: by name, the options that each sets.

    >>> list(presets_of("backdoor"))
    ['quick', 'standard', 'paper']
    """
    return copy.deepcopy(_presets().get(kind, {}))


def with_preset(kind: str, section: Mapping[str, Any], usual: object = None) -> dict[str, Any]:
    """Return a section's plain values with those of its preset beneath them.

    An option that the section has stays whole: options within it are not mixed with the preset's.

    Args:
        kind: the name of the kind of audit.
        section: plain values, with its own `preset` or none.
        usual: the preset of the plan, for a section without one of its own.

    Raises:
        OptionError: the kind has no such preset.

    >>> section = with_preset("backdoor", {"wrong_keys": 7, "preset": "quick"})
    >>> section["wrong_keys"], len(section["attacks"])
    (7, 2)
    """
    own = {key: value for key, value in section.items() if key != PRESET}
    name = section.get(PRESET, usual)
    if name is None:
        return own
    known = presets_of(kind)
    if not isinstance(name, str) or name not in known:
        close = closest(name, known) if isinstance(name, str) else None
        remedy = f"{close!r}" if close else f"{PRESET}: null in that section"
        raise OptionError(
            f"{PRESET}: expected a preset of {kind} ({', '.join(known) or 'it has none'}), got "
            f"{quote(name)}; try {remedy}"
        )
    return {**known[name], **own}
