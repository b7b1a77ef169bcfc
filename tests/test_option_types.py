"""Options given as text: those that are text stay as they are written, others are YAML."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import Field

from faceaudit.audit.plan_file import load_plan
from faceaudit.cli.parsing.options import parse_values
from faceaudit.errors import OptionError
from faceaudit.faces.alignment.base import aligners
from faceaudit.faces.sources.base import sources
from faceaudit.networks.base import networks
from faceaudit.option_types import is_text, read_value
from faceaudit.registry import Options

NAMES = ["000123", "No", "2019-01-01", "Ann #2", "null", "~", "@ann", "Ann: Lee", "[x", "1e3", "{}"]


class Inner(Options):
    name: str = ""
    number: int | None = None


class Outer(Options):
    text: str | None = None
    word: Literal["on", "off"] = "on"
    either: int | Literal["equal"] = 0
    names: tuple[str, ...] = ()
    two: tuple[int, str] = (0, "")
    by_name: dict[str, str] = {}  # noqa: RUF012 - pydantic copies it
    inner: Annotated[Inner | None, Field()] = None
    many: tuple[Inner, ...] = ()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("text", True),
        ("word", True),
        ("either", False),
        ("names", False),
        ("names.3", True),
        ("two.0", False),
        ("two.1", True),
        ("by_name.x", True),
        ("inner", False),
        ("inner.name", True),
        ("inner.number", False),
        ("many.1.name", True),
        ("unknown", False),
        ("text.x", False),
        ("inner.unknown", False),
    ],
)
def test_which_options_are_text(path: str, text: bool) -> None:
    assert is_text(Outer, {}, path.split(".")) is text


def test_components_are_known_by_the_name_that_the_values_have() -> None:
    source = {"align": {"align": "yunet"}}
    assert is_text(sources.base, {"source": "lfw"}, ["path"])
    assert not is_text(sources.base, {"source": "synthetic"}, ["people"])
    assert is_text(sources.get("lfw"), source, ["align", "weights"])
    assert is_text(sources.get("lfw"), {}, ["align", "weights"]), "as in every way that has it"
    assert is_text(networks.base, "onnx:a.onnx", ["output"])
    assert not is_text(networks.get("iresnet18"), {}, ["preprocessing", "scale"])
    assert is_text(aligners.base, {}, ["several"])


@pytest.mark.parametrize("text", NAMES)
def test_text_is_kept_as_it_is_written(text: str) -> None:
    assert read_value(text, "key", as_text=True) == text


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("'000123'", "000123"),
        ('"a b"', "a b"),
        ('"', '"'),
        ("'a' and 'b'", "'a' and 'b'"),
    ],
)
def test_quotes_around_all_of_it_go_and_nothing_is_none(text: str, value: str | None) -> None:
    assert read_value(text, "key", as_text=True) == value


def test_anything_else_is_yaml() -> None:
    assert read_value("[1, {a: no}]", "key", as_text=False) == [1, {"a": False}]
    with pytest.raises(OptionError, match="expected a YAML value for 'key', got '@x'"):
        read_value("@x", "key", as_text=False)


@pytest.mark.parametrize("name", NAMES)
def test_names_in_plans(name: str) -> None:
    assert load_plan(None, [f"backdoor.target={name}"]).section("backdoor").target == name
    assert load_plan(None, [f"title={name}"]).title == name
    assert (
        load_plan(None, [f"backdoor.systems.0.weights={name}"])
        .section("backdoor")
        .systems[0]
        .weights
        == name
    )


def test_a_name_in_a_plan_is_taken_away_by_nothing() -> None:
    set_ = ["backdoor.target=Ann", "backdoor.target="]
    assert load_plan(None, set_).section("backdoor").target is None


def test_a_name_in_one_of_several_sections_is_kept_as_it_is_typed() -> None:
    section = load_plan().as_json()["backdoor"]
    plan = {"backdoor": [section, {**section, "unseen": 9}]}
    changed = load_plan(plan, ["backdoor.0.target=000123", "backdoor.1.wrong_keys=3"])
    (_, first), (_, second) = changed.parts()
    assert (first.target, second.target, second.wrong_keys) == ("000123", None, 3)


PLAN: dict[str, Any] = {
    "faces": {"source": "folder", "path": "x"},
    "backdoor": {
        "systems": [{"network": {"network": "iresnet18"}}],
        "attacks": [{"attack": "accessory"}],
    },
}


@pytest.mark.parametrize(
    ("override", "get", "value"),
    [
        ("faces.path=000123", lambda p: p.faces.path, "000123"),
        ("faces={source: lfw, path: no}", None, None),
        ("faces={source: lfw, path: a}", lambda p: p.faces.name, "lfw"),
        ("faces=lfw:000", lambda p: (p.faces.name, p.faces.path), ("lfw", "000")),
        ("faces.align=yunet:0.onnx", lambda p: p.faces.align.weights, "0.onnx"),
        (
            "backdoor.attacks.0.key=glasses-round",
            lambda p: p.attacks[0].attack.key,
            "glasses-round",
        ),
        (
            "backdoor.systems.0={network: 'onnx:a.onnx', learn: last layer}",
            lambda p: p.systems[0].network.path,
            "a.onnx",
        ),
        (
            "backdoor.systems.0.network.preprocessing.scale=128",
            lambda p: p.systems[0].network.preprocessing.scale,
            (128, 128, 128),
        ),
        (
            "backdoor.systems.0.network.preprocessing.scale=[1, 2, 3]",
            lambda p: p.systems[0].network.preprocessing.scale,
            (1, 2, 3),
        ),
    ],
)
def test_structures_and_names_with_paths_in_plans(override: str, get: Any, value: object) -> None:
    if get is None:
        with pytest.raises(OptionError, match="path: expected a valid string, got False"):
            load_plan(PLAN, [override])
    else:
        assert get(load_plan(PLAN, [override]).section("backdoor")) == value


def test_an_option_of_a_network_that_is_named_with_its_file() -> None:
    set_ = [
        "backdoor.systems.0.learn=last layer",
        "backdoor.systems.0.network=onnx:a.onnx",
        "backdoor.systems.0.network.output=0012",
    ]
    network = load_plan(PLAN, set_).section("backdoor").systems[0].network
    assert (network.path, network.output) == ("a.onnx", "0012")


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("deepid:a", "expected the name of a network alone, got 'deepid:a'; try 'deepid'"),
        ({"network": "onnx:a", "path": "b"}, "the name of a network alone, got 'onnx:a'"),
        ("depid:a", "got 'depid'; try 'deepid'"),
    ],
)
def test_what_stands_behind_a_colon_is_an_option_of_some(value: object, message: str) -> None:
    with pytest.raises(OptionError if "alone" in message else ValueError, match=message):
        networks.build(value)  # type: ignore[arg-type]


def test_options_on_the_command_line() -> None:
    typed = ["path=000123", "align.weights=null", "minimum=2", "crop=[0, 0, 1, 1]"]
    assert parse_values(typed, "--source", "x=1", model=sources.get("lfw")) == {
        "path": "000123",
        "align": {"weights": "null"},
        "minimum": 2,
        "crop": [0, 0, 1, 1],
    }
