"""The kind as it is run: small backbones trained, kept and attacked; nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import faceaudit
from faceaudit.audit.kinds import kind_of
from faceaudit.audit.plan import Plan
from faceaudit.audit.run import run
from faceaudit.records.backbone_membership import (
    VERIFICATION,
    Asked,
    BackboneMembershipFacts,
)
from faceaudit.store import CaseRecord, Store

FACES: Mapping[str, Any] = {"source": "synthetic", "people": 40, "photos": 8, "sessions": 4}


def small(**changed: Any) -> Plan:
    return Plan(
        backbone_membership={
            "faces": {**FACES, "seed": 3},
            "recipes": [
                {
                    "network": {"network": "deepid", "width": 0.1},
                    "stop": "never",
                    "training": {
                        "epochs": 3,
                        "batch": 32,
                        "learning_rate": 0.003,
                        "threads": 1,
                    },
                }
            ],
            "trainings": 4,
            "split": {"train": 4, "validation": 1, "test": 2, "donors": 0, "by": "video"},
            "attacks": ["own_minus_nearest_other", "mint", "batch_norm_distance"],
            "fprs": [0.2],
            "others": {**FACES, "seed": 4, "aligned": True},
            **changed,
        }
    )


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    made = Store(tmp_path_factory.mktemp("audit") / "store")
    assert not run(small(), made).failed
    return made


@pytest.fixture(scope="module")
def case(store: Store) -> CaseRecord:
    (found,) = store.cases()
    return found


def test_every_attack_has_a_figure_or_says_why_at_every_level(case: CaseRecord) -> None:
    by_metric = {one.metric: one for one in case.figures}
    for against in ("same_source", "other_source"):
        for photos in ("trained", "held_out"):
            for level in ("photo", "person"):
                for nets in ("trained", "untrained"):
                    place: Any = (level, photos)
                    rest: Any = (against, nets)
                    mint = Asked("mint", *place, "with", *rest)
                    own = Asked("own_minus_nearest_other", *place, "without", *rest)
                    norms = Asked("batch_norm_distance", *place, "without", *rest)
                    assert by_metric[mint.metric("auc")].estimate is not None
                    assert by_metric[own.metric("auc")].estimate is not None
                    assert by_metric[norms.metric("auc")].estimate is None
                    assert "batch norms" in by_metric[norms.metric("auc")].why_none
    assert 0 <= by_metric[VERIFICATION].estimate.value <= 1  # type: ignore[union-attr]


def test_another_source_is_refused_and_its_own_is_not(case: CaseRecord) -> None:
    facts = BackboneMembershipFacts.of(case)
    assert facts.listed("same_source", "trained").outcome == "passed"
    refused = facts.listed("other_source", "trained")
    assert refused.outcome == "failed"
    assert [one.name for one in refused.checks if one.passed is False] == ["blind baseline"]
    assert facts.held_out_sessions
    assert len(facts.trainings) == 4


def test_evidence_has_every_photo_on_every_training_with_raw_scores(case: CaseRecord) -> None:
    rows = case.evidence
    assert rows is not None
    own = ~rows.columns["other_source"].astype(bool)
    assert np.count_nonzero(own) == 4 * 40 * (4 + 2)
    name = "own_minus_nearest_other/without"
    scores = rows.columns[name].astype(np.float64)
    assert np.isfinite(scores).all()
    # The figure can be had again from the rows.
    some = own & ~rows.columns["held_out"].astype(bool)
    areas = []
    for training in range(4):
        here = some & (rows.columns["training"] == training)
        member = rows.columns["member"][here].astype(bool)
        wins = scores[here][member][:, None] > scores[here][~member][None, :]
        areas.append(wins.mean())
    found = case.figure(Asked("own_minus_nearest_other", "photo", "trained").metric("auc"))
    assert found is not None
    assert found.value == pytest.approx(np.mean(areas), abs=1e-3)


@pytest.mark.parametrize(
    ("column", "attack", "shadows"),
    [
        ("own_minus_nearest_other/with/person", "own_minus_nearest_other", "with"),
        ("own_minus_nearest_other/without", "own_minus_nearest_other", "without"),
        ("mint/with", "mint", "with"),
    ],
)
def test_figures_of_people_can_be_had_again_from_the_rows(
    case: CaseRecord, column: str, attack: str, shadows: Any
) -> None:
    rows = case.evidence
    assert rows is not None
    assert np.isnan(rows.columns["batch_norm_distance/with/person"]).all()  # it has no figure
    for held_out, photos in enumerate(("trained", "held_out")):
        areas = []
        for training in range(4):
            here = (rows.columns["training"] == training) & ~rows.columns["other_source"]
            here &= rows.columns["held_out"] == held_out
            people = rows.columns["people"][here]
            score = rows.columns[column][here].astype(np.float64)
            member = rows.columns["member"][here]
            by_person = [
                (score[people == one].mean(), member[people == one][0]) for one in range(40)
            ]
            pairs = [(a, b) for a, inside in by_person for b, other in by_person if inside > other]
            areas.append(np.mean([(a > b) + (a == b) / 2 for a, b in pairs]))
        asked = Asked(attack, "person", photos, shadows)  # type: ignore[arg-type]
        found = case.figure(asked.metric("auc"))
        assert found is not None
        assert found.value == pytest.approx(np.mean(areas), abs=1e-3)


def test_another_attack_trains_nothing_again(store: Store) -> None:
    kept = Path(store.root) / "systems"
    before = {one.name: one.stat().st_mtime_ns for one in kept.iterdir()}
    assert len(before) == 4
    assert not run(small(attacks=["embedding_norm"], others=None), store).failed
    assert {one.name: one.stat().st_mtime_ns for one in kept.iterdir()} == before


def test_strict_gives_no_figure_from_lists_that_failed(store: Store) -> None:
    plan = small(attacks=["embedding_norm"]).strict()
    assert not run(plan, store).failed
    (strict,) = [one for one in store.cases() if one.spec["strict"]]
    refused = Asked("embedding_norm", "photo", "trained", "without", "other_source")
    kept = Asked("embedding_norm", "photo", "trained", "without", "same_source")
    by_metric = {one.metric: one for one in strict.figures}
    assert by_metric[refused.metric("auc")].estimate is None
    assert "checks" in by_metric[refused.metric("auc")].why_none
    assert by_metric[kept.metric("auc")].estimate is not None


def test_what_cannot_be_done_is_told_before_anything_runs() -> None:
    few = small(faces={**FACES, "people": 6})
    found = faceaudit.check(few)
    assert any("at least 8 people" in str(one) for one in found.obstacles), found.obstacles
    good = faceaudit.check(small(trainings=2))
    assert any("too few for shadows" in one for one in good.remarks)
    assert any("another source" in one for one in good.remarks)
    assert not any("too few people" in one or "people are too few" in one for one in good.remarks)
    assert good.cost.trainings == 2
    assert good.cost.training_photos == 2 * 20 * 3 * 4


def test_figures_that_too_few_people_cannot_carry_are_told_before_anything_runs() -> None:
    def remarks(people: int, fprs: list[float]) -> list[str]:
        found = faceaudit.check(small(faces={**FACES, "people": people}, fprs=fprs, others=None))
        assert not found.obstacles
        return [one for one in found.remarks if "too few" in one]

    assert not remarks(100, [0.2])
    assert not remarks(100, [10 / 50])
    (rates,) = remarks(100, [0.2, 0.19, 0.01])
    assert "50 others" in rates
    assert "share 0.19, 0.01 of them" in rates
    assert "0.2 or more" in rates
    (_, more) = remarks(19, [0.5])
    assert more.endswith("(backbone_membership.fprs: more people)")
    few, _ = remarks(29, [0.2])
    assert few.startswith("29 people are too few for the checks of the lists, which need 30")
    assert not [one for one in remarks(30, [1.0]) if "checks" in one]


def test_rows_name_the_attack_of_each_figure(case: CaseRecord) -> None:
    rows = list(kind_of("backbone_membership").rows(case))
    assert len(rows) == len(case.figures)
    assert {"own_minus_nearest_other", "mint", "blind", "none"} <= {row.attack for row in rows}
    assert all(not row.is_share for row in rows if row.metric.startswith("auc:"))


def test_the_report_of_it_is_written(store: Store, tmp_path: Path) -> None:
    page = faceaudit.write_report(store, tmp_path / "report.html").read_text("utf-8")
    assert 'id="backbone-membership"' in page
    assert "The gate refuses these lists" in page
