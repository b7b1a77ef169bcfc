"""Shared by all kinds of audit: their protocol, jobs, rows, costs, backbones and folders."""
