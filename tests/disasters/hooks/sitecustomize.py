"""Python loads this first in every process that has this folder on its path: see `events`."""

import os
import sys
from pathlib import Path

if "DISASTER" in os.environ:
    sys.path.insert(0, str(Path(__file__).parents[1]))
    import events

    sys.path.pop(0)
    root, count, at, what = os.environ["DISASTER"].split("\n")
    events.begin(root, count, int(at), what)
