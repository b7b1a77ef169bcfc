"""Verifiers: systems that decide whether two photos show one person."""
