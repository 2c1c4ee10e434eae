"""What stands on a printed letter, as plain data: letterhead, number, a body of blocks, and the address of its QR.

Nothing here is markup. A sign that the press has no shape for is printed as its number, `[U+1F600]`: a letter that
shows less than it was given would be signed for something else.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Literal

from models.region.queries import RegionInfo

Align = Literal["left", "center", "right"]

_UNPRINTABLE = re.compile(
    "[^\u0020-\u007e\u00a0-\u024f\u0621-\u063a\u0641-\u064a\u1e00-\u1eff\u2010-\u2015\u2018-\u201e\u2020-\u2022\u2026"
    "\u2032\u2033\u203a\u2190-\u2193\u25a0\u25a1\u25b2\u25cf]"
)
"""Signs outside what the press's own fonts carry: Latin, Arabic letters, the punctuation of offices."""
_BREAKS = re.compile(r"[\t\r\n\x0b\x0c\u2028\u2029]+")


def printable(text: str) -> str:
    """Return text as it is printed: composed, on one line, every sign without a shape as its number."""
    composed = _BREAKS.sub(" ", unicodedata.normalize("NFC", text))
    return _UNPRINTABLE.sub(lambda found: f"[U+{ord(found.group()):04X}]", composed)


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph."""

    text: str
    align: Literal["justify", "left", "center"] = "justify"


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading inside the letter; an annex begins on a new page."""

    text: str
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Fields:
    """Names with values, one line each; a value of None is a dotted line to be filled in by hand."""

    rows: Sequence[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Points:
    """Numbered statements."""

    items: Sequence[str]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table; `share` is its part of the width that is left, 0 for as narrow as its content."""

    title: str
    share: int = 1
    align: Align = "left"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under titles that are repeated on every page; `height_mm` gives rows room to sign in."""

    columns: Sequence[Column]
    rows: Sequence[Sequence[str]]
    height_mm: int = 0


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signs: in which office, and by which name; None is a dotted line."""

    office: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Signatures:
    """The places to sign, side by side, under place and day: "Sadu, 3 Agustus 2026"."""

    place: str
    signers: Sequence[Signer]


Block = Text | Heading | Fields | Points | Table | Signatures


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as the press takes it.

    Attributes:
        title: what it is, in capitals on the paper: "Berita Acara Musyawarah Desa".
        office: the letterhead, widest office first (`office_of`).
        body: its blocks in order.
        path: address of its page in the console, beginning with "/"; the QR leads there, behind sign-in.
        at: when it is printed, aware, in the zone in which it shall be read.
        by: who prints it, by name and role.
        draft: nothing of it is decided; every page says DRAF.
        number: its number; None is a dotted line.
        subject: what it is about, under the title.
    """

    title: str
    office: tuple[str, ...]
    body: Sequence[Block]
    path: str
    at: datetime
    by: str
    draft: bool
    number: str | None = None
    subject: str | None = None

    def as_data(self) -> dict[str, Any]:
        """Return it as JSON can hold it, every text printable."""
        told = asdict(self) | {"at": None, "body": [{"kind": type(one).__name__, **asdict(one)} for one in self.body]}
        return {key: _told(value) for key, value in told.items()}


def _told(value: Any) -> Any:
    match value:
        case str():
            return printable(value)
        case Mapping():
            return {key: _told(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_told(inner) for inner in value]
    return value


_LETTERHEAD = {"kabupaten": "Pemerintah ", "kota": "Pemerintah ", "provinsi": "Pemerintah Provinsi "}
_SAYS_ITSELF = {"kabupaten", "kota"}


def office_of(path: Sequence[RegionInfo], unit: str | None = None) -> tuple[str, ...]:
    """Return the letterhead of a region's office: its government, the parts below it, and the unit that writes.

    Args:
        path: the regions from the widest (`models.region.queries.breadcrumb`); a province above a kabupaten is left
            out. Empty for an office of the nation.
        unit: an office of the last region, such as "Dinas Sosial"; None where the region itself writes.
    """
    below = [one for one in path if one.kind != "provinsi"] or list(path)
    lines = []
    for one in below:
        said = one.name if one.kind in _SAYS_ITSELF else f"{one.kind.title()} {one.name}"
        lines.append(_LETTERHEAD.get(one.kind, "") + (one.name if one.kind == "provinsi" else said))
    return (*(lines or ["Kementerian Sosial Republik Indonesia"]), *([unit] if unit else []))
