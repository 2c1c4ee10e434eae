"""bantuan."""
