"""Names of figures of inversions, and their facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from faceaudit.errors import StoreError
from faceaudit.records.inversion import (
    LOOK_ALIKE,
    NAMED,
    REFERENCES,
    TRANSFER,
    TYPE_I,
    TYPE_II,
    InversionFacts,
    at_fmr,
    at_rank,
    column,
)
from report.inversion.samples import template_case


def test_no_two_figures_share_a_name() -> None:
    names = [
        at_fmr(metric, fmr, *of)
        for metric in (TYPE_I, TYPE_II, TRANSFER)
        for fmr in (0.01, 0.001, 0.1)
        for of in ((), ("deepid 1",), *((one,) for one in REFERENCES), ("deepid 1", LOOK_ALIKE))
    ]
    names += [at_rank(rank, *of) for rank in (1, 5) for of in ((), *((one,) for one in REFERENCES))]
    assert len(set(names)) == len(names)
    assert at_rank(1).startswith(NAMED)
    assert column("own") != column("own", LOOK_ALIKE)


def test_facts_survive_the_store_and_others_are_refused() -> None:
    record = template_case()
    facts = InversionFacts.of(record)
    assert InversionFacts(**facts.as_json()) == facts
    wrong = {**record.facts, "people": "many"}
    with pytest.raises(StoreError, match="'people'"):
        InversionFacts.of(replace(record, facts=wrong))
