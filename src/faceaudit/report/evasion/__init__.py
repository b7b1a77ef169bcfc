"""The section of the report on evasion: photos changed so that they pass or no longer do."""
