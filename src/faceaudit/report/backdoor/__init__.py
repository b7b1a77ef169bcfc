"""The backdoor section of the report."""
