"""`faceaudit ls` and `faceaudit show`."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from faceaudit.cli.console import mark, out
from faceaudit.errors import UnknownName

if TYPE_CHECKING:
    from pydantic.fields import FieldInfo

    from faceaudit.registry import Component


def ls(
    family: Annotated[
        str | None, typer.Argument(help="Only this family.", show_default=False)
    ] = None,
) -> None:
    """List what can be named: sources of faces, networks, attacks, mitigations and the like."""
    from faceaudit.api.components import components  # noqa: PLC0415 - slow to load

    table = Table(box=None)
    for heading in ("family", "name", "what it is"):
        table.add_column(heading)
    for member in components(family):
        table.add_row(member.family, member.name, member.summary())
    out.print(table)


def show(
    name: Annotated[str, typer.Argument(help="A name that `ls` lists, or that of a preset.")],
) -> None:
    """Say what a component does, the paper it is from, its options and their defaults.

    Of a preset (quick, standard, paper) it prints what sections of plans say that name it.
    """
    from faceaudit.api.components import components  # noqa: PLC0415 - slow to load
    from faceaudit.audit.presets import NAMES  # noqa: PLC0415 - slow to load

    if name in NAMES:
        _show_preset(name)
        return
    members = components()
    found = [member for member in members if member.name == name]
    if not found:
        raise UnknownName("component", name, {member.name for member in members})
    for member in found:
        out.print(mark(member.name, "bold", f" ({member.family})"))
        out.print(inspect.cleandoc(member.__doc__ or ""))
        out.print()
        out.print(mark("source", "bold", f"  {member.paper}\n"), highlight=False)
        for heading, text in _known(member).items():
            out.print(mark(heading, "bold", f"  {text}"), highlight=False)
        table = Table(box=None)
        for heading in ("option", "default", "what it is"):
            table.add_column(heading, overflow="fold")
        for option, field in member.model_fields.items():
            table.add_row(option, _default(field), field.description or "")
        out.print(table)


def _show_preset(name: str) -> None:
    """Print what a preset sets, by kind of audit."""
    from faceaudit.audit.drafting.text import spell  # noqa: PLC0415 - slow to load
    from faceaudit.audit.kinds import KINDS  # noqa: PLC0415
    from faceaudit.audit.presets import NAMES, presets_of  # noqa: PLC0415

    out.print(mark(name, "bold", f" (preset)\n{NAMES[name][0].upper()}{NAMES[name][1:]}."))
    said = {kind.name: presets_of(kind.name).get(name) for kind in KINDS}
    text = spell({kind: options for kind, options in said.items() if options})
    out.print(text, highlight=False, markup=False)


def _known(member: type[Component]) -> dict[str, str]:
    """Return the keys of a backdoor attack, and what is known of a network at its full size.

    A network in a file is known by its file.
    """
    from faceaudit.attacks.backdoor.base import BackdoorAttack  # noqa: PLC0415 - slow to load
    from faceaudit.networks.base import Network  # noqa: PLC0415
    from faceaudit.networks.describe import describe  # noqa: PLC0415

    if issubclass(member, BackdoorAttack):
        keys = member.built_in_keys()
        return {"keys": ", ".join(keys)} if keys else {}
    if not issubclass(member, Network):
        return {}
    if any(field.is_required() for field in member.model_fields.values()):
        return {"weights": member.known_weights}
    return describe(member())


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "(needed)"
    from faceaudit.registry import Component  # noqa: PLC0415 - the command line loads fast

    value = field.get_default(call_default_factory=True)
    if isinstance(value, tuple) and value and all(isinstance(one, Component) for one in value):
        return ", ".join(_spelled(one) for one in value)
    return str(value)


def _spelled(part: Component) -> str:
    """Return a component as a plan spells it, its usual options left out."""
    values = [
        f"{name}: {value}"
        for name, value in part.model_dump(mode="json").items()
        if getattr(part, name) != type(part).model_fields[name].get_default()
    ]
    inner = ", ".join([f"{part.plan_key}: {part.name}", *values])
    return f"{{{inner}}}" if values else part.name
