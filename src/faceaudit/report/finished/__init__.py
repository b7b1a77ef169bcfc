"""The section of the report on finished systems."""
