"""A component whose answers changed under the same options has a new version."""

from __future__ import annotations

import json

import numpy as np
import pytest

from contracts import golden
from faceaudit.audit.families import components
from faceaudit.registry import Component

TABLE = json.loads(golden.TABLE.read_text("utf-8"))


def test_every_component_is_in_the_table_or_says_why_not() -> None:
    known = {golden.key(member) for member in components()}
    assert set(TABLE) == known - set(golden.NOT_HERE)
    assert set(golden.NOT_HERE) <= known


@pytest.mark.parametrize("member", golden.members(), ids=golden.key)
def test_it_answers_as_its_version_did(member: type[Component]) -> None:
    kept = TABLE[golden.key(member)]
    assert member.version == kept["version"], "write the table again, see contracts/golden.py"
    np.testing.assert_allclose(
        golden.answer(member),
        kept["answer"],
        rtol=golden.tolerance(member.family),
        atol=golden.tolerance(member.family),
        err_msg=f"{golden.key(member)} answers otherwise than version {member.version} did: raise "
        "its version and write the table again, see contracts/golden.py",
    )
