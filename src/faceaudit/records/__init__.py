"""What a kind of audit writes into its records, and everybody reads from them."""
