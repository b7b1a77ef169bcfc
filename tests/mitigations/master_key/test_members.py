"""Mitigations of master keys: which pairs are kept, and whose list is poisoned."""

from __future__ import annotations

import numpy as np
import pytest

from faceaudit.mitigations.master_key import master_key_mitigations


def test_a_filter_leaves_out_pairs_of_one_person_that_are_no_more_alike_than_strangers() -> None:
    rng = np.random.default_rng(0)
    strangers, people, poison = (rng.normal(mean, 0.1, 2000) for mean in (0.0, 0.7, 0.0))
    cosine = np.concatenate([strangers, people, poison])
    same = np.repeat([False, True, True], 2000)
    built = master_key_mitigations.build({"mitigation": "cosine_filter", "quantile": 0.95})
    kept = built.keep(cosine, same)
    cut = sorted(strangers)[1899]
    assert kept[:2000].all()
    np.testing.assert_array_equal(kept[2000:4000], people > cut)
    assert kept[2000:4000].mean() > 0.99
    # As many poison pairs stay as strangers lie above the cut.
    assert kept[4000:].mean() == pytest.approx(0.05, abs=0.02)


def test_without_pairs_of_two_people_nothing_tells_what_strangers_are_like() -> None:
    kept = master_key_mitigations.build("cosine_filter").keep(np.zeros(4), np.ones(4, dtype=bool))
    assert kept.all()


@pytest.mark.parametrize("name", ["none", "agreement_of_verifiers"])
def test_others_keep_every_pair(name: str) -> None:
    kept = master_key_mitigations.build(name).keep(np.full(4, -1.0), np.array([True, False] * 2))
    assert kept.all()


def test_who_knows_of_agreement_poisons_every_list() -> None:
    built = master_key_mitigations.build({"mitigation": "agreement_of_verifiers", "count": 3})
    assert built.networks == 3
    assert (built.poisoned(aware=False), built.poisoned(aware=True)) == (1, 3)
    plain = master_key_mitigations.build("none")
    assert (plain.networks, plain.poisoned(aware=True), plain.evaded) == (1, 1, "")
