"""Mitigations of backdoors: filters of training sets and of inputs, and repairs."""

from faceaudit.mitigations.backdoor.base import (
    BackdoorMitigation,
    InputFilter,
    PhotoScore,
    Repair,
    RepairTask,
    SeenPhotos,
    Suspicion,
    TrainingFilter,
    backdoor_mitigations,
)

__all__ = [
    "BackdoorMitigation",
    "InputFilter",
    "PhotoScore",
    "Repair",
    "RepairTask",
    "SeenPhotos",
    "Suspicion",
    "TrainingFilter",
    "backdoor_mitigations",
]
