"""The JSON Schema of plans, for editors: every section, option and registered component.

It is made from the models that check a plan, so that it knows components of other packages, too.
What a schema cannot say, such as that an attack has donors enough, `faceaudit check` says.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from faceaudit.audit.common.selection import Section
from faceaudit.audit.declared import Declared, Shown
from faceaudit.audit.kinds import KINDS
from faceaudit.audit.plan import FACES, Plan
from faceaudit.audit.presets import NAMES, PRESET, presets_of
from faceaudit.audit.sweeps import is_plain_list, models_in, takes_list
from faceaudit.faces.sources.base import Source
from faceaudit.registry import FAMILIES, Component, Options, Registry

DRAFT = "https://json-schema.org/draft/2020-12/schema"
TITLE = "Plan of faceaudit"
FILE = "plan.schema.json"
"""What the schema's file is called beside a plan."""
LINE = f"# yaml-language-server: $schema={FILE}\n"
"""The first line of a plan, by which editors find the schema that lies beside it."""
_PREFIX = "#/$defs/"

Schema = dict[str, Any]


def plan_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of plans as files spell them, sweeps included.

    >>> schema = plan_schema()
    >>> schema["title"], "blended" in str(schema["$defs"]["backdoor_attack"])
    ('Plan of faceaudit', True)
    """
    found = list(_reachable(kind.plan for kind in KINDS))
    models: list[type[BaseModel]] = [*found, Declared, Shown]
    named, made = models_json_schema(
        [(model, "validation") for model in models], ref_template=_PREFIX + "{model}"
    )
    refs = {model: named[model, "validation"]["$ref"] for model in models}
    bases = {
        model for model in models if issubclass(model, Component) and not hasattr(model, "name")
    }
    defs: Schema = {}
    for model in models:
        place = refs[model].removeprefix(_PREFIX)
        if issubclass(model, Options) and model not in bases:
            defs[place] = _options(model, made["$defs"][place])
    for registry in FAMILIES.values():
        if registry.base in bases:
            defs[registry.family] = _family(registry, refs)
    renamed = {refs[base]: _PREFIX + base.family for base in bases if issubclass(base, Component)}
    for model in models:
        if issubclass(model, Options) and model.merges:
            defs[refs[model].removeprefix(_PREFIX)] = _one_mapping(model, defs, refs)
    schema = _with_refs({**_top(refs), "$defs": dict(sorted(defs.items()))}, renamed)
    assert isinstance(schema, dict)
    return schema


def _reachable(models: Iterator[type[Options]]) -> Iterator[type[Options]]:
    """Yield models and all that their options may be, each once; of a family, every member."""
    seen: dict[type[Options], None] = {}
    waiting: list[type[Options]] = [Source, *models]
    while waiting:
        model = waiting.pop()
        if model in seen:
            continue
        seen[model] = None
        if issubclass(model, Component) and not hasattr(model, "name"):
            registry = FAMILIES[model.family]
            waiting += map(registry.get, registry.names())
            continue
        for field in model.model_fields.values():
            waiting += _inner(field.annotation)
    return iter(seen)


def _inner(kind: object) -> Iterator[type[Options]]:
    """Yield the models in a type, those in lists too."""
    yield from models_in(kind)
    for each in getattr(kind, "__args__", ()):
        yield from _inner(each)


def _top(refs: Mapping[type[BaseModel], str]) -> Schema:
    """Return the schema of a plan's top, without definitions."""
    own = Plan.model_json_schema()
    properties = {name: _told(own["properties"][name]) for name in ("title", "seeds", "limits")}
    for name, model in (("declared", Declared), ("show", Shown)):
        properties[name] = {
            "description": Plan.model_fields[name].description,
            "$ref": refs[model],
        }
    properties[FACES] = {
        "description": "faces of every section that has none of its own",
        **_swept({"$ref": refs[Source]}),
    }
    properties[PRESET] = _preset(NAMES)
    for kind in KINDS:
        section = {"$ref": refs[kind.plan]}
        properties[kind.name] = {
            "description": _first_line(kind.plan),
            "if": {"type": "null"},
            "else": _swept(section),
        }
    return {
        "$schema": DRAFT,
        "title": TITLE,
        "description": "What to audit: see docs/plans.md",
        "type": "object",
        "properties": properties,
        "anyOf": [{"required": [kind.name]} for kind in KINDS],
        "additionalProperties": False,
    }


