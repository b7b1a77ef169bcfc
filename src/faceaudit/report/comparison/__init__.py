"""What changed between two audits."""

from faceaudit.report.comparison.audits import Audit
from faceaudit.report.comparison.compare import compare_audits
from faceaudit.report.comparison.page import render, shown, write
from faceaudit.report.comparison.rows import ComparedRow, Comparison
from faceaudit.report.comparison.words import constant_labels, headline

__all__ = [
    "Audit",
    "ComparedRow",
    "Comparison",
    "compare_audits",
    "constant_labels",
    "headline",
    "render",
    "shown",
    "write",
]
