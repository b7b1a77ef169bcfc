"""The page of audits: stores to read, two to compare, and new ones to start."""
