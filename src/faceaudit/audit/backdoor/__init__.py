"""Audits of an identifier for targeted backdoors."""
