"""What `alur doctor` says: one line per thing looked at, in two languages, with the way to mend it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How a thing fares: well, worth a look, or in need of a person."""

    OK = "ok"
    PERHATIAN = "perhatian"
    GALAT = "galat"


_ENGLISH = {Status.OK: "ok", Status.PERHATIAN: "attention", Status.GALAT: "error"}
_WORST = (Status.GALAT, Status.PERHATIAN)


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at; `mend` is empty when there is nothing to do."""

    check: str
    status: Status
    what: str
    what_en: str
    mend: str = ""
    mend_en: str = ""
    figures: Mapping[str, Any] = field(default_factory=dict)

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON, in both languages."""
        return {
            "check": self.check,
            "status": self.status.value,
            "what": self.what,
            "what_en": self.what_en,
            "mend": self.mend,
            "mend_en": self.mend_en,
            "figures": dict(self.figures),
        }

    def text(self, language: str) -> str:
        """Return it for a terminal, in `id` or `en`."""
        english = language == "en"
        status = _ENGLISH[self.status] if english else self.status.value
        mend = self.mend_en if english else self.mend
        told = f"{status:<10} {self.check:<12} {self.what_en if english else self.what}"
        return f"{told}\n{'':<24}→ {mend}" if mend and self.status is not Status.OK else told


def worst(lines: Sequence[Line]) -> Status:
    """Return how the whole fares: as its worst part."""
    return next((status for status in _WORST if any(line.status is status for line in lines)), Status.OK)


def judged(value: float, attention: float, error: float) -> Status:
    """Return the status of a figure that is worse the larger it is; the bounds themselves are still well."""
    return Status.GALAT if value > error else Status.PERHATIAN if value > attention else Status.OK


def age(seconds: float) -> str:
    """Return a duration for people, in the unit that fits: 4 s, 12 min, 3 h, 9 d; the same in both languages."""
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


def size(count: float) -> str:
    """Return a number of bytes for people."""
    for unit, step in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if count >= step:
            return f"{count / step:.1f} {unit}"
    return f"{count / 1000:.0f} kB"
