"""Audits of evasion: photos changed within a budget, so that they pass or no longer do."""
