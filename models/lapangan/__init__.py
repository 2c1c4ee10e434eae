"""lapangan."""
