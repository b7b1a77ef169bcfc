"""Audits: a plan, its cases, and what running them found."""
