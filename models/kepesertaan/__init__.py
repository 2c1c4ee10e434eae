"""kepesertaan."""
