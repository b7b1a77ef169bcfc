"""A membership plan from faces to a report: run, gone on with, and refused where it must be."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from faceaudit.audit.cost import estimate_cost
from faceaudit.audit.plan import Plan
from faceaudit.audit.results import result_rows
from faceaudit.audit.run import run
from faceaudit.faces.sources.base import sources
from faceaudit.report import render
from faceaudit.store import CaseRecord, Store

PLAN: dict[str, Any] = {
    "title": "small",
    "membership": {
        "faces": {"source": "synthetic", "people": 60, "photos": 4, "sessions": 2, "seed": 2},
        "backbones": [
            {
                "network": "deepid",
                "pretraining": {
                    "faces": {"source": "synthetic", "people": 8, "photos": 8, "seed": 1},
                    "split": {"train": 5, "validation": 1, "test": 1, "donors": 0},
                    "training": {"epochs": 1, "batch": 16},
                    "seed": seed,
                },
            }
            for seed in (0, 1)
        ],
        "pool": {"pairs": 160, "blocks": 20, "per_person": 6, "validation": 8},
        "predictor": {
            "predictor": "difference_network",
            "widths": [32, 16],
            "normalised": 1,
            "epochs": 8,
        },
        "mitigations": ["none", {"mitigation": "facebone"}, "rounding"],
        "attacks": [
            "loss",
            {"attack": "black_box", "folds": 2},
            "label_only",
            "label_only_lira",
            "lira",
            "rmia",
            "shadow_classifier",
        ],
        "subjects": {"count": 20},
        "label_records": 80,
        "verifiers": 16,
        "targets": 2,
    },
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(str(tmp_path_factory.mktemp("audit")))
    outcome = run(Plan(**PLAN), store)
    assert (outcome.ran, outcome.kept, outcome.failed) == (3, 0, ())
    return store


def by_mitigation(store: Store) -> dict[str, CaseRecord]:
    return {record.facts["mitigation"]: record for record in store.cases()}


def test_every_figure_of_every_attack_is_kept(store: Store) -> None:
    records = by_mitigation(store)
    none, facebone = records["none"], records["facebone"]
    assert {one["level"] for one in none.facts["attacks"]} == {
        "pair",
        "photo",
        "identity",
        "block",
    }
    assert {one["strategy"] for one in none.facts["attacks"]} == {"served"}
    asked = {one["strategy"] for one in facebone.facts["attacks"]}
    assert asked == {"served", "each", "all", "assignment", "matched", "unmatched"}
    for record in records.values():
        for attack in record.facts["attacks"]:
            assert record.figure(f"auc:{attack['key']}") is not None
            joint = attack["attack"].endswith("joint")
            assert attack["queries"] >= attack["records"] or joint
        assert record.figure("accuracy") is not None
        for level, key in record.facts["strongest"].items():
            assert key.startswith(f"{level}:")
            assert record.figure(f"strongest_auc:{level}") is not None
            assert not key.endswith("matched")
        assert len({check["name"] for check in record.facts["gate"]}) == 11
    assert none.facts["members"] == none.facts["nonmembers"] == 80


def test_intervals_hold_that_targets_are_each_others_shadows(store: Store) -> None:
    record = by_mitigation(store)["none"]
    for metric in ("auc:pair:lira:served", "auc:block:shadow_classifier joint:served"):
        estimate = record.figure(metric)
        assert estimate is not None
        assert "2 targets of 16 models" in estimate.method
    alone = record.figure("auc:pair:loss:served")
    assert alone is not None
    assert "models" not in alone.method


def test_an_attack_that_knows_of_it_must_have_been_made() -> None:
    """Shadows are none where one verifier is trained: LiRA is planned and cannot be made."""
    section = {
        **PLAN["membership"],
        "mitigations": ["none", "rounding"],
        "attacks": ["loss", "lira"],
        "verifiers": 1,
        "targets": 1,
    }
    with TemporaryDirectory() as folder:
        store = Store(folder)
        assert run(Plan(membership=section), store).failed == ()
        checks = {
            record.facts["mitigation"]: {one["name"]: one for one in record.facts["gate"]}
            for record in store.cases()
        }
    assert checks["none"]["adaptive attacker"]["passed"] is True
    assert checks["rounding"]["adaptive attacker"]["passed"] is False


def test_figures_follow_from_the_evidence(store: Store) -> None:
    record = by_mitigation(store)["facebone"]
    assert record.evidence is not None
    columns = record.evidence.columns
    some = (columns["level"] == "pair") & (columns["target"] == 1)
    for key, name in (("lira:all", "score:lira:all"), ("loss:served", "score:loss:served")):
        area = record.figure(f"auc:pair:{key}:target-1")
        assert area is not None
        expected = roc_auc_score(columns["member"][some], columns[name][some])
        assert area.value == pytest.approx(expected, abs=1e-6)


def test_mitigations_of_answers_share_the_training_of_none(store: Store) -> None:
    records = by_mitigation(store)
    assert records["none"].facts["system"] == records["rounding"].facts["system"]
    assert records["none"].facts["system"] != records["facebone"].facts["system"]
    folder = Path(store.root) / "systems"
    assert len(list(folder.iterdir())) == 4  # two backbones, two lots of verifiers


def test_a_second_run_keeps_all_of_it(store: Store) -> None:
    outcome = run(Plan(**PLAN), store)
    assert (outcome.ran, outcome.kept) == (0, 3)


def test_the_same_plan_gives_the_same_figures(store: Store, tmp_path: Path) -> None:
    again = Store(str(tmp_path))
    run(Plan(**PLAN), again)
    for one, two in zip(store.cases(), again.cases(), strict=True):
        assert one.id == two.id
        assert one.figures == two.figures


def test_results_and_report_tell_of_it(store: Store) -> None:
    rows = list(result_rows(store))
    assert {row.mitigation.partition("(")[0] for row in rows} == {"none", "facebone", "rounding"}
    assert all(row.n is not None or row.note for row in rows)
    page = render(store)
    assert "FaceBone" in page
    assert "lira" in page.lower()


def test_a_strict_plan_refuses_lists_with_flaws(tmp_path: Path) -> None:
    values = {
        **PLAN,
        "membership": {**PLAN["membership"], "mitigations": ["none"], "levels": ["pair"]},
    }
    faces = sources.build(values["membership"]["faces"]).load((55, 47), cache=tmp_path).faces
    names = list(faces.ids)
    rng = np.random.default_rng(0)
    for name, count in (("in", 120), ("out", 30)):
        drawn = rng.integers(len(names), size=(count, 2))
        lines = [
            f"{names[a]},{names[b]},{int(faces.identity[a] == faces.identity[b])}"
            for a, b in drawn.tolist()
            if a != b
        ]
        lines.append(f"nobody,{names[0]},0")
        (tmp_path / f"{name}.csv").write_text("image1,image2,label\n" + "\n".join(lines))
    values["membership"]["pool"] = {
        "members": str(tmp_path / "in.csv"),
        "nonmembers": str(tmp_path / "out.csv"),
    }
    values["membership"]["verifiers"] = 2
    values["membership"]["attacks"] = [{"attack": "black_box", "in_sample": True}, "lira"]
    open_, strict = Store(str(tmp_path / "open")), Store(str(tmp_path / "strict"))
    assert run(Plan(**values), open_).failed == ()
    left_out = open_.run()["left_out"]
    assert len(left_out) == 2, "a pair of each list"
    assert all("nobody" in item["id"] + item["reason"] for item in left_out)
    (record,) = open_.cases()
    failed = [check["name"] for check in record.facts["gate"] if check["passed"] is False]
    assert {"shared photos", "shared people", "equal sizes", "scored apart"} <= set(failed)
    assert failed == [check["name"] for check in record.facts["gate"][: len(failed)]]
    assert record.facts["protocol"] == "as published"
    assert record.facts["strongest"] == {}
    assert {one["attack"] for one in record.facts["attacks"]} == {"black_box in-sample", "lira"}
    (lira,) = (figure for figure in record.figures if figure.metric == "auc:pair:lira:served")
    assert lira.estimate is None
    assert "expected verifiers" in lira.why_none
    values["membership"]["strict"] = True
    for store in (strict, open_):  # what was kept without being strict is not taken for it
        (failure,) = run(Plan(**values), store).failed
        assert "flaws" in failure[1]


def test_the_cost_counts_verifiers_once_a_training() -> None:
    cost = estimate_cost(Plan(**PLAN))
    assert cost.cases == 3
    assert cost.trainings == 32
    assert cost.people == 60
