"""How alike two names are.

Source: domain section 4.2 (the ministry's 2020 application: 60 of 100 is the same name, aliases split at "/"
and tested one by one).
"""

import re

from rapidfuzz import fuzz

SAME_NAME_SCORE = 60
_NOT_A_LETTER = re.compile(r"[^A-Z ]+")


def _aliases(name: str) -> list[str]:
    return [" ".join(_NOT_A_LETTER.sub(" ", part.upper()).split()) for part in name.split("/")]


def name_score(ours: str, theirs: str) -> int:
    """Return the best likeness of any alias of one to any alias of the other, 0 to 100; word order is free."""
    return max(round(fuzz.token_sort_ratio(a, b)) for a in _aliases(ours) for b in _aliases(theirs))


def same_name(ours: str, theirs: str) -> bool:
    """Whether a bank or office would take the two for one name."""
    return name_score(ours, theirs) >= SAME_NAME_SCORE
