"""Mitigations of attacks on enrolment: checks of a photo, and other ways to decide."""

from faceaudit.mitigations.enrolment.base import (
    EnrolmentMitigation,
    Enrolments,
    Point,
    enrolment_mitigations,
)

__all__ = ["EnrolmentMitigation", "Enrolments", "Point", "enrolment_mitigations"]
