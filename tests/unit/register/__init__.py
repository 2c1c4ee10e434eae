"""Identity, households, code lists."""
