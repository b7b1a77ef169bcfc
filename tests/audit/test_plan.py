"""Plans: sections, shared faces, overrides, and mistakes said in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from faceaudit.audit.kinds import KINDS
from faceaudit.audit.plan import Plan
from faceaudit.audit.plan_file import example_names, example_text, load_plan
from faceaudit.errors import OptionError

PLAN = """
faces: {source: synthetic, people: 5}
backdoor:
  systems: [{network: deepid, training: {epochs: 3}}]
  attacks:
    - {attack: blended, ratio: 0.3, sweep: [5, 20]}
    - accessory
"""
INF = float("inf")
MEMBERSHIP = {"backbones": [{"network": "deepid", "weights": "some.safetensors"}]}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(PLAN, "utf-8")
    return path


def test_a_plan_fills_in_the_defaults(path: Path) -> None:
    plan = load_plan(path)
    backdoor = plan.section("backdoor")
    assert backdoor.faces.name == "synthetic"
    assert backdoor.systems[0].training.epochs == 3
    assert [planned.attack.name for planned in backdoor.attacks] == ["blended", "accessory"]
    assert [v.samples for v in backdoor.attacks[0].variants()] == [5, 20, 115]
    assert {v.ratio for v in backdoor.attacks[0].variants()} == {0.3}
    assert backdoor.wrong_keys == 5
    assert backdoor.target is None
    assert plan.seeds == (0,)
    assert plan.section("membership") is None


def test_a_membership_section_fills_in_the_defaults() -> None:
    plan = Plan(faces={"source": "synthetic"}, membership=MEMBERSHIP).section("membership")
    assert (plan.verifiers, plan.targets, plan.label_records) == (16, None, 400)
    assert plan.attacked == 16
    assert (plan.pool.pairs, plan.pool.blocks, plan.pool.per_person) == (6000, 600, 5)
    assert plan.pool.validation == 900
    assert (plan.subjects.count, plan.subjects.queries) == (1000, 2)
    assert plan.levels == ("pair", "photo", "identity", "block")
    assert plan.fprs == (0.01,)
    assert not plan.strict
    assert plan.predictor.name == "difference_network"
    assert [one.name for one in plan.mitigations] == ["none"]
    assert [one.name for one in plan.attacks] == ["loss"]


def test_a_plan_can_be_spelled_again(path: Path) -> None:
    plan = load_plan(path)
    assert Plan(**plan.as_json()) == plan
    assert Plan(**plan.as_json()).as_json() == plan.as_json()
    assert load_plan(plan) is plan
    assert load_plan(plan.as_json()) == plan
    assert load_plan(plan, ["seeds=[3]"]).seeds == (3,)


def test_every_kind_of_audit_has_a_section_of_its_name() -> None:
    names = [
        *("backdoor", "membership", "inversion", "backbone_membership", "extraction"),
        *("attribute_inference", "linkage", "enrolment", "master_face"),
        *("master_key", "evasion", "scan", "finished"),
    ]
    assert [kind.name for kind in KINDS] == names
    plan = load_plan()
    others = (
        *("backbone_membership", "finished", "scan", "enrolment"),
        *("master_face", "master_key", "evasion"),
    )
    default = [name for name in names if name not in others]
    assert [kind.name for kind, _ in plan.parts()] == default
    top = ["title", "seeds", "declared", "limits", "show"]
    assert list(plan.as_json()) == [*top, *default]


def test_faces_that_sections_share_are_written_once() -> None:
    shared = {"source": "synthetic", "people": 7}
    own = {"source": "synthetic", "people": 9}
    backdoor = {"systems": [{"network": "deepid"}]}
    plan = Plan(faces=shared, backdoor=backdoor, membership={**MEMBERSHIP, "faces": own})
    assert plan.section("backdoor").faces.people == 7
    assert plan.section("membership").faces.people == 9
    assert "faces" not in plan.as_json()
    both = Plan(faces=shared, backdoor=backdoor, membership=MEMBERSHIP)
    assert both.section("membership").faces == both.section("backdoor").faces


def test_a_section_whose_faces_are_null_takes_the_shared_ones() -> None:
    backdoor = {"systems": [{"network": "deepid"}], "faces": None}
    plan = Plan(faces={"source": "synthetic", "people": 7}, backdoor=backdoor)
    assert plan.section("backdoor").faces.people == 7


def test_faces_that_no_section_uses_are_refused() -> None:
    """Else `--set faces.path=...` would change nothing and say nothing."""
    built = load_plan("default").section("backdoor")
    with pytest.raises(OptionError, match="expected a section that uses the faces at the top"):
        Plan(faces={"source": "synthetic"}, backdoor=built)
    with pytest.raises(OptionError, match="expected a section that uses the faces at the top"):
        load_plan(None, ["faces.path=/photos"])


def test_a_folder_that_is_called_as_an_example_does_not_hide_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "default").mkdir()
    assert load_plan("default") == load_plan()
    (tmp_path / "default").rmdir()
    (tmp_path / "default").write_text("title: mine\nbackdoor: {systems: [{network: deepid}]}\n")
    with pytest.raises(OptionError):  # a file of the name is meant
        load_plan("default")


@pytest.mark.parametrize("name", example_names())
def test_examples_are_valid_by_name_and_by_file(name: str, tmp_path: Path) -> None:
    plan = load_plan(name)
    assert plan.sections
    path = tmp_path / "copy.yaml"
    path.write_text(example_text(name), "utf-8")
    assert load_plan(path) == load_plan(str(path)) == plan


def test_a_file_goes_before_an_example_of_its_name(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(path.parent)
    path.rename(path.with_name("default"))
    assert load_plan("default").section("backdoor").faces.people == 5


def test_the_default_plan_is_an_example() -> None:
    assert load_plan() == load_plan(None) == load_plan("default")


@pytest.mark.parametrize(
    ("override", "get", "value"),
    [
        ("faces.people=7", lambda p: p.section("backdoor").faces.people, 7),
        ("backdoor.split.train=3", lambda p: p.section("backdoor").split.train, 3),
        (
            "backdoor.systems.0.training.epochs=9",
            lambda p: p.section("backdoor").systems[0].training.epochs,
            9,
        ),
        (
            "backdoor.systems.0.network.width=0.5",
            lambda p: p.section("backdoor").systems[0].network.width,
            0.5,
        ),
        (
            "backdoor.attacks.0.samples=4",
            lambda p: p.section("backdoor").attacks[0].attack.samples,
            4,
        ),
        (
            "backdoor.attacks.1=blended_accessory",
            lambda p: p.section("backdoor").attacks[1].attack.name,
            "blended_accessory",
        ),
        ("seeds=[1, 2]", lambda p: p.seeds, (1, 2)),
        ("backdoor.target=Zoë", lambda p: p.section("backdoor").target, "Zoë"),
    ],
)
def test_any_value_can_be_overridden(path: Path, override: str, get: object, value: object) -> None:
    assert get(load_plan(path, [override])) == value  # type: ignore[operator]


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("faces.poeple=7", r"faces: expected an option \(.*people.*\), got 'poeple'; try 'people'"),
        ("faces.people=many", "faces.people: expected a valid integer.*, got 'many'"),
        ("faces.people=1", "faces.people: expected greater than or equal to 2, got 1"),
        ("faces.source=synthetik", "faces: expected a source .* got 'synthetik'; try 'synthetic'"),
        (
            "backdoor.systems.0.network=depid",
            r"backdoor.systems.0.network: expected a network .* got 'depid'; try 'deepid'",
        ),
        ("backdoor.systems.0.training.epoch=3", r"got 'epoch'; try 'epochs'"),
        (
            "backdoor.systems.0.training.batch=big",
            "backdoor.*training.batch: expected a valid integer.*got 'big'",
        ),
        (
            "backdoor.attacks.0.attack=blend",
            "backdoor.attacks.0: expected a backdoor attack .*got 'blend'; try 'blended'",
        ),
        (
            "backdoor.attacks.0.ratoi=0.3",
            "attacks.0: expected an option .* got 'ratoi'; try 'ratio'",
        ),
        ("backdoor.attacks.0.ratio=3", "attacks.0.ratio: expected less than or equal to 1, got 3"),
        (
            "backdoor.attacks.0.key=cartoon-cow",
            "attacks.0.key: expected a key .*'cartoon-cow'; try",
        ),
        ("backdoor.attacks.0.sweep=[0]", "sweep.0: expected greater than or equal to 1, got 0"),
        ("backdoor.attakcs=[]", "backdoor: expected an option .* got 'attakcs'; try 'attacks'"),
        ("backdor={}", r"expected an option \(title, .*\), got 'backdor'; try 'backdoor'"),
        ("backdoor=[]", "backdoor: expected a mapping of options, got \\[\\]"),
        ("backdoor.systems=[]", "backdoor.systems: expected"),
        ("backdoor.systems.3.network=deepid", r"expected 0 to 0 for '3' in"),
        ("backdoor.systems.-1.network=deepid", r"expected 0 to 0 for '-1' in"),
        ("backdoor.systems.1=deepid", r"expected 0 to 0 for '1' in"),
        ("backdoor.systems.x.network=deepid", r"expected 0 to 0 for 'x' in"),
        (
            "backdoor=null",
            "expected a section that uses the faces|expected a section for a kind of audit",
        ),
        ("seeds=[]", "seeds: expected"),
        ("seeds=[-1]", "seeds.0: expected greater than or equal to 0, got -1"),
        ("title.x=3", "expected"),
        ("nonsense", "expected --set KEY=VALUE, got 'nonsense'"),
    ],
)
def test_mistakes_get_one_line_with_the_close_name(path: Path, override: str, message: str) -> None:
    with pytest.raises(OptionError, match=message) as caught:
        load_plan(path, [override])
    assert "\n" not in str(caught.value)


def test_a_plan_that_audits_nothing_is_refused() -> None:
    with pytest.raises(
        OptionError,
        match=r"section for a kind of audit \(backdoor, membership, .*, finished\), got none",
    ):
        Plan(title="nothing")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (
            {"systems": []},
            r"got 'systems' at the top of the plan; write backdoor: \{systems: \.\.\.\}",
        ),
        ({"attacks": []}, r"got 'attacks' at the top of the plan; write backdoor: \{attacks"),
        ({"split": {}}, r"write backdoor: \{split"),
        ({"wrong_keys": 3}, r"write backdoor: \{wrong_keys"),
        ({"privacy": {}}, r"got 'privacy' at the top of the plan; write membership: .*targets"),
    ],
)
def test_the_old_spelling_gets_one_line_that_says_the_new(
    values: dict[str, object], message: str
) -> None:
    with pytest.raises(OptionError, match=message) as caught:
        load_plan({"faces": {"source": "synthetic"}, **values})
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["a: [", "- 1", "", "{1: 2}", "\x00"])
def test_what_is_no_plan_is_said(tmp_path: Path, text: str) -> None:
    path = tmp_path / "plan.yaml"
    path.write_text(text, "utf-8")
    with pytest.raises(OptionError, match="expected a plan") as caught:
        load_plan(path)
    assert "\n" not in str(caught.value)


def test_a_missing_plan_is_said(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"expected a plan in YAML, got .*missing.yaml"):
        load_plan(tmp_path / "missing.yaml")
    with pytest.raises(OptionError, match=r"got .*'defualt'.*; try the example 'default'"):
        load_plan("defualt")


def test_strict_needs_a_section_with_a_gate(path: Path) -> None:
    assert load_plan().strict().section("membership").strict
    with pytest.raises(
        OptionError,
        match=r"validity gate \(membership, backbone_membership, finished\) for --strict, got",
    ):
        load_plan(path).strict()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"sections": {"backdoor": {}}}, "got 'sections'"),
        ({"backdoor": {"systems": [{"network": "deepid"}], 1: 2}}, "names of options, got 1"),
        ({"backdoor": {"systems": [{"network": {"network": "deepid", 3: 4}}]}}, "options, got 3"),
        ({"backdoor": {"systems": [{None: {"epochs": 2}}]}}, "systems.0: expected names of opt"),
        (
            {"backdoor": {"systems": [{"network": "deepid", "training": {1: 2}}]}},
            "systems.0.training: expected names of options, got 1",
        ),
        ({"seeds": [0, 0], "backdoor": {"systems": [{"network": "deepid"}]}}, "every seed once"),
        (
            {"backdoor": {"systems": [{"network": "deepid", "training": {"learning_rate": INF}}]}},
            "learning_rate: expected a finite number, got inf",
        ),
        ({1: 2}, "names of options, got 1|expected a plan"),
        ({"membership": {**MEMBERSHIP, "seeds": 5}}, "got 'seeds', which was renamed; write targ"),
        ({"membership": {**MEMBERSHIP, "units": {}}}, "got 'units', which was renamed; write subj"),
        ({"membership": {**MEMBERSHIP, "seed": 1}}, "got 'seed', which was renamed; write seeds"),
        ({"backdoor": list(range(5000))}, r"backdoor: expected a mapping of options, got .{200}$"),
    ],
    ids=str,
)
def test_odd_values_are_refused_before_anything_runs(
    values: dict[object, object], message: str
) -> None:
    with pytest.raises(OptionError, match=message):
        load_plan({"faces": {"source": "synthetic"}, **values})  # type: ignore[dict-item]
