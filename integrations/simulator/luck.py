"""Chance that can be repeated: every draw is a hash of the seed and of what it is about."""

import hashlib
from collections.abc import Mapping, Sequence

Odds = Sequence[tuple[str, float]]
"""Outcomes with their probability; what is left over is the ordinary outcome."""

ALPHABET = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def _number(*about: object) -> int:
    text = "\x1f".join(str(part) for part in about)
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest())


def fraction(*about: object) -> float:
    """Return a number in [0, 1), always the same for the same words."""
    return (_number(*about) >> 75) / 2**53  # as many bits as a float holds, so that 1.0 is never reached


def digits(count: int, *about: object) -> str:
    """Return `count` decimal digits; count at most 30."""
    return f"{_number(*about) % 10**count:0{count}d}"


def letters(count: int, *about: object) -> str:
    """Return `count` capital letters and digits; count at most 24."""
    number, text = _number(*about), ""
    for _ in range(count):
        number, index = divmod(number, len(ALPHABET))
        text += ALPHABET[index]
    return text


def draw(odds: Odds, *about: object) -> str | None:
    """Return one of the outcomes with its probability, or None for the ordinary one."""
    left = fraction(*about)
    for outcome, probability in odds:
        if left < probability:
            return outcome
        left -= probability
    return None


def split(rate: float, shares: Mapping[str, float]) -> Odds:
    """Return a rate spread over several outcomes; the shares add up to 1."""
    return [(outcome, rate * share) for outcome, share in shares.items()]
