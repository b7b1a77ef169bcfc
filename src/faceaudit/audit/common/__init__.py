"""What every kind of audit shares."""
