"""What an attacker can do to a face-recognition system."""
