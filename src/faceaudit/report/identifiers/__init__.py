"""Names that other vocabularies have for what is audited: MITRE ATLAS, NIST, OWASP, ISO, AI Act."""

from faceaudit.report.identifiers.ai_act import Coverage, ai_act_remarks, coverage
from faceaudit.report.identifiers.lookup import (
    Identifier,
    identifiers_of,
    identifiers_or_none,
    subjects,
)

__all__ = [
    "Coverage",
    "Identifier",
    "ai_act_remarks",
    "coverage",
    "identifiers_of",
    "identifiers_or_none",
    "subjects",
]
