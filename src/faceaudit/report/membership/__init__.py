"""The membership section of the report."""
