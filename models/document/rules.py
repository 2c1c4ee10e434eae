"""What a document is by its content, and where a photo may have been taken. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

JPEG, PNG, PDF = "image/jpeg", "image/png", "application/pdf"
EXTENSIONS = {JPEG: "jpg", PNG: "png", PDF: "pdf"}
_BEGINNINGS = {b"\xff\xd8\xff": JPEG, b"\x89PNG\r\n\x1a\n": PNG, b"%PDF-": PDF}

PIXELS_MAX = 50_000_000
"""Phones take 12 to 50 million; a decoded picture of 50 million takes 150 to 200 MB."""
SIDE_MAX = 20_000
"""No camera or scanner in an office makes a longer side; strips of pixels are made to break viewers."""

LATITUDE = (-11.2, 6.3)
LONGITUDE = (94.8, 141.2)
"""Indonesia from Rote to Weh and from Weh to Merauke, with a margin of some 20 km, in degrees."""

_YEAR_MIN = 2000


class Unfit(Exception):
    """A file that is not taken; `code` is one of `models.document.errors.FAULTS`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Geotag:
    """Where a photo says it was taken: degrees north and east, and when, without zone where it names none."""

    latitude: float
    longitude: float
    taken: datetime | None = None


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A file as it is kept: its content, its type by content, and the geotag it carried."""

    content: bytes
    type: str
    geotag: Geotag | None


def sniff(content: bytes) -> str | None:
    """Return the type of a file by how its content begins; None when it is none we take."""
    return next((kind for sign, kind in _BEGINNINGS.items() if content.startswith(sign)), None)


def in_indonesia(tag: Geotag) -> bool:
    """Return whether a place lies within Indonesia's bounds."""
    return LATITUDE[0] <= tag.latitude <= LATITUDE[1] and LONGITUDE[0] <= tag.longitude <= LONGITUDE[1]


def moment_of(tag: Geotag, zone: str) -> datetime | None:
    """Return when a photo was taken; where it names no zone, its clock is the region's. None for a clock never set."""
    if tag.taken is None or tag.taken.year < _YEAR_MIN:
        return None
    return tag.taken if tag.taken.tzinfo else tag.taken.replace(tzinfo=ZoneInfo(zone))


def file_name(number: int, kind: str, type_: str) -> str:
    """Return the name under which a document is handed out; what the sender called it is not kept."""
    return f"{kind}-{number}.{EXTENSIONS[type_]}"
