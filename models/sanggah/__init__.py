"""Objections, complaints and withdrawals: who may bring them, what the system checks, what a decision brings."""
