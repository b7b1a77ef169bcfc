"""Audits of inversion: faces rebuilt from an identifier, or from stolen templates."""
