"""What stands behind the figures of a scanned embedder or verifier."""

from __future__ import annotations

import numpy as np

from faceaudit.audit.scan.embedders.asking import Pairs
from faceaudit.audit.scan.embedders.scanning import ScannedEmbedder
from faceaudit.types import Column, Evidence


def comparing_evidence(done: ScannedEmbedder) -> Evidence:
    """Return a row for each key and person, and for each person without one ("none").

    `both` of `pairs` pairs whose first photo is of that person pass where both wear the key, and
    `probe` of `probe_pairs` where that photo alone does.
    """
    answers, names = done.answers, done.strangers.names
    parts = [_counted("none", answers.bare, answers.bare)]
    parts += [_counted(one.key, one.both, one.probe) for one in answers.worn]
    people = np.concatenate([part[0] for part in parts])
    keys = [key for who, key, _ in parts for _ in who]
    table = np.concatenate([part[2] for part in parts])
    columns: dict[str, Column] = {
        "key": np.array(keys, dtype=np.str_),
        "pairs": table[:, 0],
        "both": table[:, 1],
        "probe_pairs": table[:, 2],
        "probe": table[:, 3],
    }
    ids = tuple(f"{names[who]}+{key}" for who, key in zip(people, keys, strict=True))
    return Evidence(ids, columns)


def _counted(key: str, both: Pairs, probe: Pairs) -> tuple[np.ndarray, str, np.ndarray]:
    """Return people, the key, and for each person how many pairs there are and pass."""
    count = 1 + max((int(one.people.max()) for one in (both, probe) if len(one.people)), default=0)
    table = np.stack(
        [
            np.bincount(people, weights, minlength=count).astype(np.int64)
            for one in (both, probe)
            for people, weights in ((one.people[:, 0], None), (one.people[:, 0], one.passed))
        ],
        axis=1,
    )
    who = np.flatnonzero(table.any(axis=1))
    return who, key, table[who]
