"""What the app needs and is made once: networks, verifiers, systems; a step a file."""
