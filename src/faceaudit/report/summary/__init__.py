"""The report as values, as `report.json`, and as one page of Markdown."""
