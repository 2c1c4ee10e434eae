"""Delegation: somebody acts for another while he is away."""
