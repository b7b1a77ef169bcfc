from __future__ import annotations

from faceaudit.report.backdoor.sessions import shared_sessions
from report.backdoor.samples import case


def test_a_share_is_said_where_it_is_known() -> None:
    (text,) = shared_sessions([case(sessions=100), case(sessions=100, seed=1)])
    assert text.replace("\N{NO-BREAK SPACE}", " ").startswith(
        "DeepID: 100 of 400 clean test photos (25.0 %) are from a session, or video, of which the "
        "system saw other photos in training; "
    )


def test_none_is_not_unknown() -> None:
    (text,) = shared_sessions([case(sessions=0)])
    assert "0 of 400" in text
    assert "less often" not in text
    assert shared_sessions([case(), case(key="x", error="gone")]) == ()


def test_networks_and_divisions_are_told_apart() -> None:
    cases = [case(sessions=100), case(sessions=90, seed=1), case(sessions=100, network="vggface")]
    assert len(shared_sessions(cases)) == 3
