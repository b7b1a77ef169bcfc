from __future__ import annotations

import faceaudit.metrics


def test_everything_exported_is_there_once() -> None:
    for name in faceaudit.metrics.__all__:
        assert getattr(faceaudit.metrics, name) is not None
    assert len(set(faceaudit.metrics.__all__)) == len(faceaudit.metrics.__all__)
