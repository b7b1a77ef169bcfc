"""Descriptions of each system's starting weights and trained layers."""

from __future__ import annotations

from collections.abc import Iterable

from faceaudit.audit.backdoor.pooling import pretraining_accuracy
from faceaudit.records.backbone import BackboneFacts
from faceaudit.records.backdoor import BackdoorFacts
from faceaudit.report.names import network_name
from faceaudit.report.numbers import count, percent_with_interval
from faceaudit.store import CaseRecord

SCRATCH = "trained from scratch."
TRAINED = {
    "everything": "all of it was trained further, starting from",
    "last block": "its last block and a head were trained, starting from",
    "last layer": "only the last layer was trained, on the features of",
}
ELSEWHERE = "trained elsewhere, on photos that faceaudit wrote; how is not known here."


def starting_points(records: Iterable[CaseRecord]) -> tuple[tuple[str, str], ...]:
    """Return each network's name and its systems' starting point, in the order of the cases.

    Nothing when every system was trained from scratch: that needs no words. Failed cases are
    skipped.
    """
    described: dict[str, str] = {}
    for record in records:
        if record.error is None:
            facts = BackdoorFacts.of(record)
            described.setdefault(network_name(facts.network), _describe_start(facts))
    if all(text == SCRATCH for text in described.values()):
        return ()
    return tuple(described.items())


def _describe_start(facts: BackdoorFacts) -> str:
    if facts.learn == "elsewhere":
        return ELSEWHERE
    if facts.backbone is None:
        return SCRATCH
    return f"{TRAINED[facts.learn]} {_describe_backbone(facts.backbone)}"


def _describe_backbone(backbone: BackboneFacts) -> str:
    if backbone.origin == "file":
        return f"the weights in {backbone.file} (sha256 {backbone.sha256[:16]})."
    text = (
        f"a network pretrained here, for want of trained weights, on {count(backbone.people)} "
        f"other people ({backbone.source.replace('_', ' ')} faces, {count(backbone.photos)} "
        f"photos, {count(backbone.epochs)} epochs)."
    )
    accuracy = pretraining_accuracy(backbone)
    if accuracy is None:
        return text
    return f"{text} It recognised {percent_with_interval(accuracy)} of those people's other photos."
