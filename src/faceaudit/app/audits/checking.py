"""Checks a plan in a process of its own: `python -m faceaudit.app.audits.checking PLAN OUT`.

Networks and photos of the plan are timed for a few seconds, which pages need not wait for.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import faceaudit
from faceaudit.errors import FaceAuditError
from faceaudit.files.atomic import write_atomically


def main() -> None:
    """Write what a run of a plan would cost, and why it would fail, as JSON."""
    plan, out = Path(sys.argv[1]), Path(sys.argv[2])
    write_atomically(out, json.dumps(checked(plan)))


def checked(plan: Path) -> dict[str, Any]:
    """Return what a run of a plan would cost: `cost`, `forecast`, `obstacles` and `remarks`."""
    try:
        found = faceaudit.check(plan, timed=True)
    except FaceAuditError as error:
        return {"cost": None, "forecast": None, "obstacles": [str(error)], "remarks": []}
    return {
        "cost": asdict(found.cost),
        "forecast": None if found.forecast is None else asdict(found.forecast),
        "obstacles": list(found.obstacles),
        "remarks": list(found.remarks),
    }


if __name__ == "__main__":
    main()
