"""The protocols of the field: verification and identification, from faces to figures."""
