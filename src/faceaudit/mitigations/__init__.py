"""Mitigations, one folder for each kind of audit."""
