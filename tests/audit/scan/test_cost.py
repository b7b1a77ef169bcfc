"""The cost of scans, as a plan's dry run says it."""

from __future__ import annotations

import pytest

from faceaudit.audit.scan.cost import scan_cost
from faceaudit.audit.scan.embedders.asking import BARE_PARTNERS, EACH, PARTNERS
from faceaudit.audit.scan.embedders.scanning import bank_of
from faceaudit.audit.scan.plan import ScanPlan
from faceaudit.audit.scan.preparation import USUAL

PHOTOS = 300


def queries(role: str | None, *, preparations: bool = False, trigger: bool = False) -> int:
    plan = ScanPlan(
        systems=({"system": "file", "path": "none", "role": role},),
        photos=PHOTOS,
        stages=("patched_share",),
        preparations=preparations,
        universal_trigger=trigger,
        references=0,
    )
    found = scan_cost(plan, look=False).queries
    assert found is not None
    return found


def test_an_embedder_is_asked_about_bare_strangers_and_about_each_key_beside_them() -> None:
    asked = 2 * EACH * len(bank_of(0)) + PHOTOS
    assert asked <= queries("embedder") == queries(None) < 2 * asked
    assert queries("identifier") < asked


def test_what_is_tried_on_embedders_is_asked_besides() -> None:
    plain = queries("embedder")
    assert queries("embedder", trigger=True) == plain + 2 * EACH
    ways = 2 * PHOTOS * (1 + len(USUAL))
    assert queries("embedder", preparations=True) == plain + ways - PHOTOS


def test_a_verifier_is_asked_about_pairs() -> None:
    bare = PHOTOS * (BARE_PARTNERS + 1)
    asked = 2 * PARTNERS * EACH * len(bank_of(0)) + bare
    assert asked <= queries("verifier") < 2 * asked


@pytest.mark.parametrize("role", ["embedder", "verifier"])
def test_roles_do_not_lessen_what_is_asked_of_others(role: str) -> None:
    assert queries(role) >= queries("identifier")
