"""Regions: codes, the carried list, the table."""
