"""alur."""
