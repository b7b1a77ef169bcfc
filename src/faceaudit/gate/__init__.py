"""Whether member and non-member lists can carry a privacy figure at all."""
