"""What several backdoor attacks share."""
