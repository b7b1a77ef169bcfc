"""The report of an audit: one HTML page that opens offline."""

from faceaudit.report.page import render, write

__all__ = ["render", "write"]
