"""No mitigation: whatever is handed in is enrolled."""

from __future__ import annotations

from typing import ClassVar

from faceaudit.mitigations.enrolment.base import EnrolmentMitigation, enrolment_mitigations


@enrolment_mitigations.register
class NoMitigation(EnrolmentMitigation):
    """Every photo with a face is enrolled, and its template decides alone."""

    name: ClassVar[str] = "none"
    paper: ClassVar[str] = "nothing is done; what others are compared with, 2026"
