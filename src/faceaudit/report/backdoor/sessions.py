"""How many clean test photos are from a session that the system learned from, too."""

from __future__ import annotations

from collections.abc import Iterable

from faceaudit.records.backdoor import BackdoorFacts
from faceaudit.report.names import network_name
from faceaudit.report.numbers import count, percent
from faceaudit.store import CaseRecord


def shared_sessions(records: Iterable[CaseRecord]) -> tuple[str, ...]:
    """Return a sentence for each network and way its photos were divided.

    Nothing where no source says what a session is. Failed cases are skipped.
    """
    measured = [BackdoorFacts.of(record) for record in records if record.error is None]
    known = dict.fromkeys(
        (facts.network, facts.shared_session_photos, facts.test_photos)
        for facts in measured
        if facts.shared_session_photos is not None
    )
    return tuple(_describe(network, shared, photos) for network, shared, photos in known if photos)


def _describe(network: str, shared: int | None, photos: int) -> str:
    assert shared is not None
    text = (
        f"{network_name(network)}: {count(shared)} of {count(photos)} clean test photos "
        f"({percent(shared / photos)}) are from a session, or video, of which the system saw other "
        "photos in training"
    )
    return f"{text}; photos of another day may be recognised less often." if shared else f"{text}."
