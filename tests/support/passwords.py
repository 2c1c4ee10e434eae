"""Passwords in tests: hashed at next to no cost, but where the cost itself is tried."""

from functools import cache

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from models.signin import rules

real_hasher = rules.hasher


@cache
def cheap_hasher() -> PasswordHash:
    """Return Argon2id at its least; as it is meant to be, it was a seventh of what the tests of the API take."""
    return PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))
