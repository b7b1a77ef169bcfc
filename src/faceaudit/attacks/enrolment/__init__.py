"""Attacks on enrolment: a photo in the gallery, or a template that updates itself."""

from faceaudit.attacks.enrolment.base import (
    EnrolmentAttack,
    KeyAttack,
    Surrogates,
    UpdateAttack,
    WornKey,
    enrolment_attacks,
)

__all__ = [
    "EnrolmentAttack",
    "KeyAttack",
    "Surrogates",
    "UpdateAttack",
    "WornKey",
    "enrolment_attacks",
]
