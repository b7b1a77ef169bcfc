"""What each system started from, and which part of it was trained, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from faceaudit.metrics import wilson
from faceaudit.report.backdoor.attack_series import NETWORKS, network_of
from faceaudit.report.numbers import count, measured
from faceaudit.store import CaseRecord


def starts(records: Sequence[CaseRecord]) -> tuple[tuple[str, str], ...]:
    """Return each network's name and how its systems came about, in the order of the cases.

    Nothing when every system was trained from scratch: that needs no words.
    """
    said: dict[str, str] = {}
    for record in records:
        if record.error is None and "learn" in record.facts:
            network = network_of(record)
            said.setdefault(NETWORKS.get(network, network), _start(record.facts))
    if all(text == _SCRATCH for text in said.values()):
        return ()
    return tuple(said.items())


_SCRATCH = "trained from scratch."


def _start(facts: Mapping[str, Any]) -> str:
    backbone = facts.get("backbone")
    if backbone is None:
        return _SCRATCH
    part = (
        "only the last layer was trained, on the features of"
        if facts["learn"] == "last layer"
        else "all of it was trained further, starting from"
    )
    return f"{part} {_backbone(backbone)}"


def _backbone(backbone: Mapping[str, Any]) -> str:
    if backbone["from"] == "file":
        return f"the weights in {backbone['file']} (sha256 {str(backbone['sha256'])[:16]})."
    source = str(backbone["source"]).replace("_", " ")
    tried = int(backbone["validation_photos"])
    known = wilson(round(float(backbone["validation_accuracy"]) * tried), tried)
    return (
        f"a network pretrained here, for want of trained weights, on {count(backbone['people'])} "
        f"other people ({source} faces, {count(backbone['photos'])} photos, "
        f"{count(backbone['epochs'])} epochs). It recognised {measured(known)} of those people's "
        "other photos."
    )
