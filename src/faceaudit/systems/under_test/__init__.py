"""Systems under test: finished ones, whoever trained them; each file is one door to them."""

from faceaudit.systems.under_test.base import (
    Access,
    EmbedderUnderTest,
    IdentifierUnderTest,
    OpenSystem,
    SystemUnderTest,
    VerifierUnderTest,
    systems_under_test,
)

__all__ = [
    "Access",
    "EmbedderUnderTest",
    "IdentifierUnderTest",
    "OpenSystem",
    "SystemUnderTest",
    "VerifierUnderTest",
    "systems_under_test",
]
