"""What several mitigations share."""
