"""Every family of components, with its members."""

from __future__ import annotations

from typing import Any

from faceaudit.audit import kinds  # noqa: F401 - the plans of all kinds bring every family
from faceaudit.registry import FAMILIES, Component, Registry


def families() -> dict[str, Registry[Any]]:
    """Return every family by name; members of other packages are imported."""
    for registry in list(FAMILIES.values()):
        registry.names()
    return dict(sorted(FAMILIES.items()))


def components() -> list[type[Component]]:
    """Return every member of every family, by family and name."""
    return [reg.get(name) for reg in families().values() for name in reg.names()]
