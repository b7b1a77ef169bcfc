"""Mitigations of membership inference: ways to train and to ask verifiers, one a file."""

from faceaudit.mitigations.membership.base import MembershipMitigation, membership_mitigations

__all__ = ["MembershipMitigation", "membership_mitigations"]
