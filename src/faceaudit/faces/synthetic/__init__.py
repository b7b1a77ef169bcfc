"""People who do not exist, rendered from a parametric head; nobody's biometric data."""
