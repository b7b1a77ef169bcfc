"""The report on the membership of a backbone: whose photos an embedder was trained on."""
