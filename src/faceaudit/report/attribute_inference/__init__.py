"""The report on attribute inference: what a template says of a person beside who it is."""
