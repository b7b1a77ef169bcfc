"""Metric names and typed facts of each kind of audit: written by audit/, read by everybody else."""
