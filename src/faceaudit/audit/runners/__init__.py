"""Where an audit's jobs run."""
