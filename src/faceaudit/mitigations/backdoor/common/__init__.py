"""What several mitigations of backdoors share."""
