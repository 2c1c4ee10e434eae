"""Accounts made in bulk."""
