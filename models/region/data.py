"""The regions carried with the product, as typed rows; see `data/NOTICE.md` for source and licence."""

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from models.region.errors import RegionNotFound
from models.region.rules import parse


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One region as the decree lists it."""

    code: int
    name: str
    #: provinsi, kabupaten, kota, kecamatan, kelurahan, desa or desa adat
    kind: str
    #: degrees north, WGS 84; None for 383 villages whose place is not known
    latitude: float | None
    #: degrees east, WGS 84
    longitude: float | None
    #: five digits; villages only
    postal_code: str | None


@contextmanager
def _lines() -> Iterator[Iterator[str]]:
    source = files("models.region").joinpath("data", "wilayah.csv.gz")
    with source.open("rb") as raw, gzip.open(raw) as unpacked, io.TextIOWrapper(unpacked, "utf-8", newline="") as text:
        yield text


def read_regions() -> Iterator[RegionRow]:
    """Stream all 91,599 regions in the order of their codes' text, so that a parent always precedes its children."""
    with _lines() as lines:
        rows = csv.reader(lines)
        next(rows)
        for code, name, kind, latitude, longitude, postal_code in rows:
            yield RegionRow(
                code=int(code.replace(".", "")),  # the tests hold every code of the file against `rules.parse`
                name=name,
                kind=kind,
                latitude=float(latitude) if latitude else None,
                longitude=float(longitude) if longitude else None,
                postal_code=postal_code or None,
            )


@cache
def known_codes() -> frozenset[int]:
    """Return the codes of all regions of every level; read once (about 0.1 s, 7 MB)."""
    with _lines() as lines:
        next(lines)
        return frozenset(int(line.partition(",")[0].replace(".", "")) for line in lines)


def known(code: str | int) -> int:
    """Return the code of a region that there is, from how people write it (`models.region.rules.parse`).

    Raises:
        RegionCodeInvalid: the text or number is not shaped like a code.
        RegionNotFound: no region carries it.
    """
    number = parse(code)
    if number not in known_codes():
        raise RegionNotFound(number)
    return number
