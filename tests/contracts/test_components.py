"""The contract of everything registered, whatever its family."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from typing import Any

import pytest

from faceaudit.audit.families import components, families
from faceaudit.errors import OptionError
from faceaudit.registry import Component, digest


def needed(member: type[Component]) -> dict[str, Any]:
    """Return a path for every option that has no default: where photos are, or weights."""
    fields = member.model_fields.items()
    return {name: "/embedder.onnx" for name, field in fields if field.is_required()}


def built(member: type[Component]) -> Component:
    return member(**needed(member))


@pytest.fixture(params=components(), ids=lambda member: f"{member.family}-{member.name}")
def member(request: pytest.FixtureRequest) -> type[Component]:
    return request.param  # type: ignore[no-any-return]


def test_every_family_is_known_before_its_members_are_looked_for() -> None:
    """Whoever goes through the families looks for members on the way."""
    code = (
        "import faceaudit.audit.kinds\n"
        "from faceaudit.registry import FAMILIES\n"
        "before = set(FAMILIES)\n"
        "for registry in list(FAMILIES.values()): registry.names()\n"
        "print(sorted(set(FAMILIES) - before))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_family_has_members() -> None:
    assert set(families()) >= {
        "align",
        "backdoor_attack",
        "membership_attack",
        "membership_mitigation",
        "network",
        "predictor",
        "source",
    }
    assert len(components()) >= 60


def test_says_what_it_is_and_where_it_is_from(member: type[Component]) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9_]*", member.name)
    assert len(member.summary()) > 20
    assert re.search(r"\b(19|20)\d\d\b", member.paper), "a paper has a year"


def test_every_option_is_described(member: type[Component]) -> None:
    for name, field in member.model_fields.items():
        assert field.description, f"{member.name}.{name}"


def test_its_spec_rebuilds_it(member: type[Component]) -> None:
    component = built(member)
    spec = component.spec()
    assert spec.build() == component
    assert digest(spec.build().spec().as_json()) == digest(spec.as_json())
    assert json.loads(json.dumps(spec.as_json())) == spec.as_json()


def test_cannot_be_changed(member: type[Component]) -> None:
    component = built(member)
    for name in member.model_fields:
        with pytest.raises(ValueError, match="frozen"):
            setattr(component, name, None)


def test_unknown_options_are_refused(member: type[Component]) -> None:
    with pytest.raises(OptionError, match="got 'nonsense'"):
        member(**needed(member), nonsense=1)
