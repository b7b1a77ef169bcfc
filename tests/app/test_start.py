"""What the app loads before its first page: nothing that is slow."""

from __future__ import annotations

import subprocess
import sys

SLOW = ("torch", "matplotlib", "sklearn", "scipy", "pandas", "cv2", "onnxruntime")


def test_no_page_loads_what_is_slow_before_it_is_shown() -> None:
    code = (
        "import sys; from faceaudit.app.navigation import pages; pages(); "
        f"print([name for name in {SLOW!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
