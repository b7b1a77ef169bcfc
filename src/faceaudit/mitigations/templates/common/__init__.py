"""What several protections of templates share."""
