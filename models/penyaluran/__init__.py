"""penyaluran."""
