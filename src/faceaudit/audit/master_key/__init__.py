"""Audits of master keys: verifiers that learn from poison pairs, after which a key opens all."""
