from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from faceaudit.files.digests import sha256_of


@pytest.mark.parametrize("size", [0, 1, 3_000_001])
def test_a_file_has_the_digest_of_its_bytes(tmp_path: Path, size: int) -> None:
    content = bytes(range(251)) * (size // 251 + 1)
    (tmp_path / "file").write_bytes(content[:size])
    assert sha256_of(tmp_path / "file") == hashlib.sha256(content[:size]).hexdigest()
