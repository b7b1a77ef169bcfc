"""What holds for everything registered, whatever its family."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

import faceaudit.audit  # noqa: F401 - brings every family
from faceaudit.errors import OptionError
from faceaudit.registry import FAMILIES, Component, digest

# What cannot be left out: where photos are, and the weights of a detector.
SOURCES = ("bin", "celeba", "folder", "lfw", "listed", "recordio", "youtube_faces")
NEEDED: dict[tuple[str, str], dict[str, Any]] = {
    **{("source", name): {"path": "/photos"} for name in SOURCES},
    ("network", "onnx"): {"path": "/embedder.onnx"},
    **{("align", name): {"weights": "/yunet.onnx"} for name in ("yunet", "deepface")},
}
MEMBERS = [
    registry.get(name) for _, registry in sorted(FAMILIES.items()) for name in registry.names()
]


def built(member: type[Component]) -> Component:
    return member(**NEEDED.get((member.family, member.name), {}))


@pytest.fixture(params=MEMBERS, ids=lambda member: f"{member.family}-{member.name}")
def member(request: pytest.FixtureRequest) -> type[Component]:
    return request.param  # type: ignore[no-any-return]


def test_every_family_has_members() -> None:
    assert {"align", "source", "network", "backdoor_attack"} <= set(FAMILIES)
    assert len(MEMBERS) >= 40


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
        member(**NEEDED.get((member.family, member.name), {}), nonsense=1)
