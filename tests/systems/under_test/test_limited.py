"""Systems that show less than they could."""

from __future__ import annotations

import pytest

from faceaudit.errors import OptionError
from faceaudit.systems.under_test import Access
from faceaudit.systems.under_test.common.limited import limited
from helpers.stub_systems import StubEmbedder, StubIdentifier, StubVerifier


class Whole(StubIdentifier):
    """Gives everything."""

    access = frozenset({Access.GRADIENTS, Access.EMBEDDINGS, Access.SCORES, Access.LABELS})


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        ((Access.GRADIENTS,), {Access.GRADIENTS, Access.SCORES, Access.LABELS}),
        ((Access.SCORES,), {Access.SCORES, Access.LABELS}),
        ((Access.EMBEDDINGS,), {Access.EMBEDDINGS}),
        ((Access.LABELS,), {Access.LABELS}),
    ],
)
def test_what_follows_from_what_is_shown_is_shown(
    shown: tuple[Access, ...], wanted: set[Access]
) -> None:
    assert limited(Whole(), shown).access == wanted


def test_what_the_system_lacks_does_not_follow() -> None:
    class ScoresOnly(StubVerifier):
        access = frozenset({Access.SCORES})

    assert limited(ScoresOnly(), (Access.SCORES,)).access == {Access.SCORES}


@pytest.mark.parametrize("system", [Whole(), StubVerifier(), StubEmbedder()])
def test_no_access_at_all_is_refused(system: Whole | StubVerifier | StubEmbedder) -> None:
    with pytest.raises(OptionError, match=r"expected some of the access .* got an empty list"):
        limited(system, ())
    assert limited(system, None) is system
