"""Regions of Indonesia: the Kemendagri code, what it contains, and how to find one by name."""
