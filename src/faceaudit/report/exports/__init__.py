"""Charts and tables of the report as files of their own, and the report as PDF."""
