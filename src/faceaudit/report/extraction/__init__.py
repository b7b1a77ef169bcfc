"""The section of the report on extraction: a copy of a model, made by asking it."""
