from __future__ import annotations

import subprocess
import sys


def test_timm_is_not_loaded_before_a_network_is_built() -> None:
    """It takes seconds, and every command asks for networks by name."""
    names = ("edgeface", "efficientnet", "hrnet", "repvgg", "swin")
    imports = "\n".join(f"import faceaudit.networks.{name}" for name in names)
    code = f"import sys\n{imports}\nsys.exit('timm' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
