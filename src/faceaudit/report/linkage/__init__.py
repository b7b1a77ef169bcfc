"""The section of the report on linkage: whether templates of two databases are of one person."""
