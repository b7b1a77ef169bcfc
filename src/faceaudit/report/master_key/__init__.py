"""The section of the report on master keys: whoever holds one passes as anybody."""
