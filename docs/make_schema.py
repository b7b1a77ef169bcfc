"""Make docs/report.schema.json from the models: `python docs/make_schema.py`."""

from __future__ import annotations

import json
import sys

from faceaudit.report.summary.values import json_schema


def main() -> None:
    """Print the schema."""
    sys.stdout.write(json.dumps(json_schema(), indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
