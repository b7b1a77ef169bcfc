"""What cannot be audited with a finished system, because it would have to be trained again."""

from __future__ import annotations

from faceaudit.audit.finished.found import Found
from faceaudit.audit.finished.opening import AnySystem
from faceaudit.records.finished import MITIGATIONS, POISONING, SHADOWS
from faceaudit.systems.under_test.base import spell_access
from faceaudit.types import Figure

UNMADE = {
    POISONING: "whether poison would open a back door takes trainings with it and without",
    SHADOWS: "attacks with shadows (lira, rmia and others) take systems trained as this one was",
    MITIGATIONS: "what a mitigation would change takes a training with it",
}
"""Audits that need training, and what for."""


def needs_training(system: AnySystem) -> Found:
    """Return the audits that need a training: none is made of a finished system."""
    gives = spell_access(system.access)
    return Found(
        tuple(
            Figure(metric, None, f"it gives {gives} and cannot be trained again: {why}")
            for metric, why in UNMADE.items()
        )
    )
