"""Objections, complaints and withdrawals: what an objector may bring, what the system checks, what a decision brings."""
