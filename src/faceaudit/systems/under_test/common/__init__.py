"""What several doors to systems under test share."""
