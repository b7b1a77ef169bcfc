"""No mitigation."""

from __future__ import annotations

from typing import ClassVar

from faceaudit.mitigations.master_key.base import MasterKeyMitigation, master_key_mitigations


@master_key_mitigations.register
class NoMasterKeyMitigation(MasterKeyMitigation):
    """One verifier, which learns from every pair of its list."""

    name: ClassVar[str] = "none"
    paper: ClassVar[str] = "nothing is done; what others are compared with, 2026"
