"""Audits of attribute inference: what a template says of a person beside who it is."""
