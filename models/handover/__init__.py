"""Families handed from one pendamping to another: offered, accepted or refused."""
