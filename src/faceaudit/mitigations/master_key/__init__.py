"""Mitigations of master keys: how a verifier learns from pairs, and how it decides."""

from faceaudit.mitigations.master_key.base import MasterKeyMitigation, master_key_mitigations

__all__ = ["MasterKeyMitigation", "master_key_mitigations"]
