"""Audit face recognition for backdoor poisoning and privacy leaks."""

__version__ = "0.1.0"
