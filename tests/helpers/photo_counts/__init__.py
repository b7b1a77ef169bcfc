"""A toy kind of audit in one folder: how many photos a source has of each person."""
