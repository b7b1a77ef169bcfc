"""Components in a few words, so that no two of a plan read alike."""

from __future__ import annotations

from faceaudit.registry import Component


def title_of(component: Component) -> str:
    """Return a component in a few words: its name, and the options that are not the default.

    >>> from faceaudit.mitigations.membership import membership_mitigations
    >>> title_of(membership_mitigations.build({"mitigation": "facebone", "query": "average"}))
    'facebone (query average)'
    """
    changed = []
    for name, field in type(component).model_fields.items():
        value = getattr(component, name)
        shown = _spelled(value)
        plain = field.get_default(call_default_factory=True)
        if plain not in (value, shown):  # a default may be a component's name
            changed.append(f"{name} {shown}")
    return f"{component.name} ({', '.join(changed)})" if changed else component.name


def _spelled(value: object) -> object:
    """Return an option's value with components in a few words each."""
    if isinstance(value, Component):
        return title_of(value)
    if isinstance(value, tuple) and value and all(isinstance(one, Component) for one in value):
        return " + ".join(title_of(one) for one in value)
    return value
