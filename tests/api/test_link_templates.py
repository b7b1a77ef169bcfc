"""`faceaudit.link_templates`: whose template it is, by another database."""

from __future__ import annotations

import numpy as np
import pytest

import faceaudit
from faceaudit.attacks.linkage.linear_adapter import LinearAdapterLinkage
from faceaudit.errors import InputError, UnknownName

RNG = np.random.default_rng(0)
FACES = RNG.normal(size=(120, 16))
FIRST = FACES @ RNG.normal(size=(16, 24)) + 0.2 * RNG.normal(size=(120, 24))
SECOND = FACES @ RNG.normal(size=(16, 20)) + 0.2 * RNG.normal(size=(120, 20))
WHO = np.arange(120)
OWN = (FIRST[40:], SECOND[40:], WHO[40:])


def test_people_are_found_and_the_order_of_the_database_does_not_matter() -> None:
    order = np.random.default_rng(1).permutation(40)
    found = faceaudit.link_templates(FIRST[:40], SECOND[order], people=(WHO[:40], order), own=OWN)
    assert found.scores.shape == (40, 40)
    assert found.first_right is not None
    assert found.first_right.value > 0.9
    assert found.first_right.n == 40
    assert found.chance == pytest.approx(1 / 40)
    nearest = found.nearest(1)[:, 0]
    assert np.mean(order[nearest] == WHO[:40]) == found.first_right.value


def test_who_learned_from_templates_dealt_anew_finds_nobody() -> None:
    dealt = np.random.default_rng(2).permutation(80)
    found = faceaudit.link_templates(
        FIRST[:40],
        SECOND[:40],
        people=(WHO[:40], WHO[:40]),
        own=(OWN[0], OWN[1][dealt], OWN[2]),
    )
    assert found.first_right is not None
    assert found.first_right.low < 0.1


def test_people_who_are_not_in_the_database_do_not_count() -> None:
    found = faceaudit.link_templates(FIRST[:40], SECOND[:10], people=(WHO[:40], WHO[:10]), own=OWN)
    assert found.first_right is not None
    assert found.first_right.n == 10
    nobody = faceaudit.link_templates(
        FIRST[:5], SECOND[10:20], people=(WHO[:5], WHO[10:20]), own=OWN
    )
    assert nobody.first_right is None
    assert faceaudit.link_templates(FIRST[:5], SECOND[:10], own=OWN).first_right is None


def test_the_nearest_come_first_and_scores_are_cosines() -> None:
    found = faceaudit.link_templates(FIRST[:3], FIRST[:9], attack="cosine")
    assert found.nearest(2)[:, 0].tolist() == [0, 1, 2]
    assert np.allclose(np.diag(found.scores[:, :3]), 1)
    assert found.nearest(50).shape == (3, 9)
    unit = FIRST / np.linalg.norm(FIRST, axis=1, keepdims=True)
    assert np.allclose(found.scores, unit[:3] @ unit[:9].T, atol=1e-6)


def test_what_cannot_be_done_is_said() -> None:
    link = faceaudit.link_templates
    with pytest.raises(UnknownName, match="linear_adapte"):
        link(FIRST, SECOND, attack="linear_adapte")
    with pytest.raises(InputError, match="attack without keys"):
        link(FIRST, FIRST, attack="known_key")
    with pytest.raises(InputError, match=r"own=\(first, second, people\)"):
        link(FIRST, SECOND)
    with pytest.raises(InputError, match="templates of one length"):
        link(FIRST, SECOND, attack="cosine")
    with pytest.raises(InputError, match=r"own templates \(M, 24\) and \(M, 20\)"):
        link(FIRST, SECOND, own=(SECOND, SECOND, WHO))
    with pytest.raises(InputError, match="finite"):
        link(np.full((2, 24), np.nan), SECOND, own=OWN)
    with pytest.raises(InputError, match=r"people \(120,\)"):
        link(FIRST, SECOND, own=OWN, people=(WHO[:3], WHO))
    with pytest.raises(InputError, match=r"own=\(first, second, people\)"):
        link(FIRST, SECOND, own=3)  # type: ignore[arg-type]


def test_who_is_who_is_checked_before_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(LinearAdapterLinkage, "bring", lambda *_: pytest.fail("it has begun"))
    for wrong in (3, (WHO,), (WHO, WHO[:3]), (WHO, WHO * 1.0)):
        with pytest.raises(InputError, match="expected people"):
            faceaudit.link_templates(FIRST, SECOND, own=OWN, people=wrong)  # type: ignore[arg-type]
