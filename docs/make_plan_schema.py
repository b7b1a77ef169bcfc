"""Make docs/plan.schema.json from the models: `python docs/make_plan_schema.py`."""

from __future__ import annotations

import json
import sys

from faceaudit.audit.plan_schema import plan_schema


def main() -> None:
    """Print the schema."""
    sys.stdout.write(json.dumps(plan_schema(), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
