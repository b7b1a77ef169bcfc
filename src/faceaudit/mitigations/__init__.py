"""Mitigations, a folder a kind of audit."""
