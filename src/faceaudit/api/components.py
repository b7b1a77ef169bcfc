"""Components: what a plan can name, by family."""

from __future__ import annotations

from faceaudit.api.arguments import shown
from faceaudit.audit.families import components as every_component
from faceaudit.audit.families import families
from faceaudit.errors import InputError, UnknownName
from faceaudit.registry import Component


def components(family: str | None = None) -> list[type[Component]]:
    """Return what a plan can name: networks, sources of faces, attacks, mitigations and the like.

    Args:
        family: only this family, such as "network"; all when None.

    Returns:
        Classes, by family and name. Each has `family`, `name`, `paper` and `summary()`, and its
        options as `model_fields`.

    Raises:
        UnknownName: there is no such family.
        InputError: it is no name.

    Example:
        >>> import faceaudit
        >>> [one.name for one in faceaudit.components("membership_attack")][:2]
        ['black_box', 'label_only']
    """
    if family is not None and not isinstance(family, str):
        raise InputError(f"expected the name of a family, got {shown(family)}; try 'network'")
    if family is not None and family not in families():
        raise UnknownName("family", family, families())
    return [member for member in every_component() if family in (None, member.family)]
