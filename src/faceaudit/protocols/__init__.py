"""The protocols of the field: verification and identification, from faces to figures."""

from faceaudit.protocols.identification import Identification, identify
from faceaudit.protocols.result import Result
from faceaudit.protocols.verification import Verification, verify

__all__ = ["Identification", "Result", "Verification", "identify", "verify"]
