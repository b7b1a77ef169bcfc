"""Audits of extraction: a copy of a model, made by asking it."""
