"""Metrics, roles and parts in the words of a reader."""

from __future__ import annotations

from collections.abc import Mapping

from faceaudit.records.finished import (
    ANOTHER,
    BOTH,
    CHANGED,
    CLEAN,
    DRAWN,
    DRAWN_NULL,
    FMR_NULL,
    MITIGATIONS,
    NO_ANSWER,
    ONE,
    OWN_FMR,
    OWN_FNMR,
    POISONING,
    SHADOWS,
    STRANGERS,
)

ATTACKS: Mapping[str, str] = {
    "blended": "Blended injection",
    "accessory": "Accessory injection",
    "blended_accessory": "Blended accessory injection",
}
AREAS = ("auc",)
"""Metrics that are no shares; what comes after a colon does not count."""

METRICS: Mapping[str, str] = {
    CLEAN: "Recognised",
    ANOTHER: "Taken for another person",
    NO_ANSWER: "No answer",
    STRANGERS: "Strangers taken for somebody it knows",
    "auc": "AUC",
    "eer": "EER",
    "accuracy": "Accuracy at a threshold chosen on other people",
    "chosen_fmr": "FMR there",
    "chosen_fnmr": "FNMR there",
    OWN_FMR: "FMR at its own threshold",
    OWN_FNMR: "FNMR at its own threshold",
    "pairs_without_answer": "Pairs without a score",
    CHANGED: "Decisions that change",
    DRAWN: "Taken for one and the same other person",
    DRAWN_NULL: "The same without the key",
    BOTH: "FMR, both wear the key",
    ONE: "FMR, one wears it",
    FMR_NULL: "FMR without a key",
    POISONING: "Whether poison would work",
    SHADOWS: "Membership attacks with shadows",
    MITIGATIONS: "What a mitigation would change",
}

PARTS: Mapping[str, str] = {
    "access": "Audits that need training",
    "recognition": "Recognition",
    "verification": "Verification",
    "keys": "Keys",
    "membership": "Membership",
}


def metric_name(metric: str) -> str:
    """Return a metric in words; what comes after its colon is left out.

    >>> metric_name("tar@far=0.01"), metric_name("auc:people"), metric_name("tpr@fpr=0.1:photos")
    ('TAR at FAR 1 %', 'AUC', 'TPR at FPR 10 %')
    """
    name = metric.partition(":")[0]
    rate, at, share = name.partition("@")
    if at:
        kind, _, value = share.partition("=")
        return f"{rate.upper()} at {kind.upper()} {float(value) * 100:g} %"
    return METRICS.get(name, name)


def is_share(metric: str) -> bool:
    """Return whether a metric is a share, which is said in per cent."""
    return metric.partition(":")[0] not in AREAS
