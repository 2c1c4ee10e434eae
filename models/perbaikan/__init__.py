"""perbaikan."""
