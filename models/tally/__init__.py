"""Counts of where cases stand, kept from the log in the order in which acts were committed."""
