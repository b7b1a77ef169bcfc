"""A linkage audit run from a plan: each case once, and the same in any order."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import faceaudit
from faceaudit.audit.common.workspace import workspace
from faceaudit.audit.linkage.kind import LinkageKind
from faceaudit.audit.linkage.plan import LinkagePlan
from faceaudit.records.linkage import LinkageFacts
from faceaudit.store import Store

NETWORK = {
    "network": "deepid",
    "pretraining": {
        "faces": {"source": "synthetic", "people": 8, "photos": 8, "sessions": 2, "seed": 1},
        "split": {"train": 6, "validation": 1, "test": 1, "donors": 0},
        "training": {"epochs": 2, "batch": 32},
    },
}
SECTION: dict[str, Any] = {
    "faces": {"source": "synthetic", "people": 60, "photos": 2, "sessions": 2, "seed": 2},
    "embedders": [NETWORK],
    "parties": {"attacked": 16},
    "protections": ["none", "biohash"],
    "second": ["other_key"],
    "photos": [30],
    "fmrs": [0.1],
    "fpirs": [0.1],
}


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("linkage") / "audit"
    faceaudit.run({"title": "linkage", "seeds": [0], "linkage": SECTION}, store=store)
    return store


def test_every_case_has_every_figure_or_says_why_there_is_none(audited: Path) -> None:
    records = list(Store(audited).cases())
    assert len(records) == 5
    for record in records:
        assert record.error is None
        assert {one.metric for one in record.figures} >= {
            "linked@fmr=0.1",
            "linked_fmr@fmr=0.1",
            "named",
            "d_sys",
            "d_sys:floor",
            "maximal_leakage",
            "tmr@fmr=0.1",
        }
        assert all(one.estimate or one.why_none for one in record.figures)
        facts = LinkageFacts.of(record)
        assert facts.attacked == 16
        assert facts.learned == record.spec["photos"]
        assert record.spec["faces"]["source"] == "synthetic"


def test_results_tell_cases_apart(audited: Path) -> None:
    rows = faceaudit.results(audited)
    heads = {(row.system, row.attack, row.mitigation) for row in rows}
    assert heads == {
        ("deepid", "cosine", "none"),
        ("deepid untrained", "cosine", "none"),
        ("deepid", "cosine", "biohash, other_key, key of the system"),
        ("deepid", "linear_adapter, 30 photos", "biohash, other_key, key of the system"),
        ("deepid", "known_key", "biohash, other_key, key of the system"),
    }


def test_a_case_run_alone_finds_what_it_found_after_others(audited: Path) -> None:
    store, kind = Store(audited), LinkageKind()
    jobs = kind.prepare(LinkagePlan(**SECTION), [0], store, workspace(store)).jobs
    again = kind.execute(jobs[-2], store, workspace(store))
    kept = store.case(jobs[-2].id)
    assert again.figures == kept.figures
    assert again.evidence is not None
    assert kept.evidence is not None
    np.testing.assert_array_equal(again.evidence.columns["score"], kept.evidence.columns["score"])


def test_the_report_has_its_section(audited: Path) -> None:
    text = faceaudit.write_report(audited).read_text()
    assert 'id="linkage-linked"' in text
    assert "Being found again in another database" in text
