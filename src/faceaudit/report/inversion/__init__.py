"""The section of the report on inversion."""
