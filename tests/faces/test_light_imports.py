"""What only lists components, reads a plan or matches names loads none of the slow libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = ("PIL", "cv2", "h5py", "matplotlib", "onnx", "onnxruntime", "scipy", "sklearn", "torch")
LISTS_MEMBERS = (
    "from faceaudit.faces.alignment import aligners;"
    "from faceaudit.faces.sources.base import sources;"
    "assert len(sources.names()) > 5 and len(aligners.names()) > 2;"
    "sources.build({'source': 'folder', 'path': '/photos', 'align': {'align': 'central'}})"
)
READS_PAIRS = "import faceaudit.faces.pairs.held_out, faceaudit.faces.pairs.read"


@pytest.mark.parametrize(
    "code",
    [LISTS_MEMBERS, READS_PAIRS, "import faceaudit.faces.split", "import faceaudit.gate.lists"],
)
def test_slow_libraries_are_not_loaded(code: str) -> None:
    loaded = f"{code}; import sys; print([m for m in {SLOW} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", loaded], capture_output=True, text=True, check=False
    )
    assert done.stdout.strip() == "[]", done.stderr
