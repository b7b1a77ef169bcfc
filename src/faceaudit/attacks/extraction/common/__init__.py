"""What extraction attacks share: how a copy learns, and what is made on one."""
