"""musdes."""
