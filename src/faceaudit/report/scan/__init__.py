"""The section of the report on scans for back doors."""
