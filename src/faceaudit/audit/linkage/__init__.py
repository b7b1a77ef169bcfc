"""Audits of linkage: whether templates of two databases are of one person."""
