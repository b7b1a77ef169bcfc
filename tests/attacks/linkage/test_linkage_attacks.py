"""The contract of every linkage attack."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.attacks.linkage import Database, LinkageAttack, OwnPhotos, linkage_attacks
from faceaudit.errors import InputError
from faceaudit.metrics import normalized
from faceaudit.protocols.matching import cosines
from faceaudit.types import FloatArray


def drawn(seed: int, count: int = 30, size: int = 12) -> FloatArray:
    return normalized(np.random.default_rng(seed).normal(size=(count, size)).astype(np.float32))


FIRST, SECOND = drawn(0), drawn(1)
OWN = OwnPhotos(drawn(2, 40), drawn(3, 40), np.arange(40) // 2)


@pytest.fixture(params=linkage_attacks.names())
def attack(request: pytest.FixtureRequest) -> LinkageAttack:
    return linkage_attacks.build(request.param)


def bring(attack: LinkageAttack, rows: slice):  # type: ignore[no-untyped-def]
    sides = [Database(one[rows], cosines, one[rows]) for one in (FIRST, SECOND)]
    return attack.bring(*sides, OWN)


def test_the_family_has_what_is_audited_and_says_what_each_knows(attack: LinkageAttack) -> None:
    assert {"cosine", "linear_adapter", "known_key"} <= set(linkage_attacks.names())
    assert attack.knowledge
    assert not (attack.learns and attack.knows_keys)


def test_templates_of_both_databases_compare_row_by_row(attack: LinkageAttack) -> None:
    found = bring(attack, slice(None))
    assert len(found.first) == len(found.second) == 30
    assert found.first.shape[1] == found.second.shape[1]
    scores = found.compare(found.first, found.second)
    assert scores.shape == (30,)
    assert np.isfinite(scores).all()


def test_a_template_depends_on_no_other_of_its_database(attack: LinkageAttack) -> None:
    whole, part = bring(attack, slice(None)), bring(attack, slice(10, 14))
    np.testing.assert_allclose(part.first, whole.first[10:14], atol=1e-6)
    np.testing.assert_allclose(part.second, whole.second[10:14], atol=1e-6)


def test_a_linear_adapter_undoes_a_rotation_that_it_learned() -> None:
    turn = np.linalg.qr(np.random.default_rng(5).normal(size=(12, 12)))[0].astype(np.float32)
    own = OwnPhotos(OWN.first, OWN.first @ turn, OWN.people)
    attack = linkage_attacks.build("linear_adapter")
    found = attack.bring(Database(FIRST, cosines), Database(FIRST @ turn, cosines), own)
    assert found.compare(found.first, found.second).min() > 0.999


def test_what_an_attack_lacks_is_said() -> None:
    plain = Database(FIRST, cosines)
    with pytest.raises(InputError, match="expected own photos to learn from, got none"):
        linkage_attacks.build("linear_adapter").bring(plain, plain, None)
    with pytest.raises(InputError, match="cannot; try linear_adapter"):
        linkage_attacks.build("known_key").bring(plain, plain, None)
    short = Database(drawn(0, size=8), cosines, drawn(0, size=8))
    with pytest.raises(InputError, match="got 12 and 8; try linear_adapter"):
        linkage_attacks.build("cosine").bring(plain, short, None)
    with pytest.raises(InputError, match="got lengths 12 and 8"):
        linkage_attacks.build("known_key").bring(Database(FIRST, cosines, FIRST), short, None)
