"""Scored in sample, on uneven lists, the attack is FaceBone's: right about most, for no reason."""

from __future__ import annotations

import numpy as np

from faceaudit.attacks.membership import Observation
from faceaudit.attacks.membership.base import membership_attacks


def test_in_sample_on_uneven_lists_it_is_right_for_no_reason() -> None:
    rng = np.random.default_rng(0)
    member = np.arange(1000) < 800
    seen = Observation(
        same=rng.random(1000) < 0.5,
        answers=rng.random((1000, 1)).astype(np.float32),
        group=np.arange(1000) // 10,
    )
    published = membership_attacks.build({"attack": "black_box", "in_sample": True})
    called = published.infer(seen, member, rng) >= 0.5
    assert (called == member).mean() >= 0.8
    honest = membership_attacks.build("black_box").infer(seen, member, rng) >= 0.5
    assert (honest == member).mean() < 0.65
