"""Numbers as people type them into forms. What is none is never guessed at."""

from __future__ import annotations

import re

_DIGITS_MOST = 18
"""More than this the database does not count."""
_RUPIAH = re.compile(r"(?:Rp\.? ?)?(\d{1,15}|\d{1,3}(?:\.\d{3}){1,4})", re.ASCII | re.IGNORECASE)


def whole(text: str) -> int | None:
    """Return a whole number written in digits; None for anything else, and for more than there can be."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MOST else None


def rupiah(text: str) -> int | None:
    """Return whole rupiah: "750000", "750.000" or "Rp750.000"; None for anything else, such as "1,250,000"."""
    found = _RUPIAH.fullmatch(text.strip())
    return int(found[1].replace(".", "")) if found else None
