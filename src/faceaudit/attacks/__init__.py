"""Attacks on face recognition, one folder for each kind of audit."""
