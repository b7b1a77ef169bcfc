"""The parts of the page Membership."""
