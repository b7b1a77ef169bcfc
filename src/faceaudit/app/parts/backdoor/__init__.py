"""The page Backdoor in pieces: what is trained, whose faces, the key put on, what was said."""
