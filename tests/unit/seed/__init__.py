"""The invented population."""
