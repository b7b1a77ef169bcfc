"""Names of the figures of linkage audits."""

from __future__ import annotations

from faceaudit.records.linkage import AS_SYSTEM_FMR, LEAKAGE, TPIR, at_rate, floor_of


def test_a_rate_is_named_by_what_it_is_a_rate_of() -> None:
    assert at_rate(AS_SYSTEM_FMR, 0.001) == "linked_as_system_fmr@fmr=0.001"
    assert at_rate(TPIR, 0.1) == "named_tpir@fpir=0.1"
    assert floor_of(LEAKAGE) == "maximal_leakage:floor"
