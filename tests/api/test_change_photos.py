"""`faceaudit.change_photos`: one evasion without a plan."""

from __future__ import annotations

import numpy as np
import pytest

import faceaudit
from audit.inversion.stubs import SIZE, network
from faceaudit.errors import InputError
from helpers.faces import blocks

PHOTOS = blocks(people=8, photos=1, size=SIZE).images


@pytest.mark.parametrize("goal", ["impersonate", "dodge"])
def test_photos_become_more_or_less_alike_within_the_budget(goal: str) -> None:
    embedder = network(0)
    templates = faceaudit.embed(embedder, PHOTOS if goal == "dodge" else np.roll(PHOTOS, 1, axis=0))
    found = faceaudit.change_photos(
        embedder, PHOTOS, templates, goal=goal, attack={"attack": "pgd", "budget": 6, "steps": 10}
    )
    assert 0 < np.abs(found.images.astype(int) - PHOTOS).max() <= 6
    sign = 1 if goal == "impersonate" else -1
    assert (sign * (found.after - found.before) > np.abs(found.noise - found.before)).all()


def test_wrong_input_is_refused() -> None:
    embedder = network(0)
    templates = faceaudit.embed(embedder, PHOTOS)
    with pytest.raises(InputError, match="as many templates as photos, 8, got 7"):
        faceaudit.change_photos(embedder, PHOTOS, templates[:7])
    with pytest.raises(InputError, match="impersonate, dodge"):
        faceaudit.change_photos(embedder, PHOTOS, templates, goal="vanish")