def _options(model: type[Options], made: Schema) -> Schema:
    """Return the schema of a model's options; of a component, with the key of its name."""
    properties: Schema = {}
    for name, field in model.model_fields.items():
        told = _told(made["properties"][name])
        about = {key: told.pop(key) for key in ("description", "default") if key in told}
        inner = told if issubclass(model, Section) and name in ("exclude", "include") else None
        swept = inner or _swept_option(field.annotation, told)
        if name == FACES and any(model is kind.plan for kind in KINDS):
            swept = {"if": {"type": "null"}, "else": swept}  # those at the top are taken then
        properties[name] = {**about, **swept}
    required = [name for name in made.get("required", ()) if name != FACES]
    for kind in KINDS:
        if model is kind.plan and (known := presets_of(kind.name)):
            properties[PRESET] = _preset(known)
            required = [name for name in required if all(name not in one for one in known.values())]
    if issubclass(model, Component):
        properties = {model.plan_key: {"description": _about(model)}, **properties}
        # The option that may stand behind the name and a colon need not be given beside it.
        required = [name for name in required if name != model.colon]
    return {
        "type": "object",
        "description": _first_line(model),
        "properties": properties,
        **({"required": required} if required else {}),
        "additionalProperties": False,
    }


def _preset(names: Iterable[str]) -> Schema:
    said = "; ".join(f"{name}: {NAMES[name]}" for name in names)
    return {
        "enum": [*names, None],
        "description": f"what the section says unless it says so itself; null: none; {said}",
    }


def _family(registry: Registry[Any], refs: Mapping[type[BaseModel], str]) -> Schema:
    """Return the schema of any member of a family: a name, or a mapping with it and options."""
    key = registry.plan_key
    return {
        "description": _first_line(registry.base),
        "if": {"type": "string"},
        "then": _name(registry),
        "else": {
            "type": "object",
            "properties": {key: _swept(_name(registry))},
            "required": [key],
            "allOf": [_member(registry, name, refs) for name in registry.names()],
        },
    }


def _name(registry: Registry[Any]) -> Schema:
    """Return the schema of a member's name, alone or as NAME:PATH."""
    with_colon = [
        re.escape(name)
        for name in registry.names()
        if registry.get(name).colon in registry.get(name).model_fields
    ]
    names = {"enum": list(registry.names())}
    if not with_colon:
        return {"type": "string", **names}
    return {"type": "string", "anyOf": [names, {"pattern": f"^({'|'.join(with_colon)}):"}]}


def _member(registry: Registry[Any], name: str, refs: Mapping[type[BaseModel], str]) -> Schema:
    """Return what holds of a mapping that names a member: alone, or first of several."""
    named = {"type": "string", "pattern": f"^{re.escape(name)}(:|$)"}
    each = {"anyOf": [named, {"type": "array", "contains": named}]}
    return {
        "if": {"properties": {registry.plan_key: each}, "required": [registry.plan_key]},
        "then": {"$ref": refs[registry.get(name)]},
    }


def _one_mapping(model: type[Options], defs: Schema, refs: Mapping[type[BaseModel], str]) -> Schema:
    """Return the schema of a model whose component may stand in one mapping with its options."""
    option = model.merges
    base = next(models_in(model.model_fields[option].annotation))
    assert issubclass(base, Component)
    family = defs[base.family]
    plain = defs[refs[model].removeprefix(_PREFIX)]
    more = {name: told for name, told in plain["properties"].items() if name != option}
    flat = [
        {
            "if": one["if"],
            "then": {
                **(member := defs[one["then"]["$ref"].removeprefix(_PREFIX)]),
                "properties": {**member["properties"], **more},
            },
        }
        for one in family["else"]["allOf"]
    ]
    return {
        "description": _first_line(model),
        "if": {"type": "object", "properties": {option: {"type": "object"}}, "required": [option]},
        "then": plain,
        "else": {**family, "else": {**family["else"], "allOf": flat}},
    }


def _swept_option(kind: object, told: Schema) -> Schema:
    """Return an option's schema with what a sweep over it may be."""
    if not takes_list(kind):
        return _swept(told)
    if not is_plain_list(kind):
        return told
    lists = {"type": "array", "minItems": 1, "items": {"type": "array"}}
    return {"if": lists, "then": {"items": told}, "else": told}


def _swept(told: Schema) -> Schema:
    """Return a schema of a value, or of a list of such values."""
    several = {"minItems": 1, "items": told, "uniqueItems": True}
    return {"if": {"type": "array"}, "then": several, "else": told}


def _told(made: Schema) -> Schema:
    """Return pydantic's schema of an option without the titles that repeat its name."""
    return {key: value for key, value in made.items() if key != "title"}


def _about(model: type[Component]) -> str:
    return f"{_first_line(model)} ({model.paper})"


def _first_line(model: type) -> str:
    return (model.__doc__ or "").strip().split("\n", 1)[0]


def _with_refs(value: object, renamed: Mapping[str, str]) -> object:
    """Return a schema whose references to bases of components lead to their families."""
    if isinstance(value, dict):
        return {
            key: renamed.get(inner, inner) if key == "$ref" else _with_refs(inner, renamed)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_with_refs(one, renamed) for one in value]
    return value
